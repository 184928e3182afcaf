//===- AttentionTile.h - what attention's GPU kernels share ----------------------------------------===//
//
// Every kernel of attention walks with a block of rows over tiles of columns: queries over keys, or keys over
// queries. A product's fragment gives a thread two of its warp group's 64 rows (fragmentRow), and in each of
// them the columns 8 n + 2 (lane % 4) and the one after. So a row's maximum is a matter of four lanes, and a
// fragment rounded to pairs of bf16 is the left operand of the next product.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"
#include "dialect/core/Shapes.h"

#include <cmath>

namespace samba::gpu {

/// Sizes of an op on q [B, T, queryHeads dim] and k, v [B, T, keyHeads dim].
struct AttentionSizes {
  mlir::Operation *op;
  int64_t B, T, queryHeads, keyHeads, dim, window;
  int64_t ring = 0; ///< slots of the ring of past keys
  Value documents;  ///< [B, T] i32: where the document of each token begins, negative in the ring; null: a
                    ///< sequence is one

  template <class Op> explicit AttentionSizes(Op op) : op(op) {
    B = shapeOf(op.getQ())[0], T = shapeOf(op.getQ())[1];
    queryHeads = op.getNHeads(), keyHeads = op.getNKvHeads(), dim = channelsOf(op.getQ()) / queryHeads;
    window = op.getWindow(), documents = op.getDocuments();
    if constexpr (std::is_same_v<Op, AttentionStepOp>)
      ring = shapeOf(op.getRingK())[1];
    else
      window = std::min(window, T);
  }
  /// Query heads of a key head.
  int64_t group() const { return queryHeads / keyHeads; }
  double scale() const { return 1 / std::sqrt(double(dim)); }
  /// Of scores in units of log 2.
  double scale2() const { return scale() * M_LOG2E; }
  /// Whether every query sees all its past.
  bool seesAll() const { return !ring && !documents && window >= T; }
};

/// Where the document of a query begins, i32; past the end that of the last one.
Value documentOf(KernelBuilder &k, const AttentionSizes &sizes, Value batch, Value query);
/// The oldest position that a query sees, i32; it may lie before the sequence.
Value oldestSeen(KernelBuilder &k, const AttentionSizes &sizes, Value batch, Value query);

/// Fails, with a diagnostic at `op`, where no kernel of attention has this head_dim.
llvm::LogicalResult expectHeadDim(mlir::Operation *op, int64_t dim);

/// Whether the tensors of a product, and what it stores, are bf16 that TMA can address, of a head_dim that
/// the tensor cores' kernels have.
bool hasTensorTiles(KernelBuilder &k, int64_t dim, ValueRange tensors);

// ---- fragments ------------------------------------------------------------------------------------------

/// Which of its two rows a thread's register i belongs to.
constexpr int64_t rowOf(int64_t i) { return i / 2 % 2; }

/// Values that no one has set: what a product that starts at zero accumulates to.
Values undefined(KernelBuilder &k, int64_t n);
Values zeros(KernelBuilder &k, int64_t n);

/// The first of a thread's columns.
inline Value fragmentColumn(KernelBuilder &k) { return k.shiftLeft(k.bitAnd(k.threadId(), 3), 1); }

/// The columns that a row sees: from `begin` up to `end`, counted from the tile's first. Both i32, of any
/// sign; null: no limit.
struct Visible {
  Value begin[2], end[2];
};
/// Sets what is not seen to -inf.
Values hide(KernelBuilder &k, Values scores, const Visible &visible);

/// The maxima and the sums of exponentials of a thread's two rows. `sum` is this thread's part of it.
struct SoftmaxRows {
  Value maximum[2], sum[2];
};
/// scores = 2^(scale2 (scores - maximum)), the maximum being that of these scores and those before. Returns
/// by how much what was summed before shrinks. `first`: nothing was. A row that sees no key yet has the
/// maximum -inf.
std::array<Value, 2> softmax(KernelBuilder &k, Values &scores, SoftmaxRows &rows, double scale2, bool first);

/// The log of a row's sum of exponentials.
Value lseOf(KernelBuilder &k, Value maximum, Value sum, double scale2);
/// One lane of the four that share a row stores it, if the query exists.
void storeLse(KernelBuilder &k, const AttentionSizes &sizes, Value result, Value batch, Value head,
              Value query, Value lse);

/// x[i] factor[row of i]
Values scaleRows(KernelBuilder &k, Values x, const std::array<Value, 2> &factor);

// ---- products of warp groups
// ----------------------------------------------------------------------------------- Tiles [rows, dim] lie
// in shared memory as chunks of 64 columns, 128-byte rows swizzled. Products are committed and run on;
// wgmmaWait ends them.

/// [64, columns] = a b^T; a: 64 of the rows of a tile [rowsOfA, dim], b: a tile [columns, dim].
Values issueScores(KernelBuilder &k, Value a, int64_t rowsOfA, Value b, int64_t columns, int64_t dim);
/// sums [64, dim] += p b; p: pairs of a fragment [64, rowsOfB], b: a tile [rowsOfB, dim].
Values issueSums(KernelBuilder &k, Values sums, ValueRange p, Value b, int64_t rowsOfB);
/// Writes a fragment [64, columns], rounded to pairs, to 64 of the rows of a tile.
void storeFragment(KernelBuilder &k, ValueRange pairs, Value tile, int64_t rowsOfTile, Value thread = {});

/// Boxes of `rows` tokens by 64 channels of one head of [B, T, heads dim]. Tokens from T on read 0 and are
/// not written: a box never reaches into the next sequence.
Value headMap(KernelBuilder &k, Value tensor, int64_t heads, int64_t rows);
/// Copies `rows` tokens of a head to a tile. The mbarrier expects their bytes already.
void loadHead(KernelBuilder &k, Value tile, Value map, int64_t rows, int64_t dim, Value head, Value token,
              Value batch, Value mbarrier);

/// The body of a kernel whose warp group 0 loads, one thread of it, and whose other groups compute; each is
/// given its number among these. Registers go from the former to the latter. `handOut`, if there is anything,
/// is for one more thread of warp group 0. `consumers`: 2 or 3 groups compute.
void emitRoles(KernelBuilder &k, llvm::function_ref<void()> produce,
               llvm::function_ref<void(Value consumer)> consume, llvm::function_ref<void()> handOut = {},
               int64_t consumers = 2);

/// Tiles in shared memory that one thread fills and warps empty, in turn: use number i of the ring is of tile
/// i % depth. Warps, not threads, arrive when they have read. Where warps also fill, with ordinary stores,
/// each says so.
class TileRing {
public:
  TileRing(KernelBuilder &k, int64_t depth, int64_t tileBytes, int64_t readingWarps,
           int64_t fillingWarps = 1);
  /// By one thread, before a fence and a barrier; the mbarriers lie behind the tiles of all rings made
  /// before.
  void init();
  Value tile(Value use) const;
  Value full(Value use) const { return barrier(0, use); }
  void expect(Value use, int64_t bytes) const { k.arriveExpect(full(use), bytes); }
  void waitFull(Value use) const { k.waitBarrier(full(use), phase(use)); }
  void waitEmpty(Value use) const { k.waitBarrier(barrier(1, use), k.bitXor(phase(use), 1)); }
  void filled(Value use) const {
    k.warpBarrier();
    k.arrive(full(use), k.equal(k.laneId(), 0));
  }
  void release(Value use) const { k.arrive(barrier(1, use), k.equal(k.laneId(), 0)); }

private:
  Value slot(Value use) const { return depth == 1 ? k.integer(0) : k.rem(use, depth); }
  Value phase(Value use) const { return k.bitAnd(k.div(use, depth), 1); }
  Value barrier(int64_t kind, Value use) const {
    return k.at(k.sharedMemory(barriers + 8 * depth * kind), k.shiftLeft(slot(use), 3));
  }

