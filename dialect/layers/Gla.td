// The gated linear attention layer.
#ifndef SAMBA_LAYERS_GLA_TD
#define SAMBA_LAYERS_GLA_TD

include "dialect/layers/LayerOp.td"

def Samba_GlaOp : Samba_LayerOp<"gla"> {
  let summary = "gated linear attention: a state per head whose key channels decay as the token says";
  let arguments = (ins Samba_SpecAttr<"heads">:$n_heads,
                       Samba_SpecAttr<"key channels per head (d_model / 2 / n_heads)">:$key_dim,
                       Samba_SpecAttr<"value channels per head (d_model / n_heads)">:$value_dim,
                       Samba_SpecAttr<"rank of the decay's projection (16)">:$gate_rank,
                       Samba_SpecAttr<"divisor of the decay's logarithm (16)">:$gate_logit_normalizer,
                       Samba_SpecAttr<"tokens of the convolution of q, k and v, or \"none\" (\"none\")">:$short_conv);
}

#endif // SAMBA_LAYERS_GLA_TD
