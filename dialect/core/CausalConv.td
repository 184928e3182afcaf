// Depthwise causal convolution over time, its gradients and its state.
#ifndef SAMBA_CORE_CAUSAL_CONV_TD
#define SAMBA_CORE_CAUSAL_CONV_TD

include "dialect/core/CoreOp.td"

def Samba_CausalConvOp
    : Samba_CoreOp<"causal_conv", [Samba_Cost, AttrSizedOperandSegments, Samba_Recomputable, Samba_FusionRoot],
        "Storage::activation", "false", !strconcat("$x `,` $w (`,` $state^)?", Samba_InDocuments)> {
  let summary = "y[t, c] = sum_i w[c, K-1-i] x[t-i, c], i = 0..K-1; x [B, T, C], w [C, K]";
  let description = [{
    x[-i] comes from `state` [B, K-1, C] (oldest first: state[K-2] is x[-1]), or is zero without it. So is what lies
    before the document of token t.
  }];
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, Optional<Samba_Float>:$state, Samba_Documents:$documents);
  let results = (outs Samba_Float:$y);
}

def Samba_CausalConvDxOp : Samba_CoreOp<"causal_conv_dx", [Samba_Cost, Samba_FusionRoot, Samba_Twin], "Storage::activation", "false",
                                        !strconcat("$dy `,` $w", Samba_InDocuments)> {
  let summary = "dx[t, c] = sum_i w[c, K-1-i] dy[t+i, c], over the tokens of t's document";
  let arguments = (ins Samba_Float:$dy, Samba_Float:$w, Samba_Documents:$documents);
  let results = (outs Samba_Float:$dx);
}

def Samba_CausalConvDwOp : Samba_CoreOp<"causal_conv_dw", [Samba_Cost, AttrSizedOperandSegments], "Storage::exact", "false",
                                        !strconcat("$x `,` $dy (`,` $state^)?", Samba_InDocuments)> {
  let summary = "dw[c, K-1-i] = sum over b, t of dy[t, c] x[t-i, c], x before the first token and its document as in causal_conv";
  let arguments = (ins Samba_Float:$x, Samba_Float:$dy, Optional<Samba_Float>:$state, Samba_Documents:$documents,
                       I64Attr:$d_conv);
  let results = (outs Samba_Float:$dw);
}

def Samba_CausalConvDstateOp : Samba_CoreOp<"causal_conv_dstate", [Samba_Cost], "Storage::activation", "false",
                                            !strconcat("$dy `,` $w", Samba_InDocuments)> {
  let summary = "dstate[K-1-j, c] = sum_t w[c, K-1-j-t] dy[t, c], t = 0..K-1-j: the cotangent of x[-j], j = 1..K-1";
  let arguments = (ins Samba_Float:$dy, Samba_Float:$w, Samba_Documents:$documents);
  let results = (outs Samba_Float:$dstate);
}

def Samba_CausalConvSiluGradOp
    : Samba_CoreOp<"causal_conv_silu_grad", [Samba_Cost, Samba_FusionRoot],
                   "result == 0 ? Storage::activation : Storage::exact"> {
  let summary = "dx, dw and db of y = silu(causal_conv(x, w) + b), reading x and dy once; b [C]";
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, Samba_Float:$b, Samba_Float:$dy);
  let results = (outs Samba_Float:$dx, Samba_Float:$dw, Samba_Float:$db);
}

def Samba_ConvStateOp : Samba_CoreOp<"conv_state", [Samba_Cost, Samba_Differentiable,
                                                    DeclareOpInterfaceMethods<InPlaceOpInterface>],
                                     "Storage::activation"> {
  let summary = "the last K-1 rows of [state; x], the state after x; x [B, T, C], state [B, K-1, C]";
  let arguments = (ins Samba_Float:$x, Samba_Float:$state);
  let results = (outs Samba_Float:$next);
}

def Samba_ConvStateGradOp : Samba_CoreOp<"conv_state_grad", [Samba_Cost], "Storage::activation"> {
  let summary = "the cotangents of conv_state's operands: rows of dnext [B, K-1, C] where they came from, 0 elsewhere";
  let arguments = (ins Samba_Float:$dnext, I64Attr:$tokens);
  let results = (outs Samba_Float:$dx, Samba_Float:$dstate);
}

#endif // SAMBA_CORE_CAUSAL_CONV_TD
