//===- AttentionTile.cpp - the products of flash attention ----------------------------------------------===//
//
// A register tile is 8 rows by 32 columns with AVX-512 (16 sums), 4 rows by 16 with AVX2 (8 sums): per step
// of the depth one load for each register of b, one broadcast for each row, and two multiply-adds for each
// broadcast.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/AttentionTile.h"

#include "codegen/tile/host/Transpose.h"

using namespace mlir;

namespace samba::host {

/// Element [r, d] of a stands at a[r * rowStride + d * depthStride]. Rows past the end repeat the last one.
static void product(LaneBuilder &k, Value c, Value a, Value rowStride, Value depthStride, Value b, Value rows,
                    Value depth, bool accumulate) {
  const int64_t height = k.isAvx512() ? rowUnit : rowUnit / 2, width = 2;
  k.loop(0, rows, height, [&](Value first) {
    Values pointers;
    for (int64_t r = 0; r < height; ++r)
      pointers.push_back(k.at(a, k.mul(k.min(k.add(first, r), k.sub(rows, 1)), rowStride)));
    for (int64_t column = 0; column < blockLanes; column += width * k.lanes) {
      auto place = [&](int64_t r, int64_t v) {
        return k.at(k.at(c, k.mul(k.add(first, r), blockLanes)), column + v * k.lanes);
      };
      Values sums;
      for (int64_t r = 0; r < height; ++r)
        for (int64_t v = 0; v < width; ++v)
          sums.push_back(accumulate ? k.load(place(r, v)) : k.splat(0.0));
      sums = k.loop(0, depth, 1, sums, [&](Value d, ValueRange carried) {
        Values acc(carried), bs;
        for (int64_t v = 0; v < width; ++v)
          bs.push_back(k.load(k.at(k.at(b, k.mul(d, blockLanes)), column + v * k.lanes)));
        for (int64_t r = 0; r < height; ++r) {
          Value x = k.splat(k.loadScalar(k.at(pointers[r], k.mul(d, depthStride))));
          for (int64_t v = 0; v < width; ++v)
            acc[r * width + v] = k.fma(x, bs[v], acc[r * width + v]);
        }
        return acc;
      });
      for (int64_t r = 0; r < height; ++r)
        for (int64_t v = 0; v < width; ++v)
          k.store(sums[r * width + v], place(r, v));
    }
  });
}

void panelProduct(LaneBuilder &k, const Panel &c, const Matrix &a, const Panel &b, Operand rows,
                  Operand depth) {
  k.call("panel_product",
         {c.pointer, a.pointer, k.toIndex(a.rowStride), b.pointer, k.toIndex(rows), k.toIndex(depth)},
         [](LaneBuilder &inner, ValueRange x) {
           product(inner, x[0], x[1], x[2], inner.index(1), x[3], x[4], x[5], /*accumulate=*/false);
         });
}

void panelProductTurned(LaneBuilder &k, const Panel &c, const Matrix &a, const Panel &b, Operand rows,
                        Operand depth) {
  k.call("panel_product_turned",
         {c.pointer, a.pointer, k.toIndex(a.rowStride), b.pointer, k.toIndex(rows), k.toIndex(depth)},
         [](LaneBuilder &inner, ValueRange x) {
           product(inner, x[0], x[1], inner.index(1), x[2], x[3], x[4], x[5], /*accumulate=*/true);
         });
}

void loadBlock(LaneBuilder &k, const Panel &to, const Matrix &from, Value count, int64_t columns,
               double scale) {
  transposed(k, to.matrix(), from, count, columns, scale);
}

void storeBlock(LaneBuilder &k, const Matrix &to, const Panel &from, Value count, int64_t columns,
                double scale) {
  transposed(k, to, from.matrix(), columns, count, scale);
}

// Lanes are queries: query position - key position = distance + lane - row, seen if in [0, window).
// Lanes are keys:                                    distance - lane + row.
Value Visibility::isPartial(LaneBuilder &k, Value rows) const {
  Value last = k.sub(rows, 1);
  Value least = lanesAreKeys ? k.sub(distance, blockLanes - 1) : k.sub(distance, last);
  Value most = lanesAreKeys ? k.add(distance, last) : k.add(distance, blockLanes - 1);
  Value outside = k.either(k.less(least, 0), k.lessEqual(window, most));
  if (!begins)
    return outside;
  Value lastBegin = k.toInteger(k.loadScalar(k.at(begins, k.sub(queries, 1), k.i32), k.i32));
  return k.either(outside, k.less(firstKey, lastBegin));
}

Value Visibility::mask(LaneBuilder &k, Value row, int64_t v) const {
  // i32: both positions lie in one tile or a window apart; bounded so that far ones stay hidden.
  Value lane = k.add(k.iota(k.i32), k.constant(k.lanesOf(k.i32), double(v * k.lanes)));
  Value base = k.toInteger(lanesAreKeys ? k.add(distance, row) : k.sub(distance, row), k.i32);
  Value apart = lanesAreKeys ? k.sub(base, lane) : k.add(base, lane);
  Value seen = k.both(k.lessEqual(0, apart), k.less(apart, double(std::min<int64_t>(window, INT32_MAX))));
  if (!begins)
    return seen;
  Value key = k.toInteger(lanesAreKeys ? firstKey : k.add(firstKey, row), k.i32);
  Value begin = lanesAreKeys ? k.loadScalar(k.at(begins, row, k.i32), k.i32)
                             : k.load(k.at(begins, v * k.lanes, k.i32),
                                      k.maskBelow(k.sub(queries, v * k.lanes)), k.i32);
  return k.both(seen, k.lessEqual(begin, lanesAreKeys ? k.add(key, lane) : key));
}

} // namespace samba::host
