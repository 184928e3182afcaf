// The pass that turns planned kernels into functions of the target.
#ifndef SAMBA_CODEGEN_PASSES_TD
#define SAMBA_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def ShareLaunches : Pass<"samba-share-launches", "::mlir::ModuleOp"> {
  let summary = "groups of few rows that one launch of a GPU computes together";
  let description = [{
    In a decode step a launch costs more than most of what it computes. After `samba-fuse`, joins the groups whose kernels
    can be one for up to 16 rows: products of one x, the norm that makes it and the rotary embeddings of their results; a
    convolution and its next state; attention to a ring and the ring's update; the scan's step and the product and
    element-wise ops that only it reads. The op whose kernel computes the others is marked `samba.root`.

    Before: `%q = samba.linear %x, %wq; %k = samba.linear %x, %wk`. After: `samba.fused (..) { samba.linear {samba.root};
    samba.linear; samba.yield }`.
  }];
  let dependentDialects = ["::samba::SambaDialect"];
}

def EmitKernels : Pass<"samba-emit-kernels", "::mlir::ModuleOp"> {
  let summary = "the functions of every kernel";
  let description = [{
    On target "host": for every `samba.kernel` writes a function into each of the modules `@avx512` and `@avx2`, which it adds at the end,
    and sets the kernel's `grid` and `scratch_bytes`. The kernel's root op emits the work of one grid cell through
    `HostKernelOpInterface`; element-wise ops around it are evaluated where it loads and stores; a kernel of
    element-wise ops alone is a loop over rows and channels.

    Before: `samba.kernel @linear_0(%x: tensor<8x256x64xf32>, ..) ..`. After, beside it:
    `module @avx512 { func.func @linear_0_avx512(%args: !llvm.ptr, %cell: i64, %scratch: !llvm.ptr) .. }`.

    On target "sm_90a": writes into the module `@sm_90a` one LLVM function of NVVM ops for each launch that a kernel
    needs, and sets the kernel's `scratch_bytes` and `samba.launches` (function, grid, threads, shared memory,
    parameters). The root emits through `GpuKernelOpInterface`.

    It fails on an op that has no kernel for the target, and on a kernel with two roots.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "host or sm_90a">];
  let dependentDialects = ["::samba::SambaDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def AssembleKernels : Pass<"samba-assemble-kernels", "::mlir::ModuleOp"> {
  let summary = "PTX and ptxas's report of every GPU function, for tests";
  let description = [{
    Compiles what `samba-emit-kernels{target=sm_90a}` wrote and prints to stdout, for every function, its PTX
    (`print=ptx`) or one line of what ptxas reports (`print=report`): registers, stack, spills, shared memory, and its
    warnings. It fails on a spill, a stack frame or a warning of ptxas.
  }];
  let options = [Option<"print", "print", "std::string", "\"report\"", "ptx or report">];
}

#endif // SAMBA_CODEGEN_PASSES_TD
