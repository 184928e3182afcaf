//===- Sampling.h - drawing a token from a row of logits, for all targets -------------------------------===//
//
// Every rule of samba.sample is a threshold on the logits, so nothing is sorted. What a rule asks of a
// threshold t is a sum over the row that falls as t rises (how many logits are at least t, how much
// probability they have), and the largest t that still holds is found by bisection over the 2^32 float32
// numbers in their order. The token drawn is found the same way: the largest logit v such that those from v
// up have more than the share u of the probability.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/tile/ScalarBuilder.h"

namespace samba {

/// What samba.sample is told, as scalars: f32, the last i64.
struct SamplingRules {
  mlir::Value temperature, topK, topP, minP;
};

/// A row of logits, as a target's vocabulary sees it.
struct LogitRow {
  using Term = llvm::function_ref<mlir::Value(mlir::Value logit, mlir::Value id)>;
  int64_t size = 0;                                 ///< V
  mlir::Value largest;                              ///< f32
  std::function<mlir::Value(Term)> sum;             ///< f32: of term(logit, id i32) over the row
  std::function<mlir::Value(mlir::Value)> exp, log; ///< of f32
};

/// The logit from which on min-p lets tokens be drawn, or the largest.
mlir::Value minPThreshold(ScalarBuilder &k, const LogitRow &row, const SamplingRules &rules);
/// The largest float32 in [-inf, highest] for which `holds` is true; it is for -inf, and false from some
/// number on.
mlir::Value largestThreshold(ScalarBuilder &k, mlir::Value highest,
                             llvm::function_ref<mlir::Value(mlir::Value)> holds);
/// The token (i32) of rules with any temperature; `uniform` (f32) lies in [0, 1).
mlir::Value drawToken(ScalarBuilder &k, const LogitRow &row, const SamplingRules &rules, mlir::Value uniform);
/// Uniform in [0, 1), 24 bits, f32: number `index` of stream `stream` of the seed, as the player's Philox has
/// them for sampling. All i64; the halves of the seed count as unsigned.
mlir::Value samplingUniform(ScalarBuilder &k, mlir::Value seedLow, mlir::Value seedHigh, mlir::Value stream,
                            mlir::Value index);

} // namespace samba
