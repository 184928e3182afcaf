//===- ScanForward.h - the pieces of the selective scan forward -----------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/ScanSpans.h"

#include "dialect/core/Shapes.h"

namespace samba::gpu {

/// Both forms of the op: selective_scan, and selective_scan_step.
struct Scan {
  Value u, dt, A, B, C, D, y;
  Value h;              ///< [Batch, D, N] before the first token; null: zero
  Value next;           ///< [Batch, D, N] after the last; may be null
  Value states;         ///< [Batch, segments, D, N] before tokens 0, checkpoint, ...; may be null
  int64_t checkpoint;   ///< tokens
  Value documents = {}; ///< [Batch, T] i32; may be null

  int64_t batches() const { return shapeOf(u)[0]; }
  int64_t tokens() const { return shapeOf(u)[1]; }
  int64_t channels() const { return channelsOf(u); }
  int64_t dState() const { return channelsOf(A); }
};

/// The tokens of a batch entry, which a block takes in tiles of `tileTokens`.
class ScanTokens {
public:
  ScanTokens(KernelBuilder &k, const Scan &s, int64_t tileTokens, Value batch)
      : batch(batch), k(k), s(s), tileTokens(tileTokens) {}

  bool isRagged() const { return s.tokens() % tileTokens; }
  /// The row of a token in [Batch, T, ..]; past the end the last one.
  Value rowOf(Value token) const;
  Value exists(Value token) const; ///< i1; null where no tile reaches past the end
  /// The entry of `states` that the state before token t of a tile goes to, and whether (i1; null: always);
  /// none if it is not one to be kept.
  struct Kept {
    Value entry, wanted;
  };
  std::optional<Kept> keptBefore(Value tile, int64_t t) const;

  const Value batch;

private:
  KernelBuilder &k;
  const Scan &s;
  const int64_t tileTokens;
};

/// h after a token.
Values advance(KernelBuilder &k, ValueRange h, ValueRange rates, Value dt, Value input, ValueRange B);
Value dot(KernelBuilder &k, ValueRange x, ValueRange y);

/// Whether the scan of many tokens may ride on the matrix units: 16 states, all in bf16, from zero, documents
/// together.
bool isForMatrixUnits(KernelBuilder &k, const Scan &s);
/// Blocks of the scan of many tokens with products and sums over states by the matrix units, all tokens of a
/// channel in one block.
constexpr struct {
  int64_t channels = 64, threads = 128, perSm = 3;
} matrixScanShape;
void emitMatrixBlock(KernelBuilder &k, const Scan &s, const ScanPlace &place);

/// A block of any scan of many tokens, or of a span of them: `layout.channels` channels of one batch entry.
/// `earlier`: null where time is not cut.
void emitLaneBlock(KernelBuilder &k, const Scan &s, const ScanLayout &layout, const ScanCut &cut,
                   const ScanPlace &place, const SpanStates *earlier);

/// The launch of one token from a state: four states to a thread (eight where N exceeds 128), so many threads
/// to a channel that its states are read once. They are on their way to the L2 cache before the launch that
/// makes u has ended.
void emitOneToken(KernelBuilder &k, const Scan &s);

} // namespace samba::gpu
