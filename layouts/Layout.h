// How other libraries lay out a model's config.json and tensors: a table for each, in a file of its own.
//
// A layout is a stack of blocks, num_hidden_layers of them. A block is one layer of the spec or several; a
// value of config.json holds for all blocks. Everything that reads or writes a folder follows the table:
//
//   config.json   <->  attributes of the model and of its layers
//   their tensors <->  the parameters of the spec, name by name
//
// Keys are paths: "attn.window_size" is a field of the object "attn". Alternatives stand beside each other,
// "a|b": the first that is there is read, and all are written.
#pragma once

#include "layouts/ModelSpec.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace samba {

struct Layout {
  enum class Kind { Integer, Number, Boolean, IntegerOrAuto };

  /// An attribute of the spec and the key that says it.
  struct Attribute {
    std::string name, keys; ///< without a key the attribute is always `absent`
    Kind kind = Kind::Integer;
    nlohmann::json absent = required; ///< what their library takes if the key is absent
    /// What their library takes for null: a value, or (null) the spec's default.
    nlohmann::json null = nullptr;
    /// Where the key does not hold the attribute itself: from its value and d_model, and back.
    nlohmann::json (*toSpec)(const nlohmann::json &value, int64_t dModel) = nullptr;
    nlohmann::json (*toConfig)(const nlohmann::json &value, int64_t dModel) = nullptr;
  };

  /// A key that must have one of these values, since a spec can say nothing else.
  struct Fixed {
    std::string key;
    std::vector<nlohmann::json> values; ///< the first is written
    nlohmann::json absent;              ///< what their library takes if the key is absent
  };

  struct Tensor {
    std::string ours, theirs;
    int unitAxis = -1; ///< theirs has one dimension more there, of size 1
  };

  /// A layer of every block, or only of those that a list of block numbers holds, or does not hold.
  struct Layer {
    std::string op;
    std::vector<Attribute> attributes;
    std::vector<Tensor> tensors; ///< below "backbone.layers.N." here and `block` there
    std::string list = {};       ///< key of the list; empty: every block
    bool listed = true;          ///< in the blocks of the list, or in the others
  };

  /// The place of an attribute whose key must be there.
  static inline const nlohmann::json required = nlohmann::json(nlohmann::json::value_t::discarded);

  std::string name;         ///< for --to
  std::string modelType;    ///< model_type of config.json
  std::string architecture; ///< the class of their library
  std::string block;        ///< "model.layers.": a block's number follows
  std::vector<Attribute> attributes;
  std::vector<Fixed> fixed;
  std::vector<std::string> neutral; ///< keys that do not change what given weights compute
  std::vector<Layer> layers;
  std::vector<Tensor> tensors; ///< outside the stack; that of the head is absent where embeddings are tied
};

/// Every layout, in the order in which they are tried.
const std::vector<Layout> &layouts();

Layout hfMambaLayout();
Layout hfLlamaLayout();
Layout hfMistralLayout();
Layout flaSambaLayout();

/// A tensor of the spec and its place in a layout.
struct TensorPair {
  WantedTensor ours, theirs;
};

/// The spec that `config` describes; `file` is for messages. `notes`: keys that nothing is known of. Throws
/// Error naming the key that is missing, malformed, or says what no spec can.
ModelSpec specOf(const Layout &layout, const nlohmann::json &config, const std::string &file,
                 std::vector<std::string> &notes);

/// The layout that model_type names. Throws Error listing the known ones.
const Layout &layoutOf(const nlohmann::json &config, const std::string &file);

/// For each attribute that `message` quotes, the key that says it: "; 'd_ff' is 'intermediate_size' there".
std::string keysNamedIn(const Layout &layout, const std::string &message);

/// The config.json of a spec. Throws Error naming the layer or attribute that the layout cannot express.
nlohmann::ordered_json configOf(const Layout &layout, const ModelSpec &spec);

/// Every parameter of `spec`, whose stack is one of `layout`, beside its counterpart.
std::vector<TensorPair> pairTensors(const Layout &layout, const ModelSpec &spec);

} // namespace samba
