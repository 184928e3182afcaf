//===- FlashDkv.cpp - dk and dv on the tensor cores ------------------------------------------------===//
//
// The equations are in AttentionGradTile.h; after FlashAttention-2 and 3 (Dao 2023, Shah et al. 2024). A
// block has 128 keys and walks over tiles of 64 queries; warp groups 1 and 2 own 64 keys each and keep dk and
// dv in registers. A step has P^T of its queries at hand:
//
//   dP^T = V dO^T and dV += P^T dO are issued; dS^T = P^T (dP^T - delta) is taken while the latter runs;
//   S^T = K Q^T of the next queries and dK += dS^T Q are issued; P^T of the next is taken while the latter
//   runs.
//
// Cost: 8 dim flops and one exp2 for each visible pair. q and do are read once for each 128 keys: at a window
// of 2048 and dim 128 a block takes 35 us of the tensor cores for 1.1 MB of them, most of it from the L2
// cache.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DkvBlock.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class FlashDkv : public DkvBlock {
public:
  FlashDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x)
      : DkvBlock(k, sizes, x,
                 {/*keys=*/128, /*queries=*/sizes.dim == 64 ? 128 : 64, /*querySlots=*/3, /*gradSlots=*/3}) {}

private:
  /// Between steps nothing is in flight.
  struct State {
    Values p, dk, dv; ///< pairs of P^T [64, queries] of the next step; [64, dim] f32
  };

  Value rows() { return k.mul(consumer, 64); }
  Values issueS(Value number) { return issueScores(*keyTile, *queryRing, rows(), number); }
  Values issueDP(Value number) { return issueScores(*valueTile, *gradRing, rows(), number); }

  Values firstProbabilities() {
    Value number = k.integer(0);
    keyTile->waitFull(number);
    queryRing->waitFull(number);
    k.wgmmaFence();
    return probabilitiesOf(k.wgmmaWait(0, issueS(number)), number, walk->low);
  }
  Values probabilitiesOf(Values scores, Value number, Value tile) {
    Value key = k.add(k.add(firstKey, rows()), k.fragmentRow(0));
    scores = walk->hideUnseen(scores, tile, {key, k.add(key, 8)});
    return probabilities(k, scores, statisticsOf(number), sizes.scale2());
  }

  /// Step `number`; `nextTile`: of the step after it, null if there is none.
  State step(State s, Value number, Value nextTile) {
    gradRing->waitFull(number);
    k.wgmmaFence();
    Values products = issueDP(number);
    s.dv = issueSums(k, s.dv, s.p, gradRing->tile(number), queries);
    products = k.wgmmaWait(1, products);
    Values ds = scoreGradients(k, s.p, products, statisticsOf(number));
    Value next = k.add(number, 1);
    Values scores;
    if (nextTile)
      queryRing->waitFull(next);
    k.wgmmaFence();
    if (nextTile)
      scores = issueS(next);
    s.dk = issueSums(k, s.dk, ds, queryRing->tile(number), queries);
    if (nextTile) {
      scores = k.wgmmaWait(1, scores); // and dV
      gradRing->release(number);
      s.p = probabilitiesOf(scores, next, nextTile);
    }
    Values sums = s.dk;
    sums.append(s.dv);
    sums = k.wgmmaWait(0, sums);
    s.dk.assign(sums.begin(), sums.begin() + dim / 2);
    s.dv.assign(sums.begin() + dim / 2, sums.end());
    if (nextTile)
      queryRing->release(number);
    return s;
  }

  void consume() override {
    State first{firstProbabilities(), zeros(k, dim / 2), zeros(k, dim / 2)};
    valueTile->waitFull(k.integer(0));
    Values carried = save(first);
    carried.push_back(walk->low);
    Value last = k.sub(steps, 1);
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
    store(GroupParts::dk, s.dk, *keyTile, rows());
    waitForStores();
  }

  static Values save(const State &s) {
    Values values = s.p;
    values.append(s.dk);
    values.append(s.dv);
    return values;
  }
  State restore(ValueRange values) {
    return {Values(values.take_front(queries / 4)), Values(values.slice(queries / 4, dim / 2)),
            Values(values.slice(queries / 4 + dim / 2, dim / 2))};
  }
};

} // namespace

void emitFlashDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x) {
  FlashDkv(k, sizes, x).emit();
}

} // namespace samba::gpu
