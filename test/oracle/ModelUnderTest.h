//===- ModelUnderTest.h - A compiled model, the same model for the oracle, and tokens for both ---------===//
#pragma once

#include "dialect/Samba.h"
#include "test/oracle/Compare.h"
#include "test/oracle/CompiledModel.h"
#include "test/oracle/NamedValues.h"
#include "test/oracle/Random.h"

namespace samba::oracle {

/// Relative errors allowed to a whole model in float32.
namespace limit {
constexpr double wholeLoss = 1e-5;
constexpr double wholeLogits = 1e-3;
constexpr double wholeGradient = 1e-3;
constexpr double wholeUpdate = 1e-4;
constexpr double cachedDecode = 2e-3;
constexpr double differences = 1e-6;
} // namespace limit

struct ModelUnderTest {
  ModelUnderTest(mlir::ModuleOp core, CompiledModel &model) : module(core.clone()), model(model) {}

  /// Draws parameters around the model's own, tokens and targets, gives the parameters to the model, and
  /// evaluates the forward pass: its loss and, as "logits", those of every token.
  mlir::LogicalResult prepare(Random &random);

  mlir::func::FuncOp loss() { return module->lookupSymbol<mlir::func::FuncOp>("loss"); }
  const Tensor &tokens() const { return values.at("samba.input tokens"); }
  const Tensor &targets() const { return values.at("samba.input targets"); }
  const Tensor &logits() const { return forward.at("logits"); }
  const Tensor &parameter(const std::string &name) const { return values.at("samba.param " + name); }
  std::vector<int32_t> tokenValues() const { return {tokens().data.begin(), tokens().data.end()}; }
  std::vector<int32_t> targetValues() const { return {targets().data.begin(), targets().data.end()}; }

  mlir::OwningOpRef<mlir::ModuleOp> module; ///< a copy of stage 01-core
  CompiledModel &model;
  std::vector<std::string> parameters;
  std::map<std::string, bool> decays; ///< by parameter
  NamedValues values;                 ///< parameters, tokens, targets
  NamedValues forward;                ///< what @loss gives on them
};

/// Adds the rows of `decode`, `prefill` and `eval`.
void checkSteps(ModelUnderTest &it, Report &report);

} // namespace samba::oracle
