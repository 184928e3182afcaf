//===- Transpose.cpp - squares of lanes, turned in registers --------------------------------------------===//
#include "codegen/tile/host/Transpose.h"

using namespace mlir;

namespace samba::host {

static void turn(LaneBuilder &k, const Matrix &to, const Matrix &from, Value rows, Value columns,
                 Value scale) {
  k.loop(0, rows, k.lanes, [&](Value i) {
    Value rowsHere = k.maskBelow(k.sub(rows, i));
    k.loop(0, columns, k.lanes, [&](Value j) {
      Value columnsHere = k.maskBelow(k.sub(columns, j));
      Values square; // rows past the end repeat the last one; they are not stored
      for (int64_t r = 0; r < k.lanes; ++r) {
        Value row = k.min(k.add(i, r), k.sub(rows, 1));
        square.push_back(k.mul(k.load(from.from(k, row, j).pointer, columnsHere), k.splat(scale)));
      }
      for (auto [r, column] : llvm::enumerate(k.transpose(square)))
        k.when(k.less(k.add(j, int64_t(r)), columns), [&, r = r, column = column] {
          k.store(column, to.from(k, k.add(j, int64_t(r)), i).pointer, rowsHere);
        });
    });
  });
}

void transposed(LaneBuilder &k, const Matrix &to, const Matrix &from, Operand rows, Operand columns,
                double scale) {
  Values arguments = {to.pointer,      k.toIndex(to.rowStride), from.pointer,   k.toIndex(from.rowStride),
                      k.toIndex(rows), k.toIndex(columns),      k.number(scale)};
  k.call("transpose", arguments,
         [](LaneBuilder &inner, ValueRange x) { turn(inner, {x[0], x[1]}, {x[2], x[3]}, x[4], x[5], x[6]); });
}

} // namespace samba::host
