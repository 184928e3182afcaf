// The retention layer.
#ifndef SAMBA_LAYERS_RETENTION_TD
#define SAMBA_LAYERS_RETENTION_TD

include "dialect/layers/LayerOp.td"

def Samba_RetentionOp : Samba_LayerOp<"retention"> {
  let summary = "retention: a state per head that decays by 1 - 2^(-5 - head) with every token";
  let arguments = (ins Samba_SpecAttr<"heads">:$n_heads,
                       Samba_SpecAttr<"key channels per head (d_model / n_heads)">:$key_dim,
                       Samba_SpecAttr<"value channels per head (2 d_model / n_heads)">:$value_dim,
                       Samba_SpecAttr<"base of the rotary angles, or \"none\" (10000)">:$rope_theta,
                       Samba_SpecAttr<"tokens of the convolution of q, k and v, or \"none\" (\"none\")">:$short_conv);
}

#endif // SAMBA_LAYERS_RETENTION_TD
