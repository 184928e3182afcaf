// What a core op must offer to become a host kernel; attached from outside the dialect, as external models.
#ifndef SAMBA_HOST_KERNEL_INTERFACE_TD
#define SAMBA_HOST_KERNEL_INTERFACE_TD

include "mlir/IR/OpBase.td"

def HostKernelOpInterface : OpInterface<"HostKernelOpInterface"> {
  let cppNamespace = "::samba::host";
  let description = "An op that can be the root of a host kernel: a function over the cells of a grid.";
  let methods = [
    InterfaceMethod<[{
      Cells and scratch. The same for both instruction sets: it may not depend on the number of lanes.
    }], "::samba::host::Schedule", "schedule", (ins)>,
    InterfaceMethod<[{
      Emits the work of cell `k.cell`. Fused element-wise ops are reached through k.loadLanes and k.storeLanes.
    }], "void", "emit", (ins "::samba::host::KernelBuilder &":$k)>
  ];
}

def HostLanesOpInterface : OpInterface<"HostLanesOpInterface"> {
  let cppNamespace = "::samba::host";
  let description = "An element-wise op: its result's value at one place from its operands' values there.";
  let methods = [
    InterfaceMethod<"Operands and result are f32, all scalars or all lanes.", "::mlir::Value", "emitLanes",
      (ins "::samba::host::LaneBuilder &":$k, "::mlir::ValueRange":$operands)>
  ];
}

#endif // SAMBA_HOST_KERNEL_INTERFACE_TD
