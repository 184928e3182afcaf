//===- SmallTile.h - tiles of any head_dim, and products of single warps ---------------------------===//
//
// What warp-group products and TMA cannot do: head dims other than 64, 128 and 256, and tensors whose rows or
// beginnings are not multiples of 16 bytes. A tile is bf16 in shared memory, its columns padded with zeros to
// a multiple of 16, its rows 16 bytes apart more than that, so that the eight rows that a matrix load reads
// lie in different banks. A block is four warps, and each has 16 of the 64 rows of a product, as in a warp
// group.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/AttentionTile.h"

namespace samba::gpu {

/// Tokens of one head in global memory.
struct HeadRows {
  Value pointer;  ///< of token 0
  Value stride;   ///< i64, bytes between tokens
  Value count;    ///< i32, tokens
  bool isAligned; ///< every token begins at a multiple of 16 bytes
};
/// Of sequence `batch` of [B, T, heads dim].
HeadRows headRows(KernelBuilder &k, Value tensor, int64_t dim, Value batch, Value head);
HeadRows select(KernelBuilder &k, Value condition, const HeadRows &x, const HeadRows &y);

class SmallTile {
public:
  static constexpr int64_t threads = 128, blockRows = 64;

  SmallTile(KernelBuilder &k, int64_t rows, int64_t dim)
      : rows(rows), dim(dim), padded(llvm::alignTo(dim, 16)), k(k), rowBytes(2 * padded + 16),
        offset(k.reserveShared(rows * rowBytes)) {}

  /// By all threads of the block: tokens from `first` on; those past the end are 0. Ends with loaded().
  void load(const HeadRows &from, Value first) const;
  /// After the loads of one or more tiles: they are in, for the whole block.
  static void loaded(KernelBuilder &k);

  const int64_t rows, dim, padded;

private:
  friend Values scoresOf(KernelBuilder &k, const SmallTile &a, const SmallTile &b);
  friend Values addProduct(KernelBuilder &k, Values sums, ValueRange p, const SmallTile &b);
  Value at(Value row, Value column) const;
  Values loadPiece(const HeadRows &from, Value pointer) const;

  KernelBuilder &k;
  const int64_t rowBytes, offset;
};

/// [16, b.rows] = a b^T, a: this warp's 16 of a's 64 rows.
Values scoresOf(KernelBuilder &k, const SmallTile &a, const SmallTile &b);
/// sums [16, b.padded] += p b; p: pairs of a fragment [16, b.rows].
Values addProduct(KernelBuilder &k, Values sums, ValueRange p, const SmallTile &b);
/// Stores a fragment [16, padded] to `result` [B, T, heads dim], whose tokens from T on do not exist.
void storeRows(KernelBuilder &k, ValueRange fragment, Value result, int64_t dim, Value batch, Value head,
               Value first);

} // namespace samba::gpu
