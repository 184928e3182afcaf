// The language-model head with its loss: logits exist only a tile at a time.
#ifndef SAMBA_CORE_CROSS_ENTROPY_TD
#define SAMBA_CORE_CROSS_ENTROPY_TD

include "dialect/core/CoreOp.td"

def Samba_LinearCrossEntropyOp : Samba_CoreOp<"linear_cross_entropy", [Samba_Cost, Samba_Differentiable],
                                              "Storage::exact", "operand < 2"> {
  let summary = "nll [B, T] = lse - z[target], lse [B, T] = log sum_v exp z_v, z = x w^T";
  let description = [{
    x [B, T, C], w [V, C], targets [B, T] i32. A negative target is ignored: its nll is 0. The logits z are never
    stored; the gradient computes them again from lse.
  }];
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, Samba_I32:$targets);
  let results = (outs Samba_Float:$nll, Samba_Float:$lse);
}

def Samba_LinearCrossEntropyGradOp
    : Samba_CoreOp<"linear_cross_entropy_grad",
                   [Samba_Cost, DeclareOpInterfaceMethods<FusionRootOpInterface, ["epilogueResult"]>],
                   "result == 0 ? Storage::activation : Storage::exact", "operand < 2"> {
  let summary = "dx = dz w, dw [V, C] = dz^T x, dz = dnll (exp(z - lse) - onehot(target))";
  let description = [{
    dz is 0 where the target is ignored. The logits z are computed again, some at a time.
  }];
  let arguments = (ins Samba_Float:$x, Samba_Float:$w, Samba_I32:$targets, Samba_Float:$lse, Samba_Float:$dnll);
  let results = (outs Samba_Float:$dx, Samba_Float:$dw);
}

def Samba_MaskedMeanOp : Samba_CoreOp<"masked_mean", [Samba_Cost, Samba_Differentiable]> {
  let summary = "loss [] = mean of nll [B, T] over targets >= 0; 0 if there is none";
  let arguments = (ins Samba_Float:$nll, Samba_I32:$targets);
  let results = (outs Samba_Float:$loss);
}

def Samba_MaskedMeanGradOp : Samba_CoreOp<"masked_mean_grad", [Samba_Cost]> {
  let summary = "dnll [B, T] = dloss / count of targets >= 0 where the target is >= 0, else 0";
  let arguments = (ins Samba_Float:$dloss, Samba_I32:$targets);
  let results = (outs Samba_Float:$dnll);
}

#endif // SAMBA_CORE_CROSS_ENTROPY_TD
