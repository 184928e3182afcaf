// A group of core ops that becomes one kernel.
#ifndef SAMBA_CORE_FUSED_TD
#define SAMBA_CORE_FUSED_TD

include "dialect/core/CoreOp.td"

def Samba_FusedOp : Samba_Op<"fused", [IsolatedFromAbove, SingleBlock]> {
  let summary = "one root op with its element-wise prologue and epilogue, or element-wise ops alone";
  let description = [{
    The block's arguments are the operands, its `samba.yield` the results. Made by `samba-fuse`, turned into a
    `samba.kernel` by `samba-plan`.
  }];
  let arguments = (ins Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Samba_YieldOp : Samba_Op<"yield", [Pure, Terminator, ParentOneOf<["FusedOp", "KernelOp"]>]> {
  let summary = "the results of a group or a kernel";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // SAMBA_CORE_FUSED_TD
