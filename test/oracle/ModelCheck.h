//===- ModelCheck.h - A whole compiled model against the oracle ----------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "test/oracle/Compare.h"
#include "test/oracle/CompiledModel.h"

namespace samba::oracle {

/// Compares a compiled model with the oracle on random tokens and on its own parameters, somewhat shaken:
///
///   * the loss of `train` with that of @loss in `core` (stage 01-core);
///   * every parameter's gradient with those of @train in `train` (stage 02-train); those with central
///     differences of @loss; and that a second micro-batch adds to the first;
///   * if rows are packed: loss and gradients with the sums over their documents, each run alone;
///   * `update` with AdamW written out per parameter;
///   * the logits of `decode` and of `prefill`, token by token and chunk by chunk, with those of the full
///     forward pass, and the losses of `eval`; the state and the logits where a prefill comes after k
///     decodes, k around every attention window.
///
/// ModelUnderTest.h says how near is near enough, in float32 and where values are stored as bf16.
/// The stateful entries have as many sequences as `train`. Fails with a diagnostic if the oracle has no rule
/// for an op or an entry is missing.
mlir::LogicalResult checkModel(mlir::ModuleOp core, mlir::ModuleOp train, CompiledModel &model, uint64_t seed,
                               Report &report);

} // namespace samba::oracle
