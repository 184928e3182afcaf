// Rotary position embedding.
#ifndef SAMBA_CORE_ROTARY_TD
#define SAMBA_CORE_ROTARY_TD

include "dialect/core/CoreOp.td"

def Samba_RotaryOp : Samba_CoreOp<"rotary", [Samba_Cost, Samba_Differentiable], "Storage::activation"> {
  let summary = "turns each pair (i, i + head_dim/2) of every head by position theta^(-2i/head_dim)";
  let description = [{
    x [B, T, heads head_dim]; the token at index t of sequence b stands at position[b] + t (position [B] i64, absent: 0).
    y_i = x_i cos - x_j sin, y_j = x_j cos + x_i sin, j = i + head_dim/2, i < head_dim/2. `inverse` turns back: it is
    the gradient.
  }];
  let arguments = (ins Samba_Float:$x, Optional<Samba_I64>:$position, I64Attr:$head_dim, F64Attr:$theta,
                       UnitAttr:$inverse);
  let results = (outs Samba_Float:$y);
}

#endif // SAMBA_CORE_ROTARY_TD
