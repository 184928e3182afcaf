//===- AttentionGradTile.h - what the kernels of dk and dv share -----------------------------------===//
//
//   p_ij = exp(q_i k_j / sqrt(dim) - lse_i)      ds_ij = p_ij (do_i v_j - delta_i)
//   dv_j = sum_i p_ij do_i                       dk_j = sum_i ds_ij q_i / sqrt(dim)
//
// A block has keys and walks over tiles of queries, those that see them, of one query head after the other.
// Its products are turned: a fragment's rows are keys and its columns queries, so that p^T and ds^T, rounded
// to pairs, are the left operands of the sums. lse and delta then belong to columns: every tile of queries
// brings its own.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/AttentionGrad.h"

namespace samba::gpu {

/// lse and delta as walks over queries read them: [B, queryHeads, tiles, 2, queries] f32, first -lse in units
/// of log 2, then delta; -inf and 0 for the queries from T on, whose p and ds are 0 then.
class QueryStatistics {
public:
  /// Emits the launch that writes them, for tiles of `queries` queries.
  QueryStatistics(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x,
                  int64_t queries);
  const int64_t queries, bytes; ///< bytes: of a tile
  const int64_t tiles;          ///< of a head
  /// Of tile `tile` of a head among all.
  Value number(Value batch, Value head, Value tile) const;
  /// Global pointer to tile number `tile` of a head.
  Value tile(Value batch, Value head, Value tile) const;
  /// Counters, i32, that are 0 when the launch after that of the statistics begins: one of each tile, and one
  /// more.
  Value counter(Value number) const;
  Value counterOfBlocks() const { return k.scratch(counters); }

private:
  KernelBuilder &k;
  const int64_t heads;
  int64_t place, counters; ///< in scratch memory
};

/// p^T of a tile of queries from its scores, rounded to pairs; `statistics`: pointer to the tile's.
Values probabilities(KernelBuilder &k, Values scores, Value statistics, double scale2);
/// ds^T, rounded to pairs, from p^T and the products v do^T.
Values scoreGradients(KernelBuilder &k, ValueRange p, Values products, Value statistics);

/// For each token where its document ends: no query from there on sees it.
class DocumentEnds {
public:
  /// Emits the launch that writes them, if there are documents.
  DocumentEnds(KernelBuilder &k, const AttentionSizes &sizes);
  /// i32; past the end that of the last token. Only where there are documents.
  Value of(Value batch, Value token) const;

private:
  Value place(Value batch, Value token) const;

  KernelBuilder &k;
  const int64_t T;
  int64_t begin = 0; ///< in scratch memory: [B, T] i32
};

/// The tiles of `queries` queries that see a block of keys, all of those of a head, then all of the next.
class QueryWalk {
public:
  QueryWalk(KernelBuilder &k, const AttentionSizes &sizes, const DocumentEnds &ends, int64_t keys,
            int64_t queries, Value batch, Value firstKey);
  /// Tiles of one head: `low` to `high`, which are numbers in the sequence.
  Value low, high;
  Value tiles() const { return k.add(k.sub(high, low), 1); }
  Value next(Value tile) const { return k.select(k.lessEqual(high, tile), low, k.add(tile, 1)); }
  Value headAfter(Value tile, Value head) const {
    return k.add(head, k.select(k.lessEqual(high, tile), k.integer(1), 0));
  }

  /// Sets scores that no query sees to -inf, if there may be any; `key`: of this thread's two rows.
  Values hideUnseen(Values scores, Value tile, const std::array<Value, 2> &key) const;
  /// The same for a tile that is always taken to have some.
  Values hideAlways(Values scores, Value tile, const std::array<Value, 2> &key) const;

private:
  KernelBuilder &k;
  const AttentionSizes &sizes;
  const DocumentEnds &ends;
  const int64_t keys, queries;
  Value batch, firstKey;
};

/// Which of the query heads that read a key head a block takes, and where its dk and dv go. Where there are
/// too few blocks of keys to fill the machine several blocks share a group's heads; their sums are f32 in
/// scratch memory, and another launch adds them up, always in the same order.
class GroupParts {
public:
  GroupParts(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x, int64_t blocks,
             int64_t paddedTokens);

  const int64_t count; ///< parts of a group
  /// Heads of a part: from the first to before that of the next.
  Value firstHead(Value keyHead, Value part) const;
  enum Which { dk, dv };
  /// The sums of 64 keys from `key` on, a fragment [64, dim]; only where count > 1.
  void store(Which which, Value batch, Value keyHead, Value part, Value key, ValueRange sums) const;
  /// The launch that adds up, if there is anything to add.
  void emitSum() const;

private:
  Value address(Value which, Value batch, Value keyHead, Value part, Value key, Value column) const;

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const AttentionGradOperands &x;
  const int64_t rows; ///< of keys, padded to whole blocks
  int64_t place = 0;  ///< in scratch memory: [which, part, B, keyHeads, rows, dim]
};

} // namespace samba::gpu
