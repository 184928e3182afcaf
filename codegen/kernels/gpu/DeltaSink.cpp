//===- DeltaSink.cpp - dO's tiles meet o on their way out -----------------------------------------------===//
//
// A thread has eight channels of a head of a row, 16 bytes; the threads of a head are neighbours, and add up
// by shuffles. o comes from the L2 cache, of several heads at a time.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DeltaSink.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

void DeltaSink::storeRows(Value shared, const Tile &tile, Value consumer, int64_t part) {
  const int64_t T = shapeOf(delta.getDO())[1], allHeads = delta.getNHeads();
  const int64_t dim = channelsOf(delta.getDO()) / allHeads, threads = dim / 8;
  const int64_t heads = schedule.stagedColumns / dim, items = groupRows * heads; // a head of a row
  const int64_t atOnce = drainers() / threads, inFlight = 4;
  Value thread = k.rem(drainer(), threads), first = k.div(drainer(), threads);
  Value top = k.add(tile.row, k.mul(consumer, groupRows));
  Value left = k.add(tile.column, part * schedule.stagedColumns);
  k.loop(0, items, inFlight * atOnce, [&](Value base) {
    SmallVector<KernelBuilder::Place> places;
    Values from;
    SmallVector<Values> ofO;
    for (int64_t i = 0; i < inFlight; ++i) {
      Value item = k.add(k.add(base, first), i * atOnce), exists;
      if (items % (inFlight * atOnce))
        exists = k.less(item, items), item = k.min(item, items - 1);
      Value row = k.div(item, heads), column = k.add(k.mul(k.rem(item, heads), dim), k.shiftLeft(thread, 3));
      from.push_back(waiting(shared, row, column));
      KernelBuilder::Place place = placeOf(k.add(top, row), k.add(left, column), 8);
      if (exists)
        place.valid = place.valid ? k.both(place.valid, exists) : exists;
      ofO.push_back(k.loadWords(k.address(delta.getO(), place.row, place.column), 4));
      places.push_back(place);
    }
    for (auto [place, from, o] : llvm::zip(places, from, ofO)) {
      Values dO = k.loadWords(from, 4);
      Value sum = k.number(0);
      for (auto [x, y] : llvm::zip(k.unpackPairs(o), k.unpackPairs(dO)))
        sum = k.fma(x, y, sum);
      sum = k.sumLanes(sum, threads);
      auto store = [&, place = place] {
        k.storeWords(dO, k.address(delta.getDO(), place.row, place.column));
        k.when(k.equal(thread, 0), [&] {
          Value sequence = k.div(place.row, T), head = k.div(place.column, dim);
          k.store(delta.getDelta(), k.add(k.mul(sequence, allHeads), head), k.rem(place.row, T), sum);
        });
      };
      place.valid ? k.when(place.valid, store) : store();
    }
  });
}

} // namespace samba::gpu
