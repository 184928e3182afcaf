//===- S6.h - The selective state space that layers are built around
//-------------------------------------===//
#pragma once

#include "dialect/Layer.h"
#include "mlir/IR/Operation.h"

namespace samba {

/// Channel by channel,
///
///   u = silu(conv(x) + b_conv);  [r | B | C] = u W_x;  dt = softplus(r W_dt + b_dt)
///   y = selective_scan(u, dt, -exp(A_log), B, C, D)
///
/// Its parameters and its state lie together in those of the layer.
struct S6 {
  int64_t channels, dState, dConv, dtRank;

  /// Of a layer with the attributes d_state, d_conv and dt_rank.
  S6(mlir::Operation *op, int64_t channels, int64_t autoRank);
  static llvm::LogicalResult verify(mlir::Operation *op);

  llvm::SmallVector<ParameterSpec> parameters(const ModelConfig &model) const;
  static constexpr unsigned parameterCount = 7;
  /// The last inputs of the convolution, and the states.
  llvm::SmallVector<StateSpec> state(int64_t batch) const;
  /// x, y [B, T, channels]; `parameters` and `state` begin with its own, `state` is empty at the zero state;
  /// appends the next state.
  mlir::Value apply(mlir::OpBuilder &b, const LayerInputs &in, const ModelConfig &model, mlir::Value x,
                    mlir::ValueRange parameters, llvm::SmallVectorImpl<mlir::Value> &nextState) const;
};

} // namespace samba
