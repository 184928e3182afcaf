//===- AttentionTile.h - the products of flash attention, with lanes over one side of the scores --------===//
//
// Scores are never a T x T matrix: a cell owns a block of 32 queries (or, for the gradients of keys and
// values, of 32 keys) and walks over the other side in tiles of up to 64 rows. Its block stands in the lanes:
//
//     block   [head_dim][32]   queries, turned once per cell          tile   [64][32]   scores: a row per key
//
// A product takes its other matrix as it lies in memory, one broadcast element at a time, so that keys and
// values are never copied or packed; and softmax runs down the rows of a tile, every lane for its own query,
// with nothing summed across lanes.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/targets/host/HostKernel.h"

namespace samba::host {

constexpr int64_t blockLanes = 32; ///< queries (or keys) of a cell
constexpr int64_t tileRows = 64;   ///< keys (or queries) of a tile, at most
constexpr int64_t rowUnit = 8; ///< rows of a product's register tile: panels have room for a multiple of it

/// A matrix [rows][32] in scratch memory.
struct Panel {
  Value pointer;

  /// Register `v` of row `r`, v = 0 ... registers(k) - 1.
  Value at(LaneBuilder &k, Operand r, int64_t v) const {
    return k.at(k.at(pointer, k.mul(k.toIndex(r), blockLanes)), v * k.lanes);
  }
  Matrix matrix() const { return {pointer, blockLanes}; }
  static int64_t registers(const LaneBuilder &k) { return blockLanes / k.lanes; }
  static int64_t bytes(int64_t rows) { return llvm::alignTo(rows, rowUnit) * blockLanes * 4; }
};

/// Emits c [rows][32] = a [rows, depth] b [depth][32], a in memory with column stride 1.
void panelProduct(LaneBuilder &k, const Panel &c, const Matrix &a, const Panel &b, Operand rows,
                  Operand depth);
/// Emits c [rows][32] += a^T b, a [depth, rows] in memory with column stride 1; rows: a multiple of 8.
void panelProductTurned(LaneBuilder &k, const Panel &c, const Matrix &a, const Panel &b, Operand rows,
                        Operand depth);

/// Emits the block's rows of a matrix in memory into a panel [columns][32], and back; `count` <= 32 of them.
void loadBlock(LaneBuilder &k, const Panel &to, const Matrix &from, Value count, int64_t columns,
               double scale = 1);
void storeBlock(LaneBuilder &k, const Matrix &to, const Panel &from, Value count, int64_t columns,
                double scale = 1);

/// Which pairs of a tile see each other: a query its own position and window - 1 before it, and of these,
/// with documents, the keys from where its own document begins.
struct Visibility {
  /// Position of the first query minus position of the first key, i64.
  Value distance;
  int64_t window;
  bool lanesAreKeys = false; ///< else lanes are queries and rows keys
  /// Where the documents of the tile's queries begin, i32 [queries], if the first key stands at `firstKey`;
  /// null: there is one document.
  Value begins = {}, queries = {}, firstKey = {};

  /// Whether some pair of a tile of `rows` rows is hidden (i1).
  Value isPartial(LaneBuilder &k, Value rows) const;
  /// The mask of register v of row r.
  Value mask(LaneBuilder &k, Value row, int64_t v) const;
};

} // namespace samba::host
