// The safetensors files that together hold the weights of one model.
#pragma once

#include "runtime/checkpoint/SafetensorsReader.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace samba {

/// A tensor that a model has.
struct WantedTensor {
  std::string name;
  std::vector<int64_t> shape;
};

class WeightFiles {
public:
  /// Opens `path`: X.safetensors, X.safetensors.index.json with its shards, or a folder with
  /// model.safetensors or model.safetensors.index.json. Throws Error naming what is malformed, and where the
  /// index and its shards differ.
  explicit WeightFiles(const std::filesystem::path &path);

  /// Throws one Error naming every tensor of `wanted` that is missing, of another shape or no float, and
  /// every one in the files that is neither wanted nor `tolerated`. `whom`: what they are for.
  void check(const std::vector<WantedTensor> &wanted, const std::string &whom,
             const std::function<bool(const std::string &)> &tolerated = {}) const;

  bool has(const std::string &name) const { return found.count(name) != 0; }
  int64_t elements(const std::string &name) const { return found.at(name).tensor->elements(); }
  /// Elements [first, first + values.size()) as f32.
  void read(const std::string &name, int64_t first, std::span<float> values) const;
  /// All elements where they lie in the file, if they are f32 and aligned; else none.
  std::span<const float> inPlace(const std::string &name) const;

private:
  struct Found {
    const SafetensorsReader *reader;
    const SafetensorsReader::Tensor *tensor;
  };

  void openShards(const std::filesystem::path &index);

  std::filesystem::path path;
  std::vector<std::unique_ptr<SafetensorsReader>> readers;
  std::map<std::string, Found> found;
};

} // namespace samba
