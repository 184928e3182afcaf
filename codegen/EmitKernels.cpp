//===- EmitKernels.cpp - samba.kernel ops to functions over a grid --------------------------------------===//
#include "codegen/Codegen.h"
#include "codegen/kernels/host/Kernels.h"
#include "codegen/targets/host/HostKernel.h"
#include "codegen/targets/host/HostTarget.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace samba {

#define GEN_PASS_DEF_EMITKERNELS
#include "codegen/CodegenPasses.h.inc"

void registerHostCodegen(DialectRegistry &registry) {
  host::registerHostTarget(registry);
  host::registerHostKernels(registry);
}

SmallVector<ModuleOp> hostModules(ModuleOp module) {
  SmallVector<ModuleOp> found;
  for (const host::InstructionSet &isa : host::instructionSets())
    if (auto inner = module.lookupSymbol<ModuleOp>(isa.suffix))
      found.push_back(inner);
  return found;
}

/// The op that decides how the kernel runs; null if all ops are element-wise.
static FailureOr<host::HostKernelOpInterface> findRoot(KernelOp kernel) {
  host::HostKernelOpInterface root;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (auto candidate = dyn_cast<host::HostKernelOpInterface>(op)) {
      if (root) {
        InFlightDiagnostic diagnostic = op.emitError("kernel '")
                                        << kernel.getSymName() << "' has two root ops, expected at most one";
        diagnostic.attachNote(root.getLoc()) << "the other is '" << root->getName() << "'";
        return diagnostic;
      }
      root = candidate;
    } else if (!isa<host::HostLanesOpInterface>(op)) {
      return op.emitError("'") << op.getName() << "' has no kernel for target \"host\"";
    }
  }
  return root;
}

static host::Schedule scheduleOf(KernelOp kernel, host::HostKernelOpInterface root) {
  return root ? root.schedule() : host::scheduleElementwise(kernel);
}

FailureOr<int64_t> scratchBytesPerThread(ModuleOp planned) {
  int64_t bytes = 0;
  for (KernelOp kernel : planned.getOps<KernelOp>()) {
    FailureOr<host::HostKernelOpInterface> root = findRoot(kernel);
    if (failed(root))
      return failure();
    bytes = std::max(bytes, scheduleOf(kernel, *root).scratchBytes);
  }
  return bytes;
}

namespace {
struct EmitKernels : impl::EmitKernelsBase<EmitKernels> {
  void runOnOperation() override {
    ModuleOp top = getOperation();
    OpBuilder builder = OpBuilder::atBlockEnd(top.getBody());
    SmallVector<ModuleOp> modules;
    for (const host::InstructionSet &isa : host::instructionSets())
      modules.push_back(ModuleOp::create(builder, top.getLoc(), isa.suffix));
    for (KernelOp kernel : top.getOps<KernelOp>()) {
      FailureOr<host::HostKernelOpInterface> root = findRoot(kernel);
      if (failed(root))
        return signalPassFailure();
      host::Schedule schedule = scheduleOf(kernel, *root);
      kernel.setGrid(schedule.grid);
      kernel.setScratchBytes(schedule.scratchBytes);
      for (auto [module, isa] : llvm::zip(modules, host::instructionSets())) {
        host::KernelBuilder k(module, kernel, isa.lanes, isa.suffix);
        if (*root)
          root->emit(k);
        else
          host::emitElementwise(k);
        k.finish();
      }
    }
  }
};
} // namespace

} // namespace samba
