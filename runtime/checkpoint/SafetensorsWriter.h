// Writes f32 tensors as one safetensors file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace samba {

/// A tensor to write; `read` fills elements [first, first + values.size()).
struct TensorToWrite {
  std::string name;
  std::vector<int64_t> shape;
  std::function<void(int64_t first, std::span<float> values)> read;
};

/// Writes the tensors in the order given and waits until they are on disk; the caller renames if need be.
void writeSafetensors(const std::filesystem::path &file, const std::vector<TensorToWrite> &tensors);

} // namespace samba
