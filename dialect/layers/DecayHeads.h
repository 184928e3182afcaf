//===- DecayHeads.h - What the layers of decaying attention share ---------------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "dialect/layers/ShortConv.h"

namespace samba {

/// Heads of a layer whose state is a [key, value] matrix per head, and what stands behind them:
///
///   f(x) = (rms_norm(o) * silu(x W_g)) W_o,   the norm for each head, with one weight [value] for all
struct DecayHeads {
  int64_t count, key, value;
  mlir::Attribute shortConv;

  int64_t keys() const { return count * key; }
  int64_t values() const { return count * value; }

  /// Fails unless n_heads, key_dim and value_dim are given or follow from d_model: `keys` and `values` are
  /// the channels of all heads where the attributes are absent.
  static llvm::LogicalResult verify(mlir::Operation *op, int64_t keys, int64_t values);
  static DecayHeads of(mlir::Operation *op, int64_t keys, int64_t values);

  /// q_proj, k_proj, v_proj, g_proj, g_norm, o_proj, then those of the short convolutions.
  llvm::SmallVector<ParameterSpec> parameters(const ModelConfig &model) const;
  /// The matrix [n_heads key, value] of a sequence, then those of the short convolutions.
  llvm::SmallVector<StateSpec> state(const ModelConfig &model) const;

  struct Projected {
    mlir::Value q, k, v;
    llvm::SmallVector<mlir::Value> nextConv;
  };
  /// x W_q, x W_k, x W_v, convolved if asked to.
  Projected project(mlir::OpBuilder &b, const LayerInputs &in) const;
  /// From q, k, v and the logarithm of the decays, `g` or `logDecays`, to the layer's result.
  void finish(mlir::OpBuilder &b, const ModelConfig &model, const LayerInputs &in, const Projected &x,
              mlir::Value g, mlir::DenseF64ArrayAttr logDecays, LayerOutputs &out) const;

  /// How a matrix [out, in] of these layers starts: Xavier-uniform with a gain of 2^-2.5, unless the model's
  /// are normal.
  static Initializer matrix(const ModelConfig &model, int64_t out, int64_t in);

private:
  ShortConv conv() const;
};

} // namespace samba
