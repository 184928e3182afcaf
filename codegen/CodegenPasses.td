// The pass that turns planned kernels into functions of the target.
#ifndef SAMBA_CODEGEN_PASSES_TD
#define SAMBA_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmitKernels : Pass<"samba-emit-kernels", "::mlir::ModuleOp"> {
  let summary = "one function per kernel and instruction set";
  let description = [{
    For every `samba.kernel` writes a function into each of the modules `@avx512` and `@avx2`, which it adds at the end,
    and sets the kernel's `grid` and `scratch_bytes`. The kernel's root op emits the work of one grid cell through
    `HostKernelOpInterface`; element-wise ops around it are evaluated where it loads and stores; a kernel of
    element-wise ops alone is a loop over rows and channels.

    Before: `samba.kernel @linear_0(%x: tensor<8x256x64xf32>, ..) ..`. After, beside it:
    `module @avx512 { func.func @linear_0_avx512(%args: !llvm.ptr, %cell: i64, %scratch: !llvm.ptr) .. }`.
    It fails on an op that has no host kernel, and on a kernel with two roots.
  }];
  let dependentDialects = ["::samba::SambaDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif // SAMBA_CODEGEN_PASSES_TD
