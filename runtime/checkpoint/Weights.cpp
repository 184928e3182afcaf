// Matches the tensors of safetensors files with the parameters of a bundle.
#include "runtime/checkpoint/Weights.h"
#include "runtime/Player.h"
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/checkpoint/WeightFiles.h"

#include <algorithm>

namespace samba {

namespace {

namespace fs = std::filesystem;
constexpr int64_t kChunk = int64_t(1) << 20; // elements copied at a time

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

/// Fills every slot from the tensor of its name, or throws before anything is written.
void load(Player &player, const fs::path &path, const std::vector<Slot> &slots) {
  WeightFiles files(path);
  std::vector<WantedTensor> wanted;
  for (const Slot &slot : slots)
    wanted.push_back({slot.name, slot.parameter->shape});
  files.check(wanted, "model '" + player.bundle().modelName + "'");

  std::vector<float> values;
  for (const Slot &slot : slots) {
    if (std::span<const float> all = files.inPlace(slot.name); !all.empty()) { // no copy of our own
      player.writeParameter(*slot.parameter, 0, all, slot.segment);
      continue;
    }
    for (int64_t first = 0, count = slot.parameter->elements(); first < count; first += kChunk) {
      values.resize(size_t(std::min(kChunk, count - first)));
      files.read(slot.name, first, values);
      player.writeParameter(*slot.parameter, first, values, slot.segment);
    }
  }
}

} // namespace

void loadWeights(Player &player, const fs::path &path) { load(player, path, weightSlots(player.bundle())); }

void saveWeights(Player &player, const fs::path &file) { save(player, file, weightSlots(player.bundle())); }

void loadMoments(Player &player, const fs::path &file) { load(player, file, momentSlots(player.bundle())); }

void saveMoments(Player &player, const fs::path &file) { save(player, file, momentSlots(player.bundle())); }

} // namespace samba
