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

KeyGroups::Range KeyGroups::ownSteps() {
  // Several heads would have such steps in their midst.
  if (queries == keys || sizes.group() > parts.count)
    return {k.integer(0), steps};
  Value first = k.add(firstKey, k.mul(k.uniform(consumer), 64));
  Value begin = k.min(k.sub(k.div(first, queries), walk->low), k.sub(steps, 1));
  Value lastQuery = k.add(first, 64 - 2 + sizes.window);
  return {begin, k.max(k.min(k.sub(k.div(lastQuery, queries), k.sub(walk->low, 1)), steps), k.add(begin, 1))};
}

void KeyGroups::passBy(Value begin, Value end) {
  k.loop(begin, end, 1, [&](Value step) {
    Value number = k.uniform(step);
    queryRing->waitFull(number);
    gradRing->waitFull(number);
    passBy(number);
  });
}

void KeyGroups::consume() {
  const Value zero = k.integer(0);
  auto [first, end] = ownSteps();
  Value last = k.sub(end, 1);
  if (blocksOfKeys == 1) // a loop of known turns would fall away, and ptxas fence what is left by itself
    last = k.madeHere(last);
  keyTile->waitFull(zero);
  passBy(zero, first);
  queryRing->waitFull(first);
  k.wgmmaFence();
  Value firstTile = k.add(walk->low, first);
  Values p = probabilitiesOf(k.wgmmaWait(0, issueS(first)), first, firstTile);
  valueTile->waitFull(zero);
  beforeSteps(first);
  Values carried = save({p, zeros(k, dim / 2), zeros(k, dim / 2)});
  carried.push_back(firstTile);
  carried = k.loop(first, last, 1, carried, [&](Value number, ValueRange c) {
    Value nextTile = k.uniform(walk->next(c.back()));
    Values result = save(step(restore(c), k.uniform(number), nextTile));
    result.push_back(nextTile);
    return result;
  });
  State s = step(restore(carried), last, Value());
  passBy(k.add(last, 1), steps);
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
