// Walking folders in a fixed order and keeping what is one kind of data.
#include "runtime/data/FindFiles.h"

#include "runtime/Error.h"

#include <algorithm>
#include <set>

using namespace samba;
namespace fs = std::filesystem;

namespace {

/// All regular files below `folder`. A link to a folder that was visited already is not followed again.
void walk(const fs::path &folder, std::set<fs::path> &visited, std::vector<fs::path> &files) {
  if (!visited.insert(fs::canonical(folder)).second)
    return;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().front() == '.')
      continue;
    if (entry.is_directory())
      walk(entry.path(), visited, files);
    else if (entry.is_regular_file())
      files.push_back(entry.path());
  }
}

std::vector<fs::path> filesBelow(const fs::path &folder) {
  std::set<fs::path> visited;
  std::vector<fs::path> files;
  walk(folder, visited, files);
  std::sort(files.begin(), files.end());
  return files;
}

/// "skipped 7 binary files: a, b, c and 4 more"
void note(const std::vector<fs::path> &skipped, const std::string &kind, std::vector<std::string> &notes) {
  if (skipped.empty())
    return;
  std::string text = "skipped " + std::to_string(skipped.size()) + " " + kind +
                     (skipped.size() == 1 ? " file: " : " files: ");
  size_t shown = std::min<size_t>(skipped.size(), 3);
  for (size_t i = 0; i < shown; ++i)
    text += (i ? ", " : "") + skipped[i].string();
  if (skipped.size() > shown)
    text += " and " + std::to_string(skipped.size() - shown) + " more";
  notes.push_back(text);
}

/// Whether a file can only be tokens: by its name or its magic.
bool holdsTokens(const MappedFile &file) {
  return file.path().extension() == ".bin" || llmcLayout(file) || litgptLayout(file);
}

void addFolder(const fs::path &folder, FoundFiles &found) {
  std::vector<fs::path> text, tokens, binary, empty;
  for (const fs::path &path : filesBelow(folder)) {
    MappedFile file(path);
    if (file.bytes().empty())
      empty.push_back(path);
    else if (holdsTokens(file))
      tokens.push_back(path);
    else
      (looksBinary(file) ? binary : text).push_back(path);
  }
  for (const fs::path &path : text.empty() ? tokens : text)
    found.files.emplace_back(path);
  if (!text.empty())
    note(tokens, "token", found.notes);
  note(binary, "binary", found.notes);
  note(empty, "empty", found.notes);
}

} // namespace

FoundFiles samba::findFiles(const std::vector<fs::path> &paths) {
  FoundFiles found;
  try {
    for (const fs::path &path : paths) {
      if (!fs::exists(path))
        throw Error("data path '", path.string(), "' does not exist");
      if (fs::is_directory(path))
        addFolder(path, found);
      else
        found.files.emplace_back(path);
    }
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot read '", error.path1().string(), "': ", error.code().message());
  }
  for (const TokenFile &file : found.files)
    if (file.isText() != found.files.front().isText()) {
      const TokenFile &first = found.files.front();
      throw Error("'", first.path().string(), "' is ", first.format(), " and '", file.path().string(),
                  "' is ", file.format(),
                  ": expected text alone or token files alone, their ids do not mean the same");
    }
  return found;
}
