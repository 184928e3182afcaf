// How it runs: kernels, and programs that launch them over buffers with fixed offsets.
#ifndef SAMBA_PLAN_TD
#define SAMBA_PLAN_TD

include "dialect/SambaDialect.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Samba_KernelOp : Samba_Op<"kernel", [IsolatedFromAbove, SingleBlock, Symbol, HasParent<"::mlir::ModuleOp">]> {
  let summary = "what one launch computes: a group of core ops on tensors";
  let description = [{
    Arguments of a launch are the block's arguments, then the values of its `samba.yield`. `row_strides` gives, for
    each in that order, the elements between consecutive rows (all leading dimensions collapsed), so that an argument
    may be a channel slice of a wider buffer; `alignments` the bytes that divide an argument's address, where those are
    fewer than 16. Code generation adds `grid` (cells) and `scratch_bytes` (per thread).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DenseI64ArrayAttr:$row_strides,
                       OptionalAttr<DenseI64ArrayAttr>:$alignments, OptionalAttr<I64Attr>:$grid,
                       OptionalAttr<I64Attr>:$scratch_bytes);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The yielded values: the kernel's outputs.
    ::mlir::OperandRange outputs();
    /// Types of a launch's arguments: inputs, then outputs.
    ::llvm::SmallVector<::mlir::Type> argumentTypes();
  }];
}

def Samba_ProgramOp : Samba_Op<"program", [IsolatedFromAbove, SingleBlock, NoTerminator, Symbol,
                                           HasParent<"::mlir::ModuleOp">]> {
  let summary = "an entry of the bundle: buffers, and launches in the order they run";
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$arena_bytes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `arena` $arena_bytes $body attr-dict";
  let hasRegionVerifier = 1;
}

def Samba_BufferOp : Samba_Op<"buffer", [Pure, HasParent<"ProgramOp">]> {
  let summary = "bytes from `offset` of a segment, seen as a dense memref";
  let description = [{
    `segment` is one of params, grads, moment1, moment2, weights, state, io, arena. A parameter, a state, an input or an output
    has a `name`; an input or output also has a `role`: input, output, or both.
  }];
  let arguments = (ins StrAttr:$segment, I64Attr:$offset, OptionalAttr<StrAttr>:$name, OptionalAttr<StrAttr>:$role);
  let results = (outs AnyMemRef:$buffer);
  let assemblyFormat = "$segment `[` $offset `]` ($name^)? attr-dict `:` type($buffer)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t bytes();
  }];
}

def Samba_SliceOp : Samba_Op<"slice", [Pure, HasParent<"ProgramOp">]> {
  let summary = "channels from `channel` of a buffer, as a strided memref";
  let arguments = (ins AnyMemRef:$wide, I64Attr:$channel);
  let results = (outs AnyMemRef:$slice);
  let assemblyFormat = "$wide `[` $channel `]` attr-dict `:` type($wide) `->` type($slice)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The strided type of `width` channels from `channel` of `wide`.
    static ::mlir::MemRefType typeOf(::mlir::MemRefType wide, int64_t channel, int64_t width);
  }];
}

def Samba_LaunchOp : Samba_Op<"launch", [HasParent<"ProgramOp">,
                                         AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs every cell of a kernel on buffers: first what it reads, then what it writes";
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyMemRef>:$inputs, Variadic<AnyMemRef>:$outputs);
  let assemblyFormat = [{
    $kernel `(` $inputs (`:` type($inputs)^)? `)` `->` `(` $outputs (`:` type($outputs)^)? `)` attr-dict
  }];
  let results = (outs);
}

#endif // SAMBA_PLAN_TD
