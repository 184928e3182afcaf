// Reads one safetensors file, which may come from anywhere, and checks all of it before the first tensor.
#pragma once

#include "runtime/data/MappedFile.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace samba {

/// The file is: length of the header (u64), the header (JSON: name -> dtype, shape, [begin, end)), the data.
/// Accepted only if the header has at most 100,000,000 bytes and starts with '{', no key comes twice, the
/// tensors fill the data without hole or overlap, every size is shape x dtype, and the file ends with the
/// data.
class SafetensorsReader {
public:
  struct Tensor {
    std::string name, dtype;
    std::vector<int64_t> shape;
    int64_t begin = 0, end = 0; ///< in the data, bytes

    int64_t elements() const;
  };

  /// Throws Error naming the tensor or byte that is wrong.
  explicit SafetensorsReader(const std::filesystem::path &file);

  const std::filesystem::path &path() const { return file.path(); }
  /// In the order of their data.
  const std::vector<Tensor> &tensors() const { return table; }
  /// Throws Error unless the tensor is F32, BF16 or F16.
  void checkIsFloat(const Tensor &tensor) const;
  /// Elements [first, first + values.size()) as f32.
  void read(const Tensor &tensor, int64_t first, std::span<float> values) const;
  /// All elements where they lie in the file, if they are f32 and aligned; else none.
  std::span<const float> inPlace(const Tensor &tensor) const;

private:
  void parseHeader(std::string_view header, int64_t dataBytes);
  const unsigned char *dataOf(const Tensor &tensor) const {
    return file.bytes().data() + dataStart + tensor.begin;
  }

  MappedFile file;
  int64_t dataStart = 0;
  std::vector<Tensor> table;
};

/// The value of an IEEE half; exact.
float halfToFloat(uint16_t half);

} // namespace samba
