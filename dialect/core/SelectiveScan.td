// The selective scan (S6) with its gradient, and its form that carries the state.
#ifndef SAMBA_CORE_SELECTIVE_SCAN_TD
#define SAMBA_CORE_SELECTIVE_SCAN_TD

include "dialect/core/CoreOp.td"

def Samba_SelectiveScanOp
    : Samba_CoreOp<"selective_scan", [Samba_Cost, AttrSizedOperandSegments, Samba_Probe,
        DeclareOpInterfaceMethods<DifferentiableOpInterface, ["takesCotangent"]>,
        DeclareOpInterfaceMethods<FusionRootOpInterface, ["prologueOperands"]>],
        "result < 2 ? Storage::activation : Storage::exact", "false",
        !strconcat("$u `,` $dt `,` $A `,` $B `,` $C `,` $D (`,` $h^)?", Samba_InDocuments)> {
  let summary = "h_t = exp(dt_t A) h_{t-1} + dt_t u_t B_t; y_t = h_t C_t + D u_t";
  let description = [{
    u, dt [Batch, T, D], A [D, N] (negative), B, C [Batch, T, N], D [D]; y [Batch, T, D]. It starts from h = 0, or from
    `h` [Batch, D, N], and then also returns `next`, the state after the last token. `states`
    [Batch, ceil(T / checkpoint), D, N] holds the state before token 0, checkpoint, 2 checkpoint, ... for the backward
    pass, which recomputes what lies between (checkpoint = 1 keeps every state). At the first token of a document the
    decay exp(dt_t A) is 0.
  }];
  let arguments = (ins Samba_Float:$u, Samba_Float:$dt, Samba_Float:$A, Samba_Float:$B, Samba_Float:$C, Samba_Float:$D,
                       Optional<Samba_Float>:$h, Samba_Documents:$documents, I64Attr:$checkpoint);
  let results = (outs Samba_Float:$y, Samba_Float:$states, Optional<Samba_Float>:$next);
}

def Samba_SelectiveScanGradOp
    : Samba_CoreOp<"selective_scan_grad", [Samba_Cost, AttrSizedOperandSegments],
        "result < 2 ? Storage::activation : Storage::exact", "false",
        !strconcat("$u `,` $dt `,` $A `,` $B `,` $C `,` $D `,` $states `,` $dy (`,` $dnext^)?", Samba_InDocuments)> {
  let summary = "the cotangents of selective_scan, by a scan backward in time";
  let description = [{
    With a_t = exp(dt_t A): g_t = dy_t C_t + a_{t+1} g_{t+1}; du_t = D dy_t + dt_t <g_t, B_t>;
    ddt_t = sum_n g_t (A a_t h_{t-1} + B_t u_t). Sums that cross kernel cells come as partials, summed afterwards in a
    fixed order: dA [Batch, D, N] and dD [Batch, D] over the batch, dB and dC [D / channel_block (rounded up), Batch, T, N]
    over blocks of channels. `dnext` [Batch, D, N] is the cotangent of the state after the last token, from which g starts;
    with it `dh` = a_0 g_0, that of the state before the first, is returned.
  }];
  let arguments = (ins Samba_Float:$u, Samba_Float:$dt, Samba_Float:$A, Samba_Float:$B, Samba_Float:$C, Samba_Float:$D,
                       Samba_Float:$states, Samba_Float:$dy, Optional<Samba_Float>:$dnext, Samba_Documents:$documents,
                       I64Attr:$checkpoint, I64Attr:$channel_block);
  let results = (outs Samba_Float:$du, Samba_Float:$ddt, Samba_Float:$dA, Samba_Float:$dB, Samba_Float:$dC, Samba_Float:$dD,
                      Optional<Samba_Float>:$dh);
}

def Samba_SelectiveScanStepOp
    : Samba_CoreOp<"selective_scan_step", [Samba_Cost, DeclareOpInterfaceMethods<InPlaceOpInterface>,
        DeclareOpInterfaceMethods<FusionRootOpInterface, ["prologueOperands"]>],
        "result == 0 ? Storage::activation : Storage::exact"> {
  let summary = "selective_scan from the state h [Batch, D, N]; returns y and the state after the last token";
  let arguments = (ins Samba_Float:$u, Samba_Float:$dt, Samba_Float:$A, Samba_Float:$B, Samba_Float:$C, Samba_Float:$D, Samba_Float:$h);
  let results = (outs Samba_Float:$y, Samba_Float:$next);
}

#endif // SAMBA_CORE_SELECTIVE_SCAN_TD
