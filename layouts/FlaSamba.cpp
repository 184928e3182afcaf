// flash-linear-attention, SambaForCausalLM: a mixer and an MLP in every block; attention where attn.layers
// says so.
#include "layouts/Layout.h"

#include <algorithm>

using namespace samba;
using nlohmann::json;

/// Its MLP is as wide as a multiple of 256 of at least two thirds of hidden_ratio widths.
static json widthOf(const json &ratio, int64_t dModel) {
  auto width =
      static_cast<int64_t>(std::min(1e12, static_cast<double>(dModel) * ratio.get<double>() * 2 / 3));
  return (width + 255) / 256 * 256;
}

static json ratioOf(const json &width, int64_t dModel) {
  for (int64_t ratio : {4, 1, 2, 3, 5, 6, 7, 8}) // their default, or another small one
    if (widthOf(ratio, dModel) == width)
      return ratio;
  return width.get<double>() * 3 / (2 * static_cast<double>(dModel));
}

Layout samba::flaSambaLayout() {
  using Kind = Layout::Kind;
  Layout::Layer scan = hfMambaLayout().layers.front(), attention = hfLlamaLayout().layers.front(),
                mlp = hfLlamaLayout().layers.back();
  scan.list = attention.list = "attn.layers";
  scan.listed = false;
  scan.tensors.front().theirs = attention.tensors.front().theirs = "mixer_norm.weight";
  for (size_t i = 1; i < attention.tensors.size(); ++i)
    attention.tensors[i].theirs = attention.tensors[i].ours;
  mlp.tensors.front().theirs = "mlp_norm.weight";
  attention.attributes = {{"n_heads", "attn.num_heads", Kind::Integer},
                          {"n_kv_heads", "attn.num_kv_heads", Kind::Integer, nullptr},
                          {"window", "attn.window_size", Kind::Integer, nullptr, "full"},
                          {"rope_theta", "attn.rope_theta", Kind::Number, 10000.0}};
  mlp.attributes = {{"d_ff", "hidden_ratio", Kind::Number, 4, 4, widthOf, ratioOf}};

  Layout layout = hfMambaLayout();
  layout.name = layout.modelType = "samba";
  layout.architecture = "SambaForCausalLM";
  layout.attributes[2] = {"norm_eps", "norm_eps", Kind::Number, 1e-5};
  layout.attributes[3].absent = false;
  layout.fixed = {{"use_bias", {false}, false},
                  {"use_conv_bias", {true}, true},
                  {"hidden_act", {"swish"}, "swish"},
                  {"attn.qkv_bias", {false}, false},
                  {"quantization_config", {nullptr}, nullptr}};
  for (const char *key : {"max_position_embeddings", "fuse_norm", "fuse_swiglu", "fuse_cross_entropy",
                          "fuse_linear_cross_entropy", "use_l2warp"})
    layout.neutral.push_back(key);
  layout.layers = {scan, attention, mlp};
  return layout;
}
