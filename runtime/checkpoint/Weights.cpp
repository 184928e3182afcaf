// Matches the tensors of safetensors files with the parameters of a bundle.
#include "runtime/checkpoint/Weights.h"
#include "runtime/JsonPlace.h"
#include "runtime/Player.h"
#include "runtime/checkpoint/SafetensorsReader.h"
#include "runtime/checkpoint/SafetensorsWriter.h"

#include <algorithm>
#include <map>
#include <memory>

namespace samba {

namespace {

namespace fs = std::filesystem;
constexpr int64_t kChunk = int64_t(1) << 20;        // elements copied at a time
constexpr int64_t kMaxIndex = int64_t(100'000'000); // bytes of an index, as of a header

/// A tensor of the model under its name in a file.
struct Slot {
  std::string name;
  const Parameter *parameter;
  Segment segment;
};

std::vector<Slot> weightSlots(const Bundle &bundle) {
  std::vector<Slot> slots;
  for (const Parameter &parameter : bundle.parameters)
    slots.push_back({parameter.name, &parameter, Segment::Params});
  return slots;
}

std::vector<Slot> momentSlots(const Bundle &bundle) {
  std::vector<Slot> slots;
  for (Segment segment : {Segment::Moment1, Segment::Moment2})
    for (const Parameter &parameter : bundle.parameters)
      if (parameter.trainable)
        slots.push_back({std::string(name(segment)) + "." + parameter.name, &parameter, segment});
  return slots;
}

void save(Player &player, const fs::path &file, const std::vector<Slot> &slots) {
  std::vector<TensorToWrite> tensors;
  for (const Slot &slot : slots)
    tensors.push_back(
        {slot.name, slot.parameter->shape, [&player, slot](int64_t first, std::span<float> values) {
           player.readParameter(*slot.parameter, first, values, slot.segment);
         }});
  writeSafetensors(file, tensors);
}

/// The files that together hold the weights.
using Readers = std::vector<std::unique_ptr<SafetensorsReader>>;

Readers openShards(const fs::path &indexFile) {
  std::string file = indexFile.string();
  nlohmann::json json = readJson(indexFile, kMaxIndex);
  JsonPlace map = JsonPlace(json, file)["weight_map"];
  std::map<std::string, std::map<std::string, bool>> shards; // shard -> tensor -> found in it
  for (const auto &[tensor, value] : map.object().items()) {
    std::string shard = map[tensor].text();
    if (shard.empty() || shard.find('/') != std::string::npos || shard == "..")
      map[tensor].fail("expected a file name without folders, got '", shard, "'");
    shards[shard][tensor] = false;
  }
  Readers readers;
  for (auto &[shard, tensors] : shards) {
    readers.push_back(std::make_unique<SafetensorsReader>(indexFile.parent_path() / shard));
    for (const SafetensorsReader::Tensor &tensor : readers.back()->tensors()) {
      auto listed = tensors.find(tensor.name);
      if (listed == tensors.end())
        throw Error("'", shard, "' holds tensor '", tensor.name, "', which '", file,
                    "' does not list for it");
      listed->second = true;
    }
    for (const auto &[tensor, found] : tensors)
      if (!found)
        throw Error("'", file, "' lists tensor '", tensor, "' in '", shard, "', which does not hold it");
  }
  return readers;
}

Readers openWeights(fs::path path) {
  if (fs::is_directory(path)) {
    fs::path folder = path;
    path = folder / "model.safetensors";
    if (!fs::exists(path))
      path = folder / "model.safetensors.index.json";
    if (!fs::exists(path))
      throw Error("'", folder.string(), "' holds no model.safetensors and no model.safetensors.index.json");
  }
  if (path.extension() == ".json")
    return openShards(path);
  Readers readers;
  readers.push_back(std::make_unique<SafetensorsReader>(path));
  return readers;
}

/// Fills every slot from the tensor of its name, or throws before anything is written.
void load(Player &player, const Readers &readers, const fs::path &path, const std::vector<Slot> &slots) {
  std::map<std::string, std::pair<SafetensorsReader *, const SafetensorsReader::Tensor *>> found;
  for (const auto &reader : readers)
    for (const SafetensorsReader::Tensor &tensor : reader->tensors())
      found[tensor.name] = {reader.get(), &tensor};

  std::vector<std::string> problems;
  std::map<std::string, const Slot *> wanted;
  for (const Slot &slot : slots) {
    wanted[slot.name] = &slot;
    auto tensor = found.find(slot.name);
    if (tensor == found.end()) {
      problems.push_back("'" + slot.name + "' is missing");
      continue;
    }
    tensor->second.first->checkIsFloat(*tensor->second.second);
    if (tensor->second.second->shape != slot.parameter->shape)
      problems.push_back("'" + slot.name + "' has shape " + shapeText(tensor->second.second->shape) +
                         ", expected " + shapeText(slot.parameter->shape));
  }
  for (const auto &[name, tensor] : found)
    if (!wanted.count(name))
      problems.push_back("'" + name + "' is not in the model");
  if (!problems.empty()) {
    std::string list;
    for (const std::string &problem : problems)
      list += "; " + problem;
    throw Error("'", path.string(), "' does not fit model '", player.bundle().modelName, "'", list);
  }

  std::vector<float> values;
  for (const Slot &slot : slots) {
    auto [reader, tensor] = found[slot.name];
    if (std::span<const float> all = reader->inPlace(*tensor); !all.empty()) { // no copy of our own
      player.writeParameter(*slot.parameter, 0, all, slot.segment);
      continue;
    }
    for (int64_t first = 0, count = tensor->elements(); first < count; first += kChunk) {
      values.resize(size_t(std::min(kChunk, count - first)));
      reader->read(*tensor, first, values);
      player.writeParameter(*slot.parameter, first, values, slot.segment);
    }
  }
}

} // namespace

void loadWeights(Player &player, const fs::path &path) {
  load(player, openWeights(path), path, weightSlots(player.bundle()));
}

void saveWeights(Player &player, const fs::path &file) { save(player, file, weightSlots(player.bundle())); }

void loadMoments(Player &player, const fs::path &file) {
  load(player, openWeights(file), file, momentSlots(player.bundle()));
}

void saveMoments(Player &player, const fs::path &file) { save(player, file, momentSlots(player.bundle())); }

} // namespace samba
