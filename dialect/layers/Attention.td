// The attention layer: sliding window or full, grouped heads, rotary or none.
#ifndef SAMBA_LAYERS_ATTENTION_TD
#define SAMBA_LAYERS_ATTENTION_TD

include "dialect/layers/LayerOp.td"

def Samba_AttentionLayerOp : Samba_LayerOp<"attention", [], ["keepsDocumentsApart"]> {
  let summary = "causal attention over the last `window` positions, the token itself included";
  let arguments = (ins Samba_SpecAttr<"query heads">:$n_heads,
                       Samba_SpecAttr<"key and value heads (n_heads)">:$n_kv_heads,
                       Samba_SpecAttr<"channels per head (d_model / n_heads)">:$head_dim,
                       Samba_SpecAttr<"positions seen, or \"full\" (2048)">:$window,
                       Samba_SpecAttr<"base of the rotary angles, or \"none\" (10000)">:$rope_theta,
                       Samba_SpecAttr<"tokens of the convolution of q, k and v, or \"none\" (\"none\")">:$short_conv);
}

#endif // SAMBA_LAYERS_ATTENTION_TD
