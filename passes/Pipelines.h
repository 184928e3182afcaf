//===- Pipelines.h - The stages of a compilation, and the only place that orders passes -----------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include <string>
#include <vector>

namespace samba {

/// Every stage has a name, by which flags and dumps call it, and a sentence.
struct Stage {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
};

/// From the spec to kernels, in order.
llvm::ArrayRef<Stage> stages();

/// What a compilation may choose; sizes as in `samba-decompose`.
struct PipelineOptions {
  std::string target = "host";      ///< or "sm_90a"
  std::vector<std::string> entries; ///< of train, update, eval, prefill, decode; update comes with train
  int64_t batch = 8, seq = 256, stepBatch = 1, chunk = 64, maxContext = 4096;
  std::string recompute = "elementwise";
  int64_t checkpoint = 64;
  bool pack = false; ///< several documents share a row of train
};

/// Adds the passes that lead to `stage` from the one before it, and the check of its contract. Nothing for
/// `00-spec`.
void addStage(mlir::OpPassManager &pm, llvm::StringRef stage, const PipelineOptions &options);

/// Parses the text of a compilation option such as a stage's name: true if it is one.
bool isStage(llvm::StringRef name);

} // namespace samba
