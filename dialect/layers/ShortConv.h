//===- ShortConv.h - The short convolution of queries, keys and values ----------------------------------===//
#pragma once

#include "dialect/Samba.h"

namespace samba {

/// silu(causal_conv(x)) of what a mixer projects (Samba paper, Table 8): each of its values has weights
/// [channels, tokens] of its own, and no bias.
class ShortConv {
public:
  struct Projected {
    llvm::StringRef name; ///< q, k, v
    int64_t channels;
  };

  /// `tokens` is the mixer's attribute `short_conv`: absent or "none" means that there is none, and then
  /// there are no parameters and no state, and nothing is changed.
  ShortConv(mlir::Attribute tokens, llvm::ArrayRef<Projected> values);

  static llvm::LogicalResult verify(mlir::Operation *op);

  /// mixer.q_conv1d.weight and so on.
  llvm::SmallVector<ParameterSpec> parameters() const;
  /// q_conv [batch, tokens - 1, channels] and so on: the last inputs.
  llvm::SmallVector<StateSpec> state(int64_t batch) const;

  /// Replaces each of `values`, in the order of the constructor's. `parameters` are as parameters() lists
  /// them; `state` as state() does, or empty, and its successors are appended to `next`; `documents` may be
  /// null (LayerInputs).
  void apply(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::Value *> values,
             mlir::ValueRange parameters, mlir::ValueRange state, mlir::Value documents,
             llvm::SmallVectorImpl<mlir::Value> &next) const;

private:
  int64_t tokens;
  llvm::SmallVector<Projected> convolved; ///< empty if there is none
};

} // namespace samba
