//===- KeyGroups.cpp - gradients of keys, 64 to a warp group --------------------------------------------===//
#include "codegen/kernels/gpu/KeyGroups.h"
#include "codegen/kernels/gpu/Rotary.h"

using namespace mlir;

namespace samba::gpu {

Values KeyGroups::probabilitiesOf(Values scores, Value number, Value tile) {
  Value key = k.add(k.add(firstKey, rows()), k.fragmentRow(0));
  scores = walk->hideUnseen(scores, tile, {key, k.add(key, 8)});
  return probabilities(k, scores, statisticsOf(number), sizes.scale2());
}

void KeyGroups::awaitSums(State &s) {
  Values sums = s.dk;
  sums.append(s.dv);
  sums = k.wgmmaWait(0, sums);
  s.dk.assign(sums.begin(), sums.begin() + dim / 2);
  s.dv.assign(sums.begin() + dim / 2, sums.end());
}

void KeyGroups::consume() {
  const Value zero = k.integer(0);
  Value last = k.sub(steps, 1);
  if (blocksOfKeys == 1) // a loop of known turns would fall away, and ptxas fence what is left by itself
    last = k.madeHere(last);
  keyTile->waitFull(zero);
  queryRing->waitFull(zero);
  k.wgmmaFence();
  Values p = probabilitiesOf(k.wgmmaWait(0, issueS(zero)), zero, walk->low);
  valueTile->waitFull(zero);
  beforeSteps();
  Values carried = save({p, zeros(k, dim / 2), zeros(k, dim / 2)});
  carried.push_back(walk->low);
  carried = k.loop(0, last, 1, carried, [&](Value number, ValueRange c) {
    Value nextTile = k.uniform(walk->next(c.back()));
    Values result = save(step(restore(c), k.uniform(number), nextTile));
    result.push_back(nextTile);
    return result;
  });
  State s = step(restore(carried), last, Value());
  for (Value &sum : s.dk)
    sum = k.mul(sum, sizes.scale());
  store(GroupParts::dv, s.dv, *valueTile, rows());
  if (x.turnDk && parts.count == 1)
    turnBack(s.dk);
  beforeKeysAreOverwritten();
  store(GroupParts::dk, s.dk, *keyTile, rows());
  waitForStores();
}

/// A thread has both columns of a pair, c and c + dim / 2: registers dim / 4 apart.
void KeyGroups::turnBack(Values &dk) {
  Value key = k.add(k.add(firstKey, rows()), k.fragmentRow(0)), lane = k.bitAnd(k.threadId(), 3);
  for (int64_t r = 0; r < 2; ++r) {
    SmallVector<int64_t> registers, offsets;
    for (int64_t i = 0; i < dim / 4; ++i)
      if (rowOf(i) == r)
        registers.push_back(i), offsets.push_back(TileBuilder::fragmentColumn(i));
    auto half = [&](int64_t first) {
      return Values(llvm::map_range(registers, [&](int64_t i) { return dk[first + i]; }));
    };
    Values low = half(0), high = half(dim / 4);
    Value token = k.add(k.mul(batch, sizes.T), k.add(key, 8 * r));
    turnPairs(k, low, high, rotaryAngles(k, x.turnDk, token, lane, /*groups=*/4, /*width=*/2, offsets));
    for (auto [i, x, y] : llvm::zip(registers, low, high))
      dk[i] = x, dk[dim / 4 + i] = y;
  }
}

Values KeyGroups::save(const State &s) {
  Values values = s.p;
  values.append(s.dk);
  values.append(s.dv);
  return values;
}
KeyGroups::State KeyGroups::restore(ValueRange values) const {
  return {Values(values.take_front(queries / 4)), Values(values.slice(queries / 4, dim / 2)),
          Values(values.slice(queries / 4 + dim / 2, dim / 2))};
}

} // namespace samba::gpu
