//===- CompiledModel.h - What the checks ask of whoever plays a bundle ---------------------------------===//
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace samba::oracle {

/// A compiled model with its memory. Entries, inputs, outputs, parameters and states are called by their
/// names in the bundle; all tensors are dense.
class CompiledModel {
public:
  enum class Segment { params, grads, moment1, moment2 };

  virtual ~CompiledModel() = default;

  /// A parameter, its gradient, or one of its moments.
  virtual std::vector<float> read(Segment segment, const std::string &parameter) = 0;
  virtual void write(Segment segment, const std::string &parameter, const std::vector<float> &values) = 0;

  virtual void write(const std::string &entry, const std::string &input,
                     const std::vector<int32_t> &values) = 0;
  virtual void write(const std::string &entry, const std::string &input,
                     const std::vector<float> &values) = 0;
  virtual void run(const std::string &entry) = 0;
  virtual std::vector<float> read(const std::string &entry, const std::string &output) = 0;

  /// Puts every sequence before its first token.
  virtual void zeroState() = 0;
  /// Every state tensor, by name.
  virtual std::vector<std::pair<std::string, std::vector<float>>> state() = 0;
};

} // namespace samba::oracle
