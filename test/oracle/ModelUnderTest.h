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

/// Those of the model at hand. Where it stores values as bf16 they follow from what that storage costs in
/// itself, as in flash-attention's tests: @train is evaluated once more with every value rounded to its type
/// and everything else exact. A kernel rounds at the same places or fewer, but not the same way, so its
/// errors are as large and independent of those. Twice them is allowed; three times to gradients, and to the
/// difference of two states that came about in different ways. Single numbers can be nearer by luck, so the
/// loss is allowed 1e-3.
struct Limits {
  double loss = limit::wholeLoss, logits = limit::wholeLogits, decode = limit::cachedDecode;
  double state = limit::cachedDecode;
  std::map<std::string, double> gradients; ///< by parameter
};

struct ModelUnderTest {
  /// `core` and `train` are the stages 01-core and 02-train.
  ModelUnderTest(mlir::ModuleOp core, mlir::ModuleOp train, CompiledModel &model)
      : module(core.clone()), trainModule(train.clone()), model(model) {}

  /// Draws parameters around the model's own, tokens and targets, gives the parameters to the model,
  /// evaluates the forward pass, its loss and, as "logits", those of every token, and the gradients; and sets
  /// the limits.
  mlir::LogicalResult prepare(Random &random);

  mlir::func::FuncOp loss() { return module->lookupSymbol<mlir::func::FuncOp>("loss"); }
  const Tensor &tokens() const { return values.at("samba.input tokens"); }
  const Tensor &targets() const { return values.at("samba.input targets"); }
  /// Whether the model is trained on packed rows, and where their documents begin.
  bool isPacked() const { return values.count("samba.input documents"); }
  const Tensor &documents() const { return values.at("samba.input documents"); }
  const Tensor &logits() const { return forward.at("logits"); }
  const Tensor &parameter(const std::string &name) const { return values.at("samba.param " + name); }
  const Tensor &gradient(const std::string &name) const { return backward.at("samba.grad " + name); }
  std::vector<int32_t> tokenValues() const { return {tokens().data.begin(), tokens().data.end()}; }
  std::vector<int32_t> targetValues() const { return {targets().data.begin(), targets().data.end()}; }

  mlir::OwningOpRef<mlir::ModuleOp> module;      ///< a copy of stage 01-core
  mlir::OwningOpRef<mlir::ModuleOp> trainModule; ///< a copy of stage 02-train
  CompiledModel &model;
  std::vector<std::string> parameters;
  std::map<std::string, bool> decays; ///< by parameter
  NamedValues values;                 ///< parameters and working weights, tokens, targets, gradients of 0
  NamedValues forward;                ///< what @loss gives on them
  NamedValues backward;               ///< what @train gives
  Limits limits;

  /// From here on every row is one document, as the stateful entries see it.
  mlir::LogicalResult joinDocuments();

private:
  mlir::LogicalResult draw(mlir::func::FuncOp func, int64_t vocab, Random &random);
  mlir::LogicalResult setLimits(mlir::func::FuncOp train);
};

/// Adds the rows that compare packed rows with their documents, each run by itself.
void checkDocuments(ModelUnderTest &it, Report &report);

/// Adds the rows of `decode`, `prefill` and `eval`.
void checkSteps(ModelUnderTest &it, Report &report);

} // namespace samba::oracle
