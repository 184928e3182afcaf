// The header and the data of a safetensors file.
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/checkpoint/DurableFile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace samba {

static constexpr int64_t kChunk = int64_t(1) << 20; // elements held at a time

static int64_t elements(const TensorToWrite &tensor) {
  return std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t(1), std::multiplies<>());
}

static int64_t bytes(const TensorToWrite &tensor) { return elements(tensor) * int64_t(sizeof(float)); }

void writeSafetensors(const std::filesystem::path &file, const std::vector<TensorToWrite> &tensors) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}}; // what Hugging Face's loader asks for
  int64_t end = 0;
  for (const TensorToWrite &tensor : tensors) {
    int64_t begin = std::exchange(end, end + bytes(tensor));
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' '); // the data starts at a multiple of 8
  uint64_t length = text.size();

  DurableFile out(file);
  out.write(std::as_bytes(std::span(&length, 1)));
  out.write(text);
  std::vector<float> values;
  for (const TensorToWrite &tensor : tensors) {
    for (int64_t first = 0, count = elements(tensor); first < count; first += kChunk) {
      values.resize(size_t(std::min(kChunk, count - first)));
      tensor.read(first, values);
      out.write(std::as_bytes(std::span(values)));
    }
  }
  out.finish();
}

int64_t writeWeightFiles(const std::filesystem::path &folder, const std::vector<TensorToWrite> &tensors,
                         int64_t shardBytes) {
  std::vector<std::vector<TensorToWrite>> shards(1);
  int64_t total = 0, filled = 0;
  for (const TensorToWrite &tensor : tensors) {
    if (filled > 0 && bytes(tensor) > shardBytes - filled) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(tensor);
    filled += bytes(tensor);
    total += bytes(tensor);
  }
  if (shards.size() == 1) {
    writeSafetensors(folder / "model.safetensors", tensors);
    return 1;
  }
  nlohmann::ordered_json index = {{"metadata", {{"total_size", total}}}, {"weight_map", {}}};
  for (size_t i = 0; i < shards.size(); ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", i + 1, shards.size());
    writeSafetensors(folder / name, shards[i]);
    for (const TensorToWrite &tensor : shards[i])
      index["weight_map"][tensor.name] = name;
  }
  writeDurably(folder / "model.safetensors.index.json", index.dump(2) + "\n");
  return int64_t(shards.size());
}

} // namespace samba
