// Hugging Face transformers, LlamaForCausalLM: full attention. Its rotary pairs are ours, (i, i + head_dim /
// 2).
#include "layouts/Layout.h"

using namespace samba;

Layout samba::hfLlamaLayout() {
  using Kind = Layout::Kind;
  return {
      .name = "llama",
      .modelType = "llama",
      .architecture = "LlamaForCausalLM",
      .block = "model.layers.",
      .attributes = {{"vocab_size", "vocab_size", Kind::Integer},
                     {"d_model", "hidden_size", Kind::Integer},
                     {"norm_eps", "rms_norm_eps", Kind::Number, 1e-6},
                     {"tie_embeddings", "tie_word_embeddings", Kind::Boolean, false}},
      .fixed = {{"hidden_act", {"silu", "swish"}, "silu"},
                {"attention_bias", {false}, false},
                {"mlp_bias", {false}, false},
                {"attention_dropout", {0.0}, 0.0},
                {"rope_scaling", {nullptr}, nullptr},
                {"rope_parameters.rope_type", {"default"}, "default"},
                {"rope_parameters.partial_rotary_factor", {1.0}, 1.0},
                {"partial_rotary_factor", {nullptr, 1.0}, nullptr},
                {"quantization_config", {nullptr}, nullptr}},
      .neutral = {"max_position_embeddings", "pretraining_tp"},
      .layers = {{.op = "samba.attention",
                  .attributes = {{"n_heads", "num_attention_heads", Kind::Integer},
                                 {"n_kv_heads", "num_key_value_heads", Kind::Integer, nullptr},
                                 {"head_dim", "head_dim", Kind::Integer, nullptr},
                                 {"window", "", Kind::Integer, "full"},
                                 {"rope_theta", "rope_theta|rope_parameters.rope_theta", Kind::Number,
                                  10000.0}},
                  .tensors = {{"norm.weight", "input_layernorm.weight"},
                              {"mixer.q_proj.weight", "self_attn.q_proj.weight"},
                              {"mixer.k_proj.weight", "self_attn.k_proj.weight"},
                              {"mixer.v_proj.weight", "self_attn.v_proj.weight"},
                              {"mixer.o_proj.weight", "self_attn.o_proj.weight"}}},
                 {.op = "samba.mlp",
                  .attributes = {{"d_ff", "intermediate_size", Kind::Integer}},
                  .tensors = {{"norm.weight", "post_attention_layernorm.weight"},
                              {"mlp.gate_proj.weight", "mlp.gate_proj.weight"},
                              {"mlp.up_proj.weight", "mlp.up_proj.weight"},
                              {"mlp.down_proj.weight", "mlp.down_proj.weight"}}}},
      .tensors = {{"backbone.embedding.weight", "model.embed_tokens.weight"},
                  {"backbone.norm_f.weight", "model.norm.weight"},
                  {"lm_head.weight", "lm_head.weight"}},
  };
}
