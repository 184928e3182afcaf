// What a core op must offer to become a GPU kernel; attached from outside the dialect, as external models.
#ifndef SAMBA_GPU_KERNEL_INTERFACE_TD
#define SAMBA_GPU_KERNEL_INTERFACE_TD

include "mlir/IR/OpBase.td"

def GpuKernelOpInterface : OpInterface<"GpuKernelOpInterface"> {
  let cppNamespace = "::samba::gpu";
  let description = "An op that can be the root of a GPU kernel: one launch or several in a row.";
  let methods = [
    InterfaceMethod<[{
      Emits its launches. Fused element-wise ops are reached through k.load and k.store. Fails, with a diagnostic, where
      the op's sizes have no kernel.
    }], "::llvm::LogicalResult", "emit", (ins "::samba::gpu::KernelBuilder &":$k)>
  ];
}

def GpuLaneOpInterface : OpInterface<"GpuLaneOpInterface"> {
  let cppNamespace = "::samba::gpu";
  let description = "An element-wise op: its result's value at one place from its operands' values there.";
  let methods = [
    InterfaceMethod<"Operands and result are f32 scalars.", "::mlir::Value", "emitLane",
      (ins "::samba::gpu::TileBuilder &":$k, "::mlir::ValueRange":$operands)>
  ];
}

#endif // SAMBA_GPU_KERNEL_INTERFACE_TD
