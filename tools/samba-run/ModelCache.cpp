// A cache entry is a folder named by a hash that holds the bundle and the full text of its key.
#include "tools/samba-run/ModelCache.h"

#include "runtime/Error.h"
#include "tools/samba-run/TemporaryFolder.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <sys/stat.h>

using namespace samba;
namespace fs = std::filesystem;

namespace {

std::string readAll(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  if (!in || !(out << in.rdbuf()))
    throw Error("cannot read '", path.string(),
                "': ", fs::exists(path) ? "is it a file?" : "it does not exist");
  return out.str();
}

/// Size and time of this executable: another build may compile to other kernels.
std::string toolVersion() {
  struct stat self{};
  stat("/proc/self/exe", &self);
  std::ostringstream out;
  out << self.st_size << ' ' << self.st_mtim.tv_sec << '.' << self.st_mtim.tv_nsec;
  return out.str();
}

std::string keyOf(const CompileRequest &request) {
  std::ostringstream key;
  key << "tool " << toolVersion() << "\ntarget " << request.target << "\nbatch " << request.batch << "\nseq "
      << request.seq << "\nchunk " << request.chunk << "\nstep batch " << request.stepBatch
      << "\nmax context " << request.maxContext << "\npack " << request.pack << "\nrecompute "
      << request.recompute << "\nentries";
  for (const std::string &entry : request.entries)
    key << ' ' << entry;
  for (const std::string &set : request.sets)
    key << "\nset " << set;
  key << "\nspec " << request.model.filename().string() << '\n'
      << (request.text.empty() ? readAll(request.model) : request.text);
  return key.str();
}

std::string hashText(const std::string &text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char c : text) // FNV-1a
    hash = (hash ^ c) * 0x100000001B3;
  std::ostringstream out;
  out << std::hex;
  out.width(16);
  out.fill('0');
  out << hash;
  return out.str();
}

fs::path cacheFolder() {
  const char *xdg = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (xdg && *xdg == '/') // the specification asks for an absolute path
    return fs::path(xdg) / "samba";
  if (home && *home)
    return fs::path(home) / ".cache" / "samba";
  throw Error("no place for compiled models: set XDG_CACHE_HOME or HOME, or compile to a bundle with "
              "samba-run compile");
}

void compileAloud(const CompileRequest &request, const fs::path &out) {
  if (!compilerPresent())
    compileToBundle(request, out); // says so, and nothing before it
  std::cerr << "compiling " << request.model.string() << " for " << request.target << ", batch "
            << request.batch << ", sequence " << request.seq << '\n';
  auto start = std::chrono::steady_clock::now();
  compileToBundle(request, out);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::ostringstream seconds;
  seconds.precision(1);
  seconds << std::fixed << took.count();
  std::cerr << "compiled in " << seconds.str() << " s\n";
}

} // namespace

bool samba::isBundle(const fs::path &path) { return fs::is_regular_file(path / "manifest.json"); }

fs::path samba::cachedBundle(const CompileRequest &request) {
  std::string key = keyOf(request);
  try {
    fs::path entry = cacheFolder() / (request.model.stem().string() + "-" + hashText(key));
    fs::path bundle = entry / "model.samba";
    auto kept = [&] { return isBundle(bundle) && readAll(entry / "key") == key; };
    if (kept())
      return bundle;
    TemporaryFolder temporary(entry);
    compileAloud(request, temporary.path() / "model.samba");
    if (!(std::ofstream(temporary.path() / "key", std::ios::binary) << key << std::flush))
      throw Error("cannot write '", (temporary.path() / "key").string(), "'");
    if (kept()) // another process was faster, and may play it already
      return bundle;
    fs::remove_all(entry);
    fs::rename(temporary.path(), entry);
    return bundle;
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot keep the compiled model in '", error.path1().string(), "': ", error.code().message(),
                "; set XDG_CACHE_HOME to a folder that can be written");
  }
}

void samba::compileAtomically(const CompileRequest &request, const fs::path &out) {
  try {
    fs::path place = fs::absolute(out / "").parent_path(); // without a slash at the end
    if (fs::exists(place) && !isBundle(place))
      throw Error("'", out.string(),
                  "' exists and is not a bundle; expected a new path, or a bundle to replace");
    TemporaryFolder temporary(place);
    compileAloud(request, temporary.path() / "model.samba");
    fs::remove_all(place);
    fs::rename(temporary.path() / "model.samba", place);
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot write '", out.string(), "': ", error.code().message());
  }
}
