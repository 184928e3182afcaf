//===- RotarySink.cpp - a product's tiles are turned by a rotary embedding ------------------------------===//
//
// A thread has eight pairs of a row, 16 bytes of each half of a head: it makes their sines and cosines once,
// and turns with them all heads of the row that wait.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/RotarySink.h"

#include "codegen/kernels/gpu/Rotary.h"

using namespace mlir;

namespace samba::gpu {

void RotarySink::storeRows(Value shared, const Tile &tile, Value consumer, int64_t part) {
  const int64_t headDim = rotary.getHeadDim(), pairs = headDim / 2, groups = pairs / 8;
  const int64_t rowsAtOnce = drainers() / groups, width = k.vectorWidth(rotary.getY());
  Value first = k.div(drainer(), groups), group = k.rem(drainer(), groups);
  Value top = k.add(tile.row, k.mul(consumer, groupRows));
  Value left = k.add(tile.column, part * schedule.stagedColumns);
  k.loop(0, groupRows, rowsAtOnce, [&](Value base) {
    Value row = k.add(base, first), exists;
    if (groupRows % rowsAtOnce)
      exists = k.less(row, groupRows), row = k.min(row, groupRows - 1);
    auto angles = rotaryAngles(k, rotary, k.add(top, row), group, 8);
    SmallVector<KernelBuilder::Place> places;
    SmallVector<Values> vectors;
    for (int64_t head = 0; head < schedule.stagedColumns; head += headDim) {
      Value columns[2];
      Values halves[2];
      for (int64_t half = 0; half < 2; ++half) {
        columns[half] = k.add(k.shiftLeft(group, 3), head + half * pairs);
        halves[half] = k.unpackPairs(k.loadWords(waiting(shared, row, columns[half]), 4));
      }
      turnPairs(k, halves[0], halves[1], angles);
      for (int64_t half = 0; half < 2; ++half)
        for (int64_t j = 0; j < 8; j += width) {
          KernelBuilder::Place place = placeOf(k.add(top, row), k.add(k.add(left, columns[half]), j), width);
          if (exists)
            place.valid = place.valid ? k.both(place.valid, exists) : exists;
          places.push_back(place);
          vectors.push_back(Values(ArrayRef(halves[half]).slice(j, width)));
        }
    }
    k.store(rotary.getY(), places, vectors);
  });
}

} // namespace samba::gpu
