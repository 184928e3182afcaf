// A spec as values: what a .mlir says of a model, read from a config.json or to be written as one.
#pragma once

#include "runtime/checkpoint/WeightFiles.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace samba {

struct SpecLayer {
  std::string op; ///< as "samba.mlp"
  nlohmann::ordered_json attributes = nlohmann::ordered_json::object();
};

struct ModelSpec {
  std::string name;
  nlohmann::ordered_json attributes = nlohmann::ordered_json::object();
  std::vector<SpecLayer> layers;        ///< the stack, repeats unrolled
  std::vector<WantedTensor> parameters; ///< their names and shapes, where the compiler has been asked
};

/// Gives every absent attribute the value that the spec language gives it, and removes those that do not
/// change what given weights compute: how they start, and how activations are stored.
ModelSpec resolved(ModelSpec spec);

/// The first difference between two specs, other than their names, as a clause: "layers.2 (samba.mlp): d_ff
/// is 512 here and 256 there"; empty if they compute the same. `here` and `there` follow the values.
std::string difference(const ModelSpec &a, const ModelSpec &b, const std::string &here,
                       const std::string &there);

/// The spec as text below a line of comment: only what differs from the defaults, repetitions as such.
std::string specText(const ModelSpec &spec, const std::string &comment);

} // namespace samba
