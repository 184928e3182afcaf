// Finding the files of a model's weights, and matching their tensors with the wanted ones.
#include "runtime/checkpoint/WeightFiles.h"
#include "runtime/JsonPlace.h"
#include "runtime/bundle/Bundle.h"

namespace samba {

namespace fs = std::filesystem;

static constexpr int64_t kMaxIndex = int64_t(100'000'000); // bytes of an index, as of a header

WeightFiles::WeightFiles(const fs::path &asked) : path(asked) {
  fs::path file = path;
  if (fs::is_directory(path)) {
    file = path / "model.safetensors";
    if (!fs::exists(file))
      file = path / "model.safetensors.index.json";
    if (!fs::exists(file))
      throw Error("'", path.string(), "' holds no model.safetensors and no model.safetensors.index.json");
  }
  if (file.extension() == ".json")
    openShards(file);
  else
    readers.push_back(std::make_unique<SafetensorsReader>(file));
  for (const auto &reader : readers)
    for (const SafetensorsReader::Tensor &tensor : reader->tensors())
      found[tensor.name] = {reader.get(), &tensor};
}

void WeightFiles::openShards(const fs::path &index) {
  std::string file = index.string();
  nlohmann::json json = readJson(index, kMaxIndex);
  JsonPlace map = JsonPlace(json, file)["weight_map"];
  std::map<std::string, std::map<std::string, bool>> shards; // shard -> tensor -> found in it
  for (const auto &[tensor, value] : map.object().items()) {
    std::string shard = map[tensor].text();
    if (shard.empty() || shard.find('/') != std::string::npos || shard == "..")
      map[tensor].fail("expected a file name without folders, got '", shard, "'");
    shards[shard][tensor] = false;
  }
  for (auto &[shard, tensors] : shards) {
    readers.push_back(std::make_unique<SafetensorsReader>(index.parent_path() / shard));
    for (const SafetensorsReader::Tensor &tensor : readers.back()->tensors()) {
      auto listed = tensors.find(tensor.name);
      if (listed == tensors.end())
        throw Error("'", shard, "' holds tensor '", tensor.name, "', which '", file,
                    "' does not list for it");
      listed->second = true;
    }
    for (const auto &[tensor, there] : tensors)
      if (!there)
        throw Error("'", file, "' lists tensor '", tensor, "' in '", shard, "', which does not hold it");
  }
}

void WeightFiles::check(const std::vector<WantedTensor> &wanted, const std::string &whom,
                        const std::function<bool(const std::string &)> &tolerated) const {
  std::string problems;
  std::map<std::string, const WantedTensor *> byName;
  for (const WantedTensor &want : wanted) {
    byName[want.name] = &want;
    auto there = found.find(want.name);
    if (there == found.end()) {
      problems += "; '" + want.name + "' is missing";
      continue;
    }
    const SafetensorsReader::Tensor &tensor = *there->second.tensor;
    there->second.reader->checkIsFloat(tensor);
    if (tensor.shape != want.shape)
      problems += "; '" + want.name + "' has shape " + shapeText(tensor.shape) + ", expected " +
                  shapeText(want.shape);
  }
  for (const auto &[name, tensor] : found)
    if (!byName.count(name) && !(tolerated && tolerated(name)))
      problems += "; '" + name + "' is not in the model";
  if (!problems.empty())
    throw Error("'", path.string(), "' does not fit ", whom, problems);
}

void WeightFiles::read(const std::string &name, int64_t first, std::span<float> values) const {
  const Found &there = found.at(name);
  there.reader->read(*there.tensor, first, values);
}

std::span<const float> WeightFiles::inPlace(const std::string &name) const {
  const Found &there = found.at(name);
  return there.reader->inPlace(*there.tensor);
}

} // namespace samba
