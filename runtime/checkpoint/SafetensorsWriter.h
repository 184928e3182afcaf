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

/// Writes model.safetensors into `folder`, or, if the tensors have more than `shardBytes`,
/// model-00001-of-0000N.safetensors and so on, each of at most so many bytes unless one tensor has more, and
/// model.safetensors.index.json. Returns the number of files with tensors.
int64_t writeWeightFiles(const std::filesystem::path &folder, const std::vector<TensorToWrite> &tensors,
                         int64_t shardBytes);

} // namespace samba
