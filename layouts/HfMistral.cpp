// Hugging Face transformers, MistralForCausalLM: Llama's tensors, and a window that counts the token itself.
#include "layouts/Layout.h"

using namespace samba;

Layout samba::hfMistralLayout() {
  Layout layout = hfLlamaLayout();
  layout.name = layout.modelType = "mistral";
  layout.architecture = "MistralForCausalLM";
  for (Layout::Attribute &attribute : layout.layers.front().attributes) {
    if (attribute.name == "window")
      attribute = {"window", "sliding_window", Layout::Kind::Integer, 4096, "full"};
    if (attribute.name == "n_kv_heads")
      attribute.absent = 8;
  }
  return layout;
}
