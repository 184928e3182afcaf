//===- Layer.h - What a layer tells the compiler about itself -------------------------------------------===//
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace samba {

/// How a parameter starts: one of the bundle's init kinds, with its numbers (paper section "Init").
struct Initializer {
  enum class Kind { constant, normal, uniform, logRange, inverseSoftplusLogUniform };
  Kind kind = Kind::constant;
  double a = 0; ///< constant: the value; normal: the standard deviation; uniform: the bound; dt bias: low
  double b = 0; ///< dt bias: high
  double c = 0; ///< dt bias: floor

  static Initializer constant(double value) { return {Kind::constant, value, 0, 0}; }
  static Initializer normal(double std) { return {Kind::normal, std, 0, 0}; }
  static Initializer uniform(double bound) { return {Kind::uniform, bound, 0, 0}; }
  /// PyTorch's default for a linear layer: kaiming-uniform with a = sqrt(5), bound 1 / sqrt(fan_in),
  /// divided by `scale`.
  static Initializer linear(int64_t fanIn, double scale = 1);
  static Initializer logRange() { return {Kind::logRange, 0, 0, 0}; }
  static Initializer inverseSoftplusLogUniform(double low, double high, double floor) {
    return {Kind::inverseSoftplusLogUniform, low, high, floor};
  }
  /// The attribute that carries it on a function argument: {kind = "...", ...}.
  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
};

/// A trainable tensor, float32.
struct ParameterSpec {
  std::string name;
  llvm::SmallVector<int64_t> shape;
  Initializer init;
  bool weightDecay = true;
};

/// What a batch of sequences carries between tokens.
struct StateSpec {
  std::string name;
  llvm::SmallVector<int64_t> shape;
};

/// What a layer may ask of the model around it.
struct ModelConfig {
  int64_t vocabSize = 0;
  int64_t dModel = 0;
  double normEps = 1e-5;
  bool tieEmbeddings = true;
  int64_t nLayers = 0; ///< residual branches in the whole stack: output projections are divided by its root
  int64_t batch = 1;   ///< B
  int64_t maxContext = 0;  ///< tokens that the state of full attention can hold
  int64_t checkpoint = 64; ///< tokens between kept states of a recurrence, for its backward pass
  bool normalInit = false; ///< matrices start normal, as GPT-NeoX does, and not as PyTorch does

  /// How the matrix of a linear layer starts.
  Initializer linear(int64_t fanIn) const;
  /// How a projection starts that writes to the residual: smaller the deeper the stack is.
  Initializer output(int64_t fanIn) const;
  Initializer embedding() const;
};

struct LayerInputs {
  mlir::Location loc;
  mlir::Value residual;                      ///< [B, T, d_model], to which y is added
  mlir::Value x;                             ///< [B, T, d_model], the norm of residual
  llvm::SmallVector<mlir::Value> parameters; ///< as parameters() lists them
  llvm::SmallVector<mlir::Value> state;      ///< as state() lists them, or empty: from the zero state
  mlir::Value position;                      ///< i64 [B], tokens already seen; null with an empty state
  /// i32 [B, T], for each token the place of its document's first token in the row; null: each row is one
  /// document. Never with a state.
  mlir::Value documents;
};

struct LayerOutputs {
  mlir::Value y;                        ///< [B, T, d_model]
  llvm::SmallVector<mlir::Value> state; ///< successors of LayerInputs::state
};

} // namespace samba
