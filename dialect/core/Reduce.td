// Sums over rows and over partials, both in a fixed order.
#ifndef SAMBA_CORE_REDUCE_TD
#define SAMBA_CORE_REDUCE_TD

include "dialect/core/CoreOp.td"

def Samba_SumRowsOp
    : Samba_CoreOp<"sum_rows", [Samba_Cost,
        DeclareOpInterfaceMethods<FusionRootOpInterface, ["prologueOperands"]>]> {
  let summary = "y [C] = sum over all leading dimensions of x [.., C]";
  let arguments = (ins Samba_Float:$x);
  let results = (outs Samba_Float:$y);
}

def Samba_SumLeadingOp : Samba_CoreOp<"sum_leading", [Samba_Cost, Samba_FusionRoot]> {
  let summary = "y [..] = sum over the first dimension of x [P, ..]";
  let arguments = (ins Samba_Float:$x);
  let results = (outs Samba_Float:$y);
}

#endif // SAMBA_CORE_REDUCE_TD
