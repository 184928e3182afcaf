// Matrix products with a weight [N, K] stored as PyTorch stores it, and their two gradients.
#ifndef SAMBA_CORE_LINEAR_TD
#define SAMBA_CORE_LINEAR_TD

include "dialect/core/CoreOp.td"

def Samba_LinearOp : Samba_CoreOp<"linear", [Samba_Cost, Samba_Differentiable, Samba_FusionRoot],
                                 "Storage::activation", "true"> {
  let summary = "y [B, T, N] = x [B, T, K] w^T, w [N, K]";
  let arguments = (ins Samba_Float:$x, Samba_Float:$w);
  let results = (outs Samba_Float:$y);
}

def Samba_LinearDxOp : Samba_CoreOp<"linear_dx", [Samba_Cost, Samba_FusionRoot], "Storage::activation", "true"> {
  let summary = "dx [B, T, K] = dy [B, T, N] w, w [N, K]";
  let arguments = (ins Samba_Float:$dy, Samba_Float:$w);
  let results = (outs Samba_Float:$dx);
}

def Samba_LinearDwOp : Samba_CoreOp<"linear_dw", [Samba_Cost, Samba_FusionRoot], "Storage::exact", "true"> {
  let summary = "dw [N, K] = dy^T x, summed over B and T; dy [B, T, N], x [B, T, K]";
  let arguments = (ins Samba_Float:$x, Samba_Float:$dy);
  let results = (outs Samba_Float:$dw);
}

#endif // SAMBA_CORE_LINEAR_TD
