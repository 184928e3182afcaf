// Reads one safetensors file, which may come from anywhere, and checks all of it before the first tensor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
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

  const std::filesystem::path &path() const { return file; }
  /// In the order of their data.
  const std::vector<Tensor> &tensors() const { return table; }
  /// Throws Error unless the tensor is F32, BF16 or F16.
  void checkIsFloat(const Tensor &tensor) const;
  /// Elements [first, first + values.size()) as f32.
  void read(const Tensor &tensor, int64_t first, std::span<float> values);

private:
  void parseHeader(const std::string &header, int64_t dataBytes);

  std::filesystem::path file;
  std::ifstream in;
  int64_t dataStart = 0;
  std::vector<Tensor> table;
  std::vector<uint16_t> halves; ///< what read() converts from
};

/// The value of an IEEE half; exact.
float halfToFloat(uint16_t half);

} // namespace samba
