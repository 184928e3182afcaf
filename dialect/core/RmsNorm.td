// Root-mean-square norm over channels and its gradients.
#ifndef SAMBA_CORE_RMS_NORM_TD
#define SAMBA_CORE_RMS_NORM_TD

include "dialect/core/CoreOp.td"

def Samba_RmsNormOp : Samba_CoreOp<"rms_norm", [Samba_Cost, Samba_Recomputable]> {
  let summary = "y = x r w, r [B, T] = (mean_c x^2 + eps)^-1/2; x [B, T, C], w [C]";
  let arguments = (ins Samba_F32:$x, Samba_F32:$w, F64Attr:$eps);
  let results = (outs Samba_F32:$y, Samba_F32:$r);
}

def Samba_RmsNormDxOp : Samba_CoreOp<"rms_norm_dx", [Samba_Cost, Samba_FusionRoot]> {
  let summary = "dx = r (w dy - x r^2 mean_c(w dy x))";
  let arguments = (ins Samba_F32:$x, Samba_F32:$w, Samba_F32:$r, Samba_F32:$dy);
  let results = (outs Samba_F32:$dx);
}

def Samba_RmsNormDwOp : Samba_CoreOp<"rms_norm_dw", [Samba_Cost]> {
  let summary = "dw [C] = sum over rows of dy x r";
  let arguments = (ins Samba_F32:$x, Samba_F32:$r, Samba_F32:$dy);
  let results = (outs Samba_F32:$dw);
}

#endif // SAMBA_CORE_RMS_NORM_TD
