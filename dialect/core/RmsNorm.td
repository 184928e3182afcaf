// Root-mean-square norm over channels and its gradients.
#ifndef SAMBA_CORE_RMS_NORM_TD
#define SAMBA_CORE_RMS_NORM_TD

include "dialect/core/CoreOp.td"

def Samba_RmsNormOp : Samba_CoreOp<"rms_norm", [Samba_Cost, Samba_Recomputable],
                                  "result == 0 ? Storage::activation : Storage::exact"> {
  let summary = "y = x r w, r [B, T] = (mean_c x^2 + eps)^-1/2; x [B, T, C], w [C]";
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, F64Attr:$eps);
  let results = (outs Samba_Float:$y, Samba_Float:$r);
}

def Samba_RmsNormDxOp : Samba_CoreOp<"rms_norm_dx", [Samba_Cost, Samba_FusionRoot, Samba_Twin],
                                     "Storage::likeFirst"> {
  let summary = "dx = r (w dy - x r^2 mean_c(w dy x))";
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, Samba_Float:$r, Samba_Float:$dy);
  let results = (outs Samba_Float:$dx);
}

def Samba_RmsNormDwOp : Samba_CoreOp<"rms_norm_dw", [Samba_Cost]> {
  let summary = "dw [C] = sum over rows of dy x r";
  let arguments = (ins Samba_Float:$x, Samba_Float:$r, Samba_Float:$dy);
  let results = (outs Samba_Float:$dw);
}

def Samba_RmsNormGradOp : Samba_CoreOp<"rms_norm_grad", [Samba_Cost, Samba_FusionRoot],
                                       "result == 0 ? Storage::likeFirst : Storage::exact"> {
  let summary = "dx and dw of rms_norm, reading x and dy once";
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, Samba_Float:$r, Samba_Float:$dy);
  let results = (outs Samba_Float:$dx, Samba_Float:$dw);
}

#endif // SAMBA_CORE_RMS_NORM_TD
