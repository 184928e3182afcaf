// Causal windowed attention, its gradients, and its form over a ring of past keys.
#ifndef SAMBA_CORE_ATTENTION_TD
#define SAMBA_CORE_ATTENTION_TD

include "dialect/core/CoreOp.td"

def Samba_WindowedAttentionOp : Samba_CoreOp<"windowed_attention", [Samba_Cost, Samba_Differentiable, Samba_Probe],
        "result == 0 ? Storage::activation : Storage::exact", "true", !strconcat("$q `,` $k `,` $v", Samba_InDocuments)> {
  let summary = "o_i = sum_j softmax_j(q_i k_j / sqrt(head_dim)) v_j over i - window < j <= i";
  let description = [{
    q [B, T, Hq hd], k, v [B, T, Hkv hd]; query head h reads key head h Hkv / Hq (rounded down). The window counts the
    token itself. `lse` [B, Hq, T] is the log of the softmax's denominator, for the backward pass. With `documents` a
    query sees keys of its own document only.
  }];
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Samba_Documents:$documents, I64Attr:$n_heads,
                       I64Attr:$n_kv_heads, I64Attr:$window);
  let results = (outs Samba_Float:$o, Samba_Float:$lse);
}

def Samba_AttentionDeltaOp : Samba_CoreOp<"attention_delta", [Samba_Cost]> {
  let summary = "delta [B, Hq, T] = sum over a head's channels of o do";
  let arguments = (ins Samba_Float:$o, Samba_Float:$d_o, I64Attr:$n_heads);
  let results = (outs Samba_Float:$delta);
}

def Samba_AttentionDqOp : Samba_CoreOp<"attention_dq", [Samba_Cost, Samba_Twin], "Storage::activation",
                                        "operand < 3 || operand == 5",
                                         !strconcat("$q `,` $k `,` $v `,` $lse `,` $delta `,` $d_o", Samba_InDocuments)> {
  let summary = "dq_i = sum_j ds_ij k_j / sqrt(hd), ds = p (do v^T - delta), p = exp(q k^T / sqrt(hd) - lse)";
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Samba_Float:$lse, Samba_Float:$delta, Samba_Float:$d_o,
                       Samba_Documents:$documents, I64Attr:$n_heads, I64Attr:$n_kv_heads, I64Attr:$window);
  let results = (outs Samba_Float:$dq);
}

def Samba_AttentionDkvOp : Samba_CoreOp<"attention_dkv", [Samba_Cost], "Storage::activation",
                                         "operand < 3 || operand == 5",
                                         !strconcat("$q `,` $k `,` $v `,` $lse `,` $delta `,` $d_o", Samba_InDocuments)> {
  let summary = "dk_j = sum_i ds_ij q_i / sqrt(hd), dv_j = sum_i p_ij do_i, over the query heads of j's group";
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Samba_Float:$lse, Samba_Float:$delta, Samba_Float:$d_o,
                       Samba_Documents:$documents, I64Attr:$n_heads, I64Attr:$n_kv_heads, I64Attr:$window);
  let results = (outs Samba_Float:$dk, Samba_Float:$dv);
}

def Samba_AttentionGradOp : Samba_CoreOp<"attention_grad", [Samba_Cost], "Storage::activation",
                                          "operand < 3 || operand == 5",
                                          !strconcat("$q `,` $k `,` $v `,` $lse `,` $delta `,` $d_o", Samba_InDocuments)> {
  let summary = "dq, dk and dv of windowed_attention from one p and one ds";
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Samba_Float:$lse, Samba_Float:$delta, Samba_Float:$d_o,
                       Samba_Documents:$documents, I64Attr:$n_heads, I64Attr:$n_kv_heads, I64Attr:$window);
  let results = (outs Samba_Float:$dq, Samba_Float:$dk, Samba_Float:$dv);
}

def Samba_AttentionStepOp : Samba_CoreOp<"attention_step", [Samba_Cost], "Storage::activation", "operand < 5",
                                          !strconcat("$q `,` $k `,` $v `,` $ring_k `,` $ring_v `,` $position", Samba_InDocuments)> {
  let summary = "attention of a chunk of tokens to a ring of past keys and to the chunk itself";
  let description = [{
    q [B, T, Hq hd], k, v [B, T, Hkv hd] of the chunk; ring_k, ring_v [B, R, Hkv hd] hold the key of position p in slot
    p mod R, for the last R positions before position[b]. Query t stands at position[b] + t and sees `window` positions
    including itself; window <= R. With `documents`, whose row is the chunk, it sees none before its document. The rings
    are read, not written: `samba.ring_update` follows.
  }];
  let arguments = (ins Samba_Float:$q, Samba_Float:$k, Samba_Float:$v, Samba_Float:$ring_k, Samba_Float:$ring_v,
                       Samba_I64:$position, Samba_Documents:$documents, I64Attr:$n_heads, I64Attr:$n_kv_heads,
                       I64Attr:$window);
  let results = (outs Samba_Float:$o);
}

def Samba_RingUpdateOp : Samba_CoreOp<"ring_update", [DeclareOpInterfaceMethods<CostOpInterface, ["elementsRead", "elementsWritten"]>,
                                                      DeclareOpInterfaceMethods<InPlaceOpInterface>],
                                     "Storage::activation"> {
  let summary = "the ring [B, R, C] with the last min(T, R) rows of x [B, T, C] written to slots (position[b] + t) mod R";
  let arguments = (ins Samba_Float:$x, Samba_Float:$ring, Samba_I64:$position);
  let results = (outs Samba_Float:$next);
}

#endif // SAMBA_CORE_ATTENTION_TD
