//===- Head.cpp - the language-model head's operands, as its loss and its gradient read them ------------===//
#include "codegen/kernels/gpu/Head.h"

#include "codegen/kernels/gpu/Vectors.h"

using namespace mlir;

namespace samba::gpu {

Value MatrixInMemory::map(KernelBuilder &k, int64_t boxRows, int64_t boxColumns) const {
  TensorMap map;
  map.sizes = {columns, rows};
  map.strides = {stride * (isBf16 ? 2 : 4)};
  map.box = {boxColumns, boxRows};
  map.isBf16 = isBf16;
  if (!tensor)
    return k.scratchTensorMap(offset, map);
  map.offset = offset;
  return k.tensorMap(tensor, map);
}

Factor MatrixInMemory::factor(KernelBuilder &k, bool depthDown) const {
  return {[&k, *this](int64_t boxRows, int64_t boxColumns) { return map(k, boxRows, boxColumns); },
          depthDown};
}

MatrixInMemory reserveMatrix(KernelBuilder &k, int64_t rows, int64_t columns, bool isBf16) {
  int64_t stride = paddedColumns(columns, isBf16), bytes = rows * stride * (isBf16 ? 2 : 4);
  return {Value(), k.reserveScratch(bytes), rows, columns, stride, isBf16};
}

MatrixInMemory rowsInPlace(KernelBuilder &k, Value tensor, int64_t first, int64_t count) {
  int64_t stride = k.rowStride(tensor), bytes = k.elementOf(tensor).getIntOrFloatBitWidth() / 8;
  return {tensor, first * stride * bytes, count, channelsOf(tensor), stride, bytes == 2};
}

bool isBf16ForTma(KernelBuilder &k, Value tensor) {
  return k.elementOf(tensor) == k.bf16 && k.isTmaReady(tensor);
}

void copyRows(KernelBuilder &k, Value tensor, int64_t first, const MatrixInMemory &to) {
  constexpr int64_t width = 8;
  VectorGrid grid(to.rows, to.stride, width, /*most=*/1);
  k.begin(grid.shape());
  for (const Place &place : grid.places(k)) {
    Values values;
    for (int64_t i = 0; i < width; ++i)
      values.push_back(
          k.load(tensor, k.add(place.row, first), k.min(k.add(place.column, i), to.columns - 1)));
    Value index = k.add(k.mul(k.extend(place.row), to.stride), k.extend(place.column));
    Value at = k.at(k.scratch(to.offset), k.mul(index, 2));
    if (place.valid)
      k.when(place.valid, [&] { k.store(values, at, k.bf16); });
    else
      k.store(values, at, k.bf16);
  }
  k.end();
}

Value LogitRow::hasTarget(KernelBuilder &k, int64_t columns) const {
  Value inTile = k.both(k.lessEqual(0, column), k.less(column, columns));
  return k.both(inTile, k.less(k.bitAnd(column, 7), 2));
}

std::array<LogitRow, 2> logitRows(KernelBuilder &k, const Tile &tile, Value consumer, Value targets,
                                  int64_t first, int64_t count) {
  Value top = k.add(tile.row, k.mul(consumer, 64));
  Value left = k.add(tile.column, k.shiftLeft(k.bitAnd(k.threadId(), 3), 1));
  std::array<LogitRow, 2> rows;
  for (int64_t half = 0; half < 2; ++half) {
    LogitRow &r = rows[half];
    Value row = k.add(top, k.fragmentRow(2 * half));
    if (count % GemmSchedule::rows) {
      r.exists = k.less(row, count);
      row = k.min(row, count - 1);
    }
    r.row = k.add(row, first);
    r.target = k.loadPerRow(targets, r.row);
    r.column = k.sub(r.target, left);
  }
  return rows;
}

} // namespace samba::gpu
