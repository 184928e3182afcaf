//===- EmitKernels.cpp - samba.kernel ops to functions over a grid --------------------------------------===//
#include "codegen/Codegen.h"
#include "codegen/SharedLaunch.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/host/Kernels.h"
#include "codegen/targets/host/HostKernel.h"
#include "codegen/targets/host/HostTarget.h"
#include "codegen/targets/nvptx/NvptxTarget.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace samba {

#define GEN_PASS_DEF_ASSEMBLEKERNELS
#define GEN_PASS_DEF_EMITKERNELS
#include "codegen/CodegenPasses.h.inc"

void registerCodegen(DialectRegistry &registry) {
  host::registerHostTarget(registry);
  host::registerHostKernels(registry);
  gpu::registerNvptxTarget(registry);
  gpu::registerGpuKernels(registry);
}

SmallVector<ModuleOp> hostModules(ModuleOp module) {
  SmallVector<ModuleOp> found;
  for (const host::InstructionSet &isa : host::instructionSets())
    if (auto inner = module.lookupSymbol<ModuleOp>(isa.suffix))
      found.push_back(inner);
  return found;
}

/// The op that decides how the kernel runs, null if all ops are element-wise. `Root` and `Lane` are the
/// target's interfaces.
template <class Root, class Lane> static FailureOr<Root> findRoot(KernelOp kernel, StringRef target) {
  Root root;
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (op.hasAttr(rootMark))
      return cast<Root>(op);
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (auto candidate = dyn_cast<Root>(op)) {
      if (root) {
        InFlightDiagnostic diagnostic = op.emitError("kernel '")
                                        << kernel.getSymName() << "' has two root ops, expected at most one";
        diagnostic.attachNote(root.getLoc()) << "the other is '" << root->getName() << "'";
        return diagnostic;
      }
      root = candidate;
    } else if (!isa<Lane>(op)) {
      return op.emitError("'") << op.getName() << "' has no kernel for target \"" << target << "\"";
    }
  }
  return root;
}

static FailureOr<host::HostKernelOpInterface> findHostRoot(KernelOp kernel) {
  for (Type type : kernel.argumentTypes())
    if (getElementTypeOrSelf(type).isBF16())
      return kernel.getBody().front().front().emitError("expected f32 or integers for target \"host\", got ")
             << type;
  return findRoot<host::HostKernelOpInterface, host::HostLanesOpInterface>(kernel, "host");
}

static host::Schedule scheduleOf(KernelOp kernel, host::HostKernelOpInterface root) {
  return root ? root.schedule() : host::scheduleElementwise(kernel);
}

FailureOr<int64_t> scratchBytesPerThread(ModuleOp planned) {
  int64_t bytes = 0;
  for (KernelOp kernel : planned.getOps<KernelOp>()) {
    FailureOr<host::HostKernelOpInterface> root = findHostRoot(kernel);
    if (failed(root))
      return failure();
    bytes = std::max(bytes, scheduleOf(kernel, *root).scratchBytes);
  }
  return bytes;
}

static LogicalResult emitForHost(ModuleOp top) {
  OpBuilder builder = OpBuilder::atBlockEnd(top.getBody());
  SmallVector<ModuleOp> modules;
  for (const host::InstructionSet &isa : host::instructionSets())
    modules.push_back(ModuleOp::create(builder, top.getLoc(), isa.suffix));
  for (KernelOp kernel : top.getOps<KernelOp>()) {
    FailureOr<host::HostKernelOpInterface> root = findHostRoot(kernel);
    if (failed(root))
      return failure();
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
  return success();
}

static LogicalResult emitForGpu(ModuleOp top) {
  OpBuilder builder = OpBuilder::atBlockEnd(top.getBody());
  auto module = ModuleOp::create(builder, top.getLoc(), gpu::targetName);
  for (KernelOp kernel : top.getOps<KernelOp>()) {
    auto root = findRoot<gpu::GpuKernelOpInterface, gpu::GpuLaneOpInterface>(kernel, gpu::targetName);
    if (failed(root))
      return failure();
    gpu::KernelBuilder k(module, kernel);
    if (failed(*root ? root->emit(k) : gpu::emitElementwise(k)))
      return failure();
    kernel.setScratchBytes(k.scratchReserved());
    kernel->setAttr("samba.launches", k.launchTable());
  }
  return success();
}

namespace {

struct EmitKernels : impl::EmitKernelsBase<EmitKernels> {
  using EmitKernelsBase::EmitKernelsBase;

  void runOnOperation() override {
    if (target != "host" && target != gpu::targetName) {
      getOperation().emitError("option 'target' expected host or sm_90a, got '") << target << "'";
      return signalPassFailure();
    }
    if (failed(target == "host" ? emitForHost(getOperation()) : emitForGpu(getOperation())))
      signalPassFailure();
  }
};

struct AssembleKernels : impl::AssembleKernelsBase<AssembleKernels> {
  using AssembleKernelsBase::AssembleKernelsBase;

  void runOnOperation() override {
    if (print != "ptx" && print != "report") {
      getOperation().emitError("option 'print' expected ptx or report, got '") << print << "'";
      return signalPassFailure();
    }
    if (!gpu::gpuModule(getOperation())) {
      getOperation().emitError("expected a module '@sm_90a': run samba-emit-kernels{target=sm_90a} first");
      return signalPassFailure();
    }
    FailureOr<std::vector<gpu::Image>> images =
        gpu::compileKernels(getOperation(), /*assembled=*/print == "report");
    if (failed(images))
      return signalPassFailure();
    for (const gpu::Image &image : *images) {
      if (print == "ptx")
        llvm::outs() << image.ptx;
      for (const gpu::Report &report : image.reports)
        if (failed(check(report)))
          signalPassFailure();
    }
  }

private:
  LogicalResult check(const gpu::Report &report) {
    if (print == "report")
      llvm::outs() << report.function << ": " << report.text() << '\n';
    if (report.isClean())
      return success();
    return getOperation().emitError("ptxas on '") << report.function << "': " << report.text();
  }
};

} // namespace

} // namespace samba
