// Depthwise causal convolution over time, its gradients and its state.
#ifndef SAMBA_CORE_CAUSAL_CONV_TD
#define SAMBA_CORE_CAUSAL_CONV_TD

include "dialect/core/CoreOp.td"

def Samba_CausalConvOp : Samba_CoreOp<"causal_conv", [Samba_Cost, Samba_Recomputable, Samba_FusionRoot],
                                      "Storage::activation"> {
  let summary = "y[t, c] = sum_i w[c, K-1-i] x[t-i, c], i = 0..K-1; x [B, T, C], w [C, K]";
  let description = [{
    x[-i] comes from `state` [B, K-1, C] (oldest first: state[K-2] is x[-1]), or is zero without it. Only the form
    without state is differentiable.
  }];
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, Optional<Samba_Float>:$state);
  let results = (outs Samba_Float:$y);
}

def Samba_CausalConvDxOp : Samba_CoreOp<"causal_conv_dx", [Samba_Cost, Samba_FusionRoot], "Storage::activation"> {
  let summary = "dx[t, c] = sum_i w[c, K-1-i] dy[t+i, c]";
  let arguments = (ins Samba_Float:$dy, Samba_Float:$w);
  let results = (outs Samba_Float:$dx);
}

def Samba_CausalConvDwOp : Samba_CoreOp<"causal_conv_dw", [Samba_Cost]> {
  let summary = "dw[c, K-1-i] = sum over b, t of dy[t, c] x[t-i, c]";
  let arguments = (ins Samba_Float:$x, Samba_Float:$dy, I64Attr:$d_conv);
  let results = (outs Samba_Float:$dw);
}

def Samba_ConvStateOp : Samba_CoreOp<"conv_state", [Samba_Cost, DeclareOpInterfaceMethods<InPlaceOpInterface>],
                                     "Storage::activation"> {
  let summary = "the last K-1 rows of [state; x], the state after x; x [B, T, C], state [B, K-1, C]";
  let arguments = (ins Samba_Float:$x, Samba_Float:$state);
  let results = (outs Samba_Float:$next);
}

#endif // SAMBA_CORE_CAUSAL_CONV_TD
