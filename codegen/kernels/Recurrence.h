//===- Recurrence.h - attention with decay as one recurrence, read in four ways -------------------------===//
#pragma once

#include "codegen/KernelGroup.h"
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

namespace samba {

/// A recurrence over a matrix [rows, lanes] of each head,
///
///   M_t = decay M_{t-1} + x_t y_t^T           out_t = scale M_t^T z_t
///
///              rows     lanes    x    y    z    decay of   time
///   o          key      value    k    v    q    rows       forward
///   dv         key      value    q    do   k    rows       backward
///   dq         value    key      v    k    do   lanes      forward
///   dk         value    key      do   q    v    lanes      backward
struct Recurrence {
  int64_t T, heads, rows, lanes; ///< rows and lanes of one head
  double scale;
  mlir::Value x, z;   ///< [B, T, heads rows]
  mlir::Value y, out; ///< [B, T, heads lanes]
  mlir::Value g;      ///< the logarithms of the decays, [B, T, n_heads K], or null:
  std::optional<llvm::ArrayRef<double>> logDecays; ///< one for each head
  bool decayOfRows, backward;
  mlir::Value before, after; ///< [B, heads rows, lanes] M before the first token and after the last; null:
                             ///< zero, not wanted

  /// Of `out`, a result of one of the three ops.
  static Recurrence of(mlir::Value out);

private:
  template <class Op>
  Recurrence(Op op, mlir::Value x, mlir::Value y, mlir::Value z, mlir::Value out, bool decayOfRows,
             bool backward)
      : T(shapeOf(x)[1]), heads(op.getNHeads()), rows(kernelChannelsOf(x) / heads),
        lanes(kernelChannelsOf(y) / heads), scale(op.getScale().convertToDouble()), x(x), z(z), y(y),
        out(out), g(op.getG()), logDecays(op.getLogDecays()), decayOfRows(decayOfRows), backward(backward) {}
};

} // namespace samba
