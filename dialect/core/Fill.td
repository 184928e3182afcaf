// Constants and counters.
#ifndef SAMBA_CORE_FILL_TD
#define SAMBA_CORE_FILL_TD

include "dialect/core/CoreOp.td"

def Samba_FillOp : Samba_Op<"fill", [Pure, Samba_Cost, Samba_Differentiable]> {
  let summary = "a tensor of one value";
  let arguments = (ins F64Attr:$value);
  let results = (outs Samba_Float:$y);
  let assemblyFormat = "$value attr-dict `:` type($y)";
}

def Samba_AdvanceOp : Samba_CoreOp<"advance", [Samba_Cost, DeclareOpInterfaceMethods<InPlaceOpInterface>]> {
  let summary = "position [B] i64 plus `count` tokens";
  let arguments = (ins Samba_I64:$position, I64Attr:$count);
  let results = (outs Samba_I64:$next);
}

#endif // SAMBA_CORE_FILL_TD
