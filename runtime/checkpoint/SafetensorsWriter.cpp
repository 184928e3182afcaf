// The header and the data of a safetensors file.
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/checkpoint/DurableFile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace samba {

static constexpr int64_t kChunk = int64_t(1) << 20; // elements held at a time

static int64_t elements(const TensorToWrite &tensor) {
  return std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t(1), std::multiplies<>());
}

void writeSafetensors(const std::filesystem::path &file, const std::vector<TensorToWrite> &tensors) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}}; // what Hugging Face's loader asks for
  int64_t end = 0;
  for (const TensorToWrite &tensor : tensors) {
    int64_t begin = std::exchange(end, end + elements(tensor) * int64_t(sizeof(float)));
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

} // namespace samba
