//===- ModelReport.h - What a model is and what it costs, per layer -------------------------------------===//
#pragma once

#include "dialect/Samba.h"

namespace samba {

/// One line of the report: a layer, or what stands around the stack.
struct LayerReport {
  std::string name, kind;
  int64_t parameters = 0, stateBytes = 0, flops = 0;
};

/// What a spec says before anything is planned. FLOPs are those of `entry` of the core stage, forward.
struct ModelReport {
  std::string model;
  int64_t parameters = 0;
  int64_t flopsPerToken = 0; ///< forward
  int64_t trainingFlopsPerToken =
      0;                  ///< forward, backward, with what is recomputed; 0 if there is no train entry
  int64_t stateBytes = 0; ///< of one sequence
  std::vector<LayerReport> layers;
};

/// Reads the stack's layers from a spec.
ModelReport reportSpec(ModelOp model, const ModelConfig &config);

/// Adds what the core stage knows: FLOPs per token of the function `entry`, attributed to layers by location.
void reportCost(ModelReport &report, mlir::ModuleOp core, llvm::StringRef entry);

/// Replaces the state's bytes by those that the plan stores: a target of mixed precision keeps some as bf16.
void reportState(ModelReport &report, mlir::ModuleOp planned);

/// FLOPs of all core ops of a function divided by its tokens.
int64_t flopsPerToken(mlir::ModuleOp module, llvm::StringRef entry);

} // namespace samba
