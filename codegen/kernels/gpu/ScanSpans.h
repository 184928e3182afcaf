//===- ScanSpans.h - what enters each span of a scan whose time is cut ----------------------------------===//
#pragma once

#include "codegen/kernels/gpu/ScanTile.h"

namespace samba::gpu {

/// The recurrence of the states alone. Forward h_t = a_t h_{t-1} + dt_t x_t K_t, backward ag_t = a_t
/// (ag_{t+1} + x_t K_t); a_t = exp(dt_t A).
struct SpanScan {
  Value x, dt, A, K; ///< [Batch, T, D], the same, [D, N], [Batch, T, N]
  Value first;       ///< [Batch, D, N] before the first token, backward after the last; null: zero
  bool backward;
  int64_t spans, spanTokens;                ///< tokens of each span but the last
  Value documents;                          ///< [Batch, T] i32: a_t is 0 where one begins; null: nowhere
  int64_t firstBatch = 0, firstChannel = 0; ///< where time is cut: from there on
};

/// The state that enters each span, in scratch memory. Two launches: every span from zero, for its last state
/// and its sum of dt, which is all that a state from before has to know of it; then the spans one after
/// another. Both take spans in several pieces where there are not enough to fill the machine.
class SpanStates {
public:
  SpanStates(KernelBuilder &k, const SpanScan &scan);
  void emit() const;
  /// Of a span, not of a piece; f32, neighbouring states side by side; the states of ScanLayout, and 16 at
  /// least, of which those past N are zero.
  Value at(Value batch, Value span, Value channel, Value state) const;

private:
  void emitPieces() const;
  void emitChain() const;
  Value rowOf(Value batch, Operand piece, Value channel) const; ///< [batch][piece][channel]
  Value entering(Value batch, Operand piece, Value channel, Value state) const;
  Value sumAt(Value row) const;

  KernelBuilder &k;
  const SpanScan scan;
  const int64_t batches, channels; ///< whose time is cut
  const int64_t dState;
  const ScanLayout layout;
  const int64_t paddedStates;
  const int64_t piecesEach, pieceTokens, pieces; ///< of a span; tokens of one; all
  const int64_t scanned; ///< those that a span follows: all but those of the last span, backward the first
  int64_t states, sums;  ///< in scratch memory
};

} // namespace samba::gpu
