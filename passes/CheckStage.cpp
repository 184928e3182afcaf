//===- CheckStage.cpp - The exit contract of a stage ----------------------------------------------------===//
#include "passes/Passes.h"

namespace samba {
#define GEN_PASS_DEF_CHECKSTAGE
#include "passes/Passes.h.inc"
} // namespace samba

using namespace mlir;
using namespace samba;

namespace {

LogicalResult checkCore(ModuleOp module) {
  WalkResult result = module.walk([](Operation *op) -> WalkResult {
    if (isa<ModelOp, RepeatOp, ParallelOp, LayerOpInterface>(op))
      return op->emitOpError("is a layer: stage '01-core' holds core ops only");
    for (Type type : op->getResultTypes())
      if (auto tensor = dyn_cast<TensorType>(type); !tensor || !tensor.hasStaticShape())
        return op->emitOpError("expected tensors of static shape in stage '01-core', got ") << type;
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult checkTrain(ModuleOp module) {
  auto train = module.lookupSymbol<func::FuncOp>("train");
  if (!train)
    return success();
  llvm::DenseSet<Attribute> gradients;
  for (unsigned i = 0, n = train.getNumResults(); i < n; ++i)
    if (Attribute name = train.getResultAttr(i, "samba.grad"))
      gradients.insert(name);
  for (unsigned i = 0, n = train.getNumArguments(); i < n; ++i)
    if (Attribute name = train.getArgAttr(i, "samba.param"); name && !gradients.contains(name))
      return train.emitOpError("parameter ") << name << " has no gradient after stage '02-train'";
  return success();
}

LogicalResult checkFused(ModuleOp module) {
  WalkResult result = module.walk([](FusedOp fused) -> WalkResult {
    unsigned roots = llvm::count_if(fused.getBody().front().without_terminator(),
                                    [](Operation &op) { return !isa<ElementwiseOpInterface>(op); });
    if (roots > 1)
      return fused.emitOpError("expected at most one root op in a group, got ") << roots;
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult checkPlanned(ModuleOp module) {
  for (Operation &op : *module.getBody())
    if (!isa<KernelOp, ProgramOp>(op))
      return op.emitError("'") << op.getName()
                               << "' is not a kernel or a program: stage '04-planned' holds these only";
  return success();
}

struct CheckStagePass : public samba::impl::CheckStageBase<CheckStagePass> {
  using CheckStageBase::CheckStageBase;

  void runOnOperation() override {
    LogicalResult (*check)(ModuleOp) = llvm::StringSwitch<LogicalResult (*)(ModuleOp)>(stage)
                                           .Case("01-core", checkCore)
                                           .Case("02-train", checkTrain)
                                           .Case("03-fused", checkFused)
                                           .Case("04-planned", checkPlanned)
                                           .Default(nullptr);
    if (!check) {
      getOperation().emitError("option 'stage' expected 01-core, 02-train, 03-fused or 04-planned, got '")
          << stage << "'";
      return signalPassFailure();
    }
    if (failed(check(getOperation())))
      signalPassFailure();
    else
      markAllAnalysesPreserved();
  }
};

} // namespace
