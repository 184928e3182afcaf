//===- Pipelines.cpp - The stages of a compilation ------------------------------------------------------===//
#include "passes/Pipelines.h"
#include "codegen/Codegen.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace samba;

ArrayRef<Stage> samba::stages() {
  static constexpr Stage all[] = {
      {"00-spec", "the model as the researcher wrote it"},
      {"01-core", "one function of core ops per entry"},
      {"02-train", "the same, with gradients and the optimizer"},
      {"03-fused", "groups that become one kernel each"},
      {"04-planned", "kernels, and programs of launches over buffers"},
      {"05-kernels", "the code of every kernel"},
  };
  return all;
}

bool samba::isStage(StringRef name) {
  return llvm::any_of(stages(), [&](const Stage &stage) { return stage.name == name; });
}

/// Tokens between kept states on the GPU: the scan's tile of time.
static constexpr int64_t gpuCheckpoint = 16;

static void addCheck(OpPassManager &pm, StringRef stage) { pm.addPass(createCheckStage({stage.str()})); }

static void addCore(OpPassManager &pm, const PipelineOptions &options) {
  DecomposeOptions decompose;
  for (const std::string &entry : options.entries)
    if (entry != "update") // made with the gradients of train
      decompose.entries.push_back(entry);
  decompose.batch = options.batch;
  decompose.seq = options.seq;
  decompose.stepBatch = options.stepBatch;
  decompose.chunk = options.chunk;
  decompose.maxContext = options.maxContext;
  // Nothing recomputed: a recurrence keeps the state after every token.
  decompose.checkpoint = options.recompute == "none" ? 1 : options.checkpoint;
  if (options.target != "host")
    decompose.checkpoint = std::min(decompose.checkpoint, gpuCheckpoint);
  decompose.pack = options.pack;
  pm.addPass(createDecompose(decompose));
  addCheck(pm, "01-core");
}

static void addTrain(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createDifferentiate({options.recompute}));
  if (options.target != "host")
    pm.addPass(createAssignPrecision());
  addCheck(pm, "02-train");
}

static void addFused(OpPassManager &pm, const PipelineOptions &options) {
  if (options.target != "host")
    pm.addNestedPass<func::FuncOp>(createJoin());
  pm.addNestedPass<func::FuncOp>(createFuse());
  addCheck(pm, "03-fused");
}

static void addPlanned(OpPassManager &pm, const PipelineOptions &options) {
  if (options.target != "host")
    pm.addPass(createShareLaunches());
  pm.addPass(createPlan());
  addCheck(pm, "04-planned");
}

static void addKernels(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createEmitKernels({options.target}));
}

void samba::addStage(OpPassManager &pm, StringRef stage, const PipelineOptions &options) {
  using Add = void (*)(OpPassManager &, const PipelineOptions &);
  Add add = llvm::StringSwitch<Add>(stage)
                .Case("01-core", addCore)
                .Case("02-train", addTrain)
                .Case("03-fused", addFused)
                .Case("04-planned", addPlanned)
                .Case("05-kernels", addKernels)
                .Default(nullptr);
  if (add)
    add(pm, options);
}
