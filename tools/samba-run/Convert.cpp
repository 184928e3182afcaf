// samba-run convert: models in the layouts of other libraries, read and written.
#include "layouts/Layout.h"
#include "runtime/JsonPlace.h"
#include "runtime/checkpoint/DurableFile.h"
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/train/RunFolder.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/TemporaryFolder.h"
#include "tools/samba-run/Verbs.h"

#include <algorithm>
#include <cctype>
#include <iostream>

using namespace samba;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

/// Where `convert` writes: a folder that does not exist yet, or is empty.
class OutputFolder {
public:
  explicit OutputFolder(const std::string &asked) : place(fs::absolute(fs::path(asked) / "").parent_path()) {
    if (fs::exists(place) && !(fs::is_directory(place) && fs::is_empty(place)))
      throw Error("'", asked, "' is there already; give another -o");
    temporary.emplace(place);
  }
  const fs::path &path() const { return temporary->path(); }
  /// Gives the folder its name, once all of it is on disk.
  void finish() {
    syncFolder(path());
    fs::rename(path(), place);
    syncFolder(place.parent_path());
  }

private:
  fs::path place;
  std::optional<TemporaryFolder> temporary;
};

/// Takes a tokenizer along, if there is one.
void copyTokenizer(const fs::path &from, const fs::path &to) {
  if (fs::is_regular_file(from / "tokenizer.model"))
    fs::copy_file(from / "tokenizer.model", to / "tokenizer.model");
}

/// A name that a spec may have, from that of a folder.
std::string symbolOf(const fs::path &folder) {
  std::string name = fs::weakly_canonical(folder).filename().string();
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) ? "model_" + name : name;
}

/// Writes the tensors `from` of `files` under the names and shapes of `to`, one for one.
int64_t writeTensors(const fs::path &folder, const WeightFiles &files, const std::vector<WantedTensor> &from,
                     const std::vector<WantedTensor> &to, int64_t shardBytes) {
  std::vector<TensorToWrite> tensors;
  for (size_t i = 0; i < to.size(); ++i)
    tensors.push_back(
        {to[i].name, to[i].shape, [&files, name = from[i].name](int64_t first, std::span<float> values) {
           files.read(name, first, values);
         }});
  return writeWeightFiles(folder, tensors, shardBytes);
}

/// The two sides of pairs.
std::pair<std::vector<WantedTensor>, std::vector<WantedTensor>>
sidesOf(const std::vector<TensorPair> &pairs) {
  std::pair<std::vector<WantedTensor>, std::vector<WantedTensor>> sides;
  for (const TensorPair &pair : pairs) {
    sides.first.push_back(pair.ours);
    sides.second.push_back(pair.theirs);
  }
  return sides;
}

/// Throws Error unless two tensors have the same values.
void checkEqual(const WeightFiles &files, const std::string &a, const std::string &b) {
  constexpr int64_t atOnce = int64_t(1) << 20;
  int64_t count = files.elements(b);
  bool same = files.elements(a) == count;
  for (int64_t first = 0; same && first < count; first += atOnce) {
    std::vector<float> x(static_cast<size_t>(std::min(atOnce, count - first))), y(x.size());
    files.read(a, first, x);
    files.read(b, first, y);
    same = x == y;
  }
  if (!same)
    throw Error("tensor '", a, "' differs from '", b, "', which tie_word_embeddings says it is");
}

void importModel(const fs::path &folder, const std::string &given, const std::string &out,
                 int64_t shardBytes) {
  std::string file = (folder / "config.json").string();
  nlohmann::json config = readJson(file, int64_t(1) << 20);
  const Layout &layout = layoutOf(config, file);
  std::vector<std::string> notes;
  ModelSpec spec = specOf(layout, config, file, notes);
  spec.name = symbolOf(folder);
  for (const std::string &note : notes)
    std::cerr << note << '\n';

  CompileRequest request;
  request.model = given.empty() ? "its spec" : given;
  request.text =
      given.empty() ? specText(spec, layout.architecture + ", converted") : readText(given, int64_t(1) << 24);
  ModelSpec read;
  try {
    read = outlineOf(request);
  } catch (const Error &error) {
    if (!given.empty())
      throw;
    throw Error("'", file, "' says what no spec can: ", error.what(), keysNamedIn(layout, error.what()));
  }
  if (std::string other = difference(read, spec, "in the spec", "in '" + file + "'"); !other.empty())
    throw Error("'", request.model.string(), "' is another model than '", file, "': ", other);

  auto [ours, theirs] = sidesOf(pairTensors(layout, read));
  WeightFiles files(folder);
  bool tied = spec.attributes.value("tie_embeddings", true);
  const std::string &table = layout.tensors.front().theirs, &head = layout.tensors.back().theirs;
  files.check(theirs, "'" + file + "'", [&](const std::string &name) {
    return (tied && name == head) || name.ends_with(".rotary_emb.inv_freq"); // copies of what is known
  });
  if (tied && files.has(head))
    checkEqual(files, head, table);

  OutputFolder output(out);
  writeDurably(output.path() / "model.mlir", request.text);
  writeTensors(output.path(), files, theirs, ours, shardBytes);
  copyTokenizer(folder, output.path());
  output.finish();
  std::cout << out << ": model.mlir and the weights of " << ours.size() << " tensors of a "
            << layout.architecture << '\n';
}

