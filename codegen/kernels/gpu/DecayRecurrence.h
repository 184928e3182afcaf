//===- DecayRecurrence.h - the recurrence of attention with decay, token by token -----------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

#include "dialect/core/Shapes.h"

namespace samba::gpu {

/// The decays of an op: a logarithm for each key channel and token, or one for each head.
struct Decays {
  Value g; ///< [B, T, n_heads K], or null:
  std::optional<llvm::ArrayRef<double>> logs;
};

/// One reading of the recurrence over a matrix [rows, lanes] of each head,
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
  Value x, z;   ///< [B, T, heads rows]
  Value y, out; ///< [B, T, heads lanes]
  Decays decays;
  bool decayOfRows, backward;
  Value before = {}, after = {};    ///< [B, heads rows, lanes] M before the first token and after the last;
                                    ///< null: zero, not wanted
  std::optional<int64_t> past = {}; ///< where in the scratch memory to leave scale (decay M_{t-1})^T z_t,
                                    ///< [B, T, heads lanes] f32

  template <class Op>
  Recurrence(Op op, Value x, Value y, Value z, Value out, bool decayOfRows, bool backward)
      : T(shapeOf(x)[1]), heads(op.getNHeads()), rows(channelsOf(x) / heads), lanes(channelsOf(y) / heads),
        scale(op.getScale().convertToDouble()), x(x), z(z), y(y), out(out),
        decays{op.getG(), op.getLogDecays()}, decayOfRows(decayOfRows), backward(backward) {}

  int64_t batches() const { return shapeOf(x)[0]; }
};

/// A launch that runs it.
void emitRecurrence(KernelBuilder &k, const Recurrence &r);

} // namespace samba::gpu
