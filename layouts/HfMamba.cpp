// Hugging Face transformers, MambaForCausalLM.
#include "layouts/Layout.h"

using namespace samba;

Layout samba::hfMambaLayout() {
  using Kind = Layout::Kind;
  return {
      .name = "mamba",
      .modelType = "mamba",
      .architecture = "MambaForCausalLM",
      .block = "backbone.layers.",
      .attributes = {{"vocab_size", "vocab_size", Kind::Integer},
                     {"d_model", "hidden_size", Kind::Integer},
                     {"norm_eps", "layer_norm_epsilon", Kind::Number, 1e-5},
                     {"tie_embeddings", "tie_word_embeddings", Kind::Boolean, true}},
      .fixed = {{"use_bias", {false}, true},
                {"use_conv_bias", {true}, true},
                {"hidden_act", {"silu", "swish"}, "silu"}},
      .neutral = {"intermediate_size", "residual_in_fp32", "time_step_scale", "time_step_min",
                  "time_step_max", "time_step_init_scheme", "time_step_floor", "rescale_prenorm_residual",
                  "use_mambapy", "use_associative_scan", "d_inner", "d_model", "n_layer", "rms_norm",
                  "fused_add_norm", "pad_vocab_size_multiple", "ssm_cfg"},
      .layers = {{.op = "samba.mamba",
                  .attributes = {{"d_state", "state_size", Kind::Integer, 16},
                                 {"d_conv", "conv_kernel", Kind::Integer, 4},
                                 {"expand", "expand", Kind::Integer, 2},
                                 {"dt_rank", "time_step_rank", Kind::IntegerOrAuto, nullptr}},
                  .tensors = {{"norm.weight", "norm.weight"},
                              {"mixer.in_proj.weight", "mixer.in_proj.weight"},
                              {"mixer.conv1d.weight", "mixer.conv1d.weight", 1},
                              {"mixer.conv1d.bias", "mixer.conv1d.bias"},
                              {"mixer.x_proj.weight", "mixer.x_proj.weight"},
                              {"mixer.dt_proj.weight", "mixer.dt_proj.weight"},
                              {"mixer.dt_proj.bias", "mixer.dt_proj.bias"},
                              {"mixer.A_log", "mixer.A_log"},
                              {"mixer.D", "mixer.D"},
                              {"mixer.out_proj.weight", "mixer.out_proj.weight"}}}},
      .tensors = {{"backbone.embedding.weight", "backbone.embeddings.weight"},
                  {"backbone.norm_f.weight", "backbone.norm_f.weight"},
                  {"lm_head.weight", "lm_head.weight"}},
  };
}