/// The spec and the weights of a run, or of a spec or bundle with --weights.
std::pair<CompileRequest, fs::path> sourceOf(const std::string &model, const std::string &weights) {
  CompileRequest request;
  request.model = model;
  ModelKind kind = kindOf(model);
  if (kind != ModelKind::Run && weights.empty())
    throw Error("'", model, "' has no weights; give --weights FILE (safetensors), or a run folder");
  if (kind == ModelKind::Spec)
    return {request, weights};
  request.text =
      Bundle::load(kind == ModelKind::Run ? RunFolder::open(model).bundle() : fs::path(model)).spec;
  if (!weights.empty())
    return {request, weights};
  std::optional<fs::path> checkpoint = RunFolder::open(model).newestCheckpoint();
  if (!checkpoint)
    throw Error("run '", model, "' has no complete checkpoint yet; train it first, or give --weights");
  return {request, *checkpoint / "model.safetensors"};
}

/// The layout called `name`, or the first that has a place for everything in the model, and the config.json.
std::pair<const Layout *, ordered_json> configFor(const ModelSpec &spec, const std::string &name) {
  std::string reasons;
  for (const Layout &layout : layouts())
    if (name == "any" || name == layout.name)
      try {
        return {&layout, configOf(layout, spec)};
      } catch (const Error &error) {
        reasons += (reasons.empty() ? "" : "; ") + std::string(error.what());
      }
  throw Error("model '", spec.name, "' does not fit --to ", name, ": ", reasons);
}

void exportModel(const std::string &model, const std::string &weights, const std::string &to,
                 const std::string &out, int64_t shardBytes) {
  auto [request, path] = sourceOf(model, weights);
  ModelSpec spec = outlineOf(request);
  auto [layout, config] = configFor(spec, to);
  auto [ours, theirs] = sidesOf(pairTensors(*layout, spec));
  WeightFiles files(path);
  files.check(ours, "model '" + spec.name + "'");

  OutputFolder output(out);
  writeDurably(output.path() / "config.json", config.dump(2) + "\n");
  int64_t written = writeTensors(output.path(), files, ours, theirs, shardBytes);
  copyTokenizer(model, output.path());
  output.finish();
  std::cout << out << ": config.json and the weights of " << theirs.size() << " tensors of a "
            << layout->architecture << ", in " << written << (written == 1 ? " file\n" : " files\n");
}

} // namespace

int samba::runConvert(const std::vector<std::string> &words) {
  std::string model, out, weights, spec, to = "any";
  int64_t shardBytes = 5'000'000'000;
  std::vector<std::string> names = {"any"};
  for (const Layout &layout : layouts())
    names.push_back(layout.name);
  Flags flags("convert", "FOLDER|RUN|MODEL -o DIR [--weights F] [--to LAYOUT] [--spec MODEL]",
              "reads a folder with config.json and safetensors of another library, or writes one");
  flags.positional(
      "FOLDER|RUN|MODEL", model,
      "a folder with config.json is read; a run, or a spec or bundle with --weights, is written");
  flags.text("out", out, "DIR", "the folder to write (also -o); it appears when it is whole");
  flags.shortName('o', "out");
  flags.require("out");
  flags.integer("shard-bytes", shardBytes, "N", "most bytes of tensors in one file");
  flags.section("reading: DIR gets model.mlir and model.safetensors, in f32");
  flags.text("spec", spec, "MODEL", "the spec that the model is expected to be, and that DIR gets");
  flags.section("writing: DIR gets config.json and model.safetensors, in f32");
  addWeightsFlag(flags, weights);
  flags.choice("to", to, names, "whose layout; any: the first that fits the model");
  flags.example("samba-run convert mistral-7b -o mistral",
                "then: samba-run eval mistral/model.mlir --weights mistral …");
  flags.example("samba-run convert runs/tiny -o tiny-hf",
                "the newest checkpoint of a run, for another library");
  if (!flags.parse(words))
    return 0;
  if (!compilerPresent())
    throw Error("convert asks the compiler about models, and this build of samba-run has none; build samba "
                "without SAMBA_RUNTIME_ONLY");
  bool reads = fs::is_regular_file(fs::path(model) / "config.json");
  for (const char *flag : {"weights", "to"})
    if (reads && flags.given(flag))
      throw Error("--", flag, " says how to write a model, but '", model, "' is read: it has a config.json");
  if (!reads && flags.given("spec"))
    throw Error("--spec is the model that a folder with config.json is expected to be, and '", model,
                "' is no such folder");
  try {
    if (reads)
      importModel(model, spec, out, shardBytes);
    else
      exportModel(model, weights, to, out, shardBytes);
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot write '", out, "': ", error.code().message());
  }
  return 0;
}