  KernelBuilder &k;
  const int64_t depth, tileBytes, warps, fillingWarps;
  int64_t tiles, barriers = 0; ///< in shared memory: bytes
};

// ---- the keys that a block of queries sees --------------------------------------------------------------

/// A tile of keys: rows from `row` of its tensor on. Queries and keys have positions counted from the first
/// query of the sequence (of the chunk, where there is a ring).
struct KeyTile {
  Value row, position;
  Value end;       ///< where a position and all after it are keys of another tensor; null: nowhere
  Value isRing;    ///< i1; null: never
  Value isPartial; ///< i1: not every query sees every key; null: unknown
};

/// Where sequence b of a ring stands.
struct RingCursor {
  Value oldest; ///< i32, slot that the next token goes to
  Value isFull; ///< i1
};
RingCursor loadCursor(KernelBuilder &k, Value position, Value batch, int64_t ring);

/// The tiles of `keys` keys that `queries` queries from `first` on see: those of the sequence from the newest
/// back, then, where there is a ring, those of its slots before the cursor, and those from the cursor on. A
/// tile begins at a multiple of its size in its tensor.
class KeyWalk {
public:
  KeyWalk(KernelBuilder &k, const AttentionSizes &sizes, int64_t queries, int64_t keys, Value batch,
          Value first, const RingCursor &cursor);
  Value count; ///< of tiles, at least 1
  Value high;  ///< newest tile of the sequence
  /// Without a ring: tiles [fullBegin, fullEnd) need no mask.
  Value fullBegin, fullEnd;

  KeyTile tile(Value i) const;
  /// Which keys of a tile a thread's rows see; `row`: the positions of its two queries.
  Visible visible(const KeyTile &tile, const std::array<Value, 2> &row) const;

private:
  KeyTile inSequence(Value i) const;

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const int64_t queries, keys;
  Value batch, first, windowBegin;
  Value oldest, inChunk, chunkAndNewer, newerHigh;
};

} // namespace samba::gpu
