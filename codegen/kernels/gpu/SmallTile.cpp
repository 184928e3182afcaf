//===- SmallTile.cpp - tiles of any head_dim, and products of single warps -------------------------===//
#include "codegen/kernels/gpu/SmallTile.h"

using namespace mlir;

namespace samba::gpu {

HeadRows headRows(KernelBuilder &k, Value tensor, int64_t dim, Value batch, Value head) {
  int64_t tokens = shapeOf(tensor)[1];
  Value start = k.address(tensor, k.mul(k.extend(batch), tokens), k.mul(head, dim));
  return {start, k.index(2 * k.rowStride(tensor)), k.integer(tokens), k.isTmaReady(tensor)};
}

HeadRows select(KernelBuilder &k, Value condition, const HeadRows &x, const HeadRows &y) {
  return {k.select(condition, x.pointer, y.pointer), k.select(condition, x.stride, y.stride),
          k.select(condition, x.count, y.count), x.isAligned && y.isAligned};
}

Value SmallTile::at(Value row, Value column) const {
  return k.at(k.sharedMemory(offset), k.add(k.mul(row, rowBytes), k.shiftLeft(column, 1)));
}

/// Eight neighbouring elements as pairs.
Values SmallTile::loadPiece(const HeadRows &from, Value pointer) const {
  if (from.isAligned)
    return k.loadWords(pointer, 4);
  Values elements;
  for (int64_t i = 0; i < 8; ++i)
    elements.push_back(k.loadScalar(k.at(pointer, 2 * i), k.bf16));
  return k.packPairs(elements);
}

void SmallTile::load(const HeadRows &from, Value first) const {
  int64_t pieces = padded / 8;
  k.loop(k.threadId(), rows * pieces, threads, [&](Value i) {
    Value row = k.div(i, pieces), column = k.shiftLeft(k.rem(i, pieces), 3), token = k.add(first, row);
    Value isThere = k.both(k.less(token, from.count), k.less(column, dim));
    Values pairs = k.choose(
        isThere,
        [&] {
          Value offset = k.add(k.mul(k.extend(token), from.stride), k.extend(k.shiftLeft(column, 1)));
          return loadPiece(from, k.at(from.pointer, offset));
        },
        [&] { return Values(4, k.integer(0)); });
    k.storeWords(pairs, at(row, column));
  });
}

void SmallTile::loaded(KernelBuilder &k) { k.barrier(); }

Values scoresOf(KernelBuilder &k, const SmallTile &a, const SmallTile &b) {
  Value lane = k.laneId(), warp = k.warpId();
  Value rowOfA = k.add(k.shiftLeft(warp, 4), k.bitAnd(lane, 15)),
        columnOfA = k.shiftLeft(k.shiftRight(lane, 4), 3);
  // Of 16 rows of b, in four matrices: rows 0-7 at columns 0-7 and 8-15, rows 8-15 at the same.
  Value rowOfB = k.add(k.bitAnd(lane, 7), k.shiftLeft(k.shiftRight(lane, 4), 3));
  Value columnOfB = k.shiftLeft(k.bitAnd(k.shiftRight(lane, 3), 1), 3);
  Values scores = zeros(k, b.rows / 2);
  for (int64_t depth = 0; depth < a.padded; depth += 16) {
    Values left = k.loadMatrix(k.at(a.at(rowOfA, columnOfA), 2 * depth), 4);
    for (int64_t column = 0; column < b.rows; column += 16) {
      Values right = k.loadMatrix(k.at(b.at(rowOfB, columnOfB), column * b.rowBytes + 2 * depth), 4);
      for (int64_t half = 0; half < 2; ++half) {
        auto *sum = scores.begin() + column / 2 + 4 * half;
        llvm::copy(
            k.mma16x8x16(left, ValueRange(right).slice(2 * half, 2), ValueRange(ArrayRef<Value>(sum, 4))),
            sum);
      }
    }
  }
  return scores;
}

Values addProduct(KernelBuilder &k, Values sums, ValueRange p, const SmallTile &b) {
  Value lane = k.laneId();
  // Four matrices, turned on the way: depth 0-7 and 8-15 at columns 0-7, the same at columns 8-15.
  Value row = k.bitAnd(lane, 15), column = k.shiftLeft(k.shiftRight(lane, 4), 3);
  for (int64_t depth = 0; depth < b.rows; depth += 16)
    for (int64_t first = 0; first < b.padded; first += 16) {
      Value place = k.at(b.at(row, column), depth * b.rowBytes + 2 * first);
      Values right = k.loadMatrix(place, 4, /*transpose=*/true);
      for (int64_t half = 0; half < 2; ++half) {
        auto *sum = sums.begin() + first / 2 + 4 * half;
        llvm::copy(k.mma16x8x16(p.slice(depth / 4, 4), ValueRange(right).slice(2 * half, 2),
                                ValueRange(ArrayRef<Value>(sum, 4))),
                   sum);
      }
    }
  return sums;
}

void storeRows(KernelBuilder &k, ValueRange fragment, Value result, int64_t dim, Value batch, Value head,
               Value first) {
  int64_t tokens = shapeOf(result)[1], width = k.isTmaReady(result) ? 2 : 1;
  Value column = fragmentColumn(k);
  for (int64_t r = 0; r < 2; ++r) {
    Value token = k.add(first, k.fragmentRow(2 * r)), row = k.add(k.mul(batch, tokens), token);
    k.when(k.less(token, tokens), [&] {
      for (int64_t i = 2 * r; i < int64_t(fragment.size()) && TileBuilder::fragmentColumn(i) < dim; i += 4)
        for (int64_t j = 0; j < 2; j += width) {
          Value inHead = k.add(column, TileBuilder::fragmentColumn(i) + j);
          k.store(result, row, k.add(k.mul(head, dim), inHead), fragment.slice(i + j, width));
        }
    });
  }
}

} // namespace samba::gpu
