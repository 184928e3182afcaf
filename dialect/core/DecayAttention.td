// Attention without softmax whose past decays: gated linear attention and retention.
#ifndef SAMBA_CORE_DECAY_ATTENTION_TD
#define SAMBA_CORE_DECAY_ATTENTION_TD

include "dialect/core/CoreOp.td"

def Samba_DecayAttentionOp : Samba_CoreOp<"decay_attention", [Samba_Cost, Samba_Differentiable],
                                          "Storage::activation"> {
  let summary = "S_t = exp(g_t) S_{t-1} + k_t v_t^T; o_t = scale S_t^T q_t, from S = 0, for each head";
  let description = [{
    q, k [B, T, n_heads K], v, o [B, T, n_heads V]; S [K, V] of a head. The logarithm of the decay is either `g`
    [B, T, n_heads K], one for each key channel and token (gated linear attention), or `log_decays`, one for each head
    (retention). Neither is positive, so that nothing grows.
  }];
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Optional<Samba_Float>:$g, I64Attr:$n_heads,
                       F64Attr:$scale, OptionalAttr<DenseF64ArrayAttr>:$log_decays);
  let results = (outs Samba_Float:$o);
}

def Samba_DecayAttentionGradOp : Samba_CoreOp<"decay_attention_grad", [Samba_Cost],
                                              "Storage::activation"> {
  let summary = "the cotangents of decay_attention, each by a recurrence of the same form";
  let description = [{
    With R_t = exp(g_{t+1}) R_{t+1} + q_t do_t^T: dq_t = scale S_t do_t, dk_t = scale R_t v_t, dv_t = scale R_t^T k_t, and
    dg_t = dg_{t+1} + q_t dq_t - k_t dk_t where there is a g.
  }];
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Samba_Float:$d_o, Optional<Samba_Float>:$g,
                       I64Attr:$n_heads, F64Attr:$scale, OptionalAttr<DenseF64ArrayAttr>:$log_decays);
  let results = (outs Samba_Float:$dq, Samba_Float:$dk, Samba_Float:$dv, Optional<Samba_Float>:$dg);
}

def Samba_DecayAttentionStepOp
    : Samba_CoreOp<"decay_attention_step", [Samba_Cost, DeclareOpInterfaceMethods<InPlaceOpInterface>],
                   "result == 0 ? Storage::activation : Storage::exact"> {
  let summary = "decay_attention from the state S [B, n_heads K, V]; returns o and the state after the last token";
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Samba_Float:$state, Optional<Samba_Float>:$g,
                       I64Attr:$n_heads, F64Attr:$scale, OptionalAttr<DenseF64ArrayAttr>:$log_decays);
  let results = (outs Samba_Float:$o, Samba_Float:$next);
}

#endif // SAMBA_CORE_DECAY_ATTENTION_TD
