// Channel slices: they move no data.
#ifndef SAMBA_CORE_VIEW_TD
#define SAMBA_CORE_VIEW_TD

include "dialect/core/CoreOp.td"

def Samba_SplitOp : Samba_Op<"split", [Pure, DeclareOpInterfaceMethods<ViewOpInterface>,
                                       DeclareOpInterfaceMethods<DifferentiableOpInterface, ["takesCotangent"]>]> {
  let summary = "channel slices of x [.., C], in order; their widths add up to C";
  let arguments = (ins Samba_Float:$x);
  let results = (outs Variadic<Samba_Float>:$parts);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::llvm::ArrayRef<int64_t>":$widths)>];
  let hasVerifier = 1;
}

def Samba_ConcatOp : Samba_Op<"concat", [Pure, DeclareOpInterfaceMethods<ViewOpInterface>, Samba_Differentiable]> {
  let summary = "the wide value whose channel slices are the operands, in order";
  let arguments = (ins Variadic<Samba_Float>:$parts);
  let results = (outs Samba_Float:$x);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "::mlir::ValueRange":$parts)>];
  let hasVerifier = 1;
}

#endif // SAMBA_CORE_VIEW_TD
