// The optimizer's update over whole flat segments of parameters.
#ifndef SAMBA_CORE_OPTIMIZER_TD
#define SAMBA_CORE_OPTIMIZER_TD

include "dialect/core/CoreOp.td"

def Samba_GradNormOp : Samba_CoreOp<"grad_norm", [Samba_Cost]> {
  let summary = "norm [] = scale sqrt(sum of partials), scale = hyper[6]; partials [P] from samba.sum_squares";
  let arguments = (ins Samba_Float:$partials, Samba_Float:$hyper);
  let results = (outs Samba_Float:$norm);
}

def Samba_SumSquaresOp : Samba_CoreOp<"sum_squares", [Samba_Cost]> {
  let summary = "partials [ceil(n / block)]: the sum of g^2 over each block of g [n]";
  let arguments = (ins Samba_Float:$g, I64Attr:$block);
  let results = (outs Samba_Float:$partials);
}

def Samba_AdamWOp : Samba_CoreOp<"adamw", [Samba_Cost, DeclareOpInterfaceMethods<InPlaceOpInterface>]> {
  let summary = "AdamW with decoupled weight decay and clipping by global norm (Loshchilov and Hutter 2019)";
  let description = [{
    p, g, m, v [n]; hyper [9] = lr, beta1, beta2, eps, weight_decay, clip, scale, 1 - beta1^t, 1 - beta2^t; norm []
    as samba.grad_norm gives it. d = weight_decay for the first `decay_elements`, 0 for the others. g' = g scale min(1, clip / norm) (clip = 0: no clipping); m' = beta1 m + (1 - beta1) g';
    v' = beta2 v + (1 - beta2) g'^2; p' = p - lr (d p + (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + eps)).
    The gradient comes back as zero, ready to accumulate. With `working` there is one more result: p' as working weights.
  }];
  let arguments = (ins Samba_Float:$p, Samba_Float:$g, Samba_Float:$m, Samba_Float:$v, Samba_Float:$hyper, Samba_Float:$norm,
                       I64Attr:$decay_elements, UnitAttr:$working);
  let results = (outs Samba_Float:$next_p, Samba_Float:$next_g, Samba_Float:$next_m, Samba_Float:$next_v,
                      Variadic<Samba_Float>:$weights);
}

#endif // SAMBA_CORE_OPTIMIZER_TD
