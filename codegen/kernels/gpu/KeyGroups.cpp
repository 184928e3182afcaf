//===- KeyGroups.cpp - gradients of keys, 64 to a warp group --------------------------------------------===//
#include "codegen/kernels/gpu/KeyGroups.h"

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
  if (sizes.T <= queries) // a loop of known turns would fall away, and ptxas fence what is left by itself
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
  beforeKeysAreOverwritten();
  store(GroupParts::dk, s.dk, *keyTile, rows());
  waitForStores();
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
