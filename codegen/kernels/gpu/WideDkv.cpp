//===- WideDkv.cpp - dk and dv of heads of 256 channels on the tensor cores ------------------------===//
//
// The equations are in AttentionGradTile.h. dk and dv of 64 keys take 128 registers of each thread of a warp
// group, each: one warp group has dv, the other dk, of the block's 64 keys, and both walk over tiles of 32
// queries in the same manner. The one takes P^T from S^T = K Q^T and adds dV += P^T dO; the other dS^T = P^T
// (dP^T - delta) from dP^T = V dO^T and adds dK += dS^T Q. P^T goes from the one to the other through shared
// memory, from each thread to the thread with the same place in the fragment. A step issues the scores of the
// next tile and the sums of this one, and takes the next pairs while the sums run.
//
// Cost: 8 dim flops and one exp2 for each visible pair; q and do are read once for each 64 keys.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DkvBlock.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class WideDkv : public DkvBlock {
public:
  WideDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x)
      : DkvBlock(k, sizes, x, {/*keys=*/64, /*queries=*/32, /*querySlots=*/4, /*gradSlots=*/4}) {}

private:
  static constexpr int64_t passedSlots = 2;

  void reserve() override {
    passed.emplace(k, passedSlots, keys * queries * 2, /*readingWarps=*/4, /*fillingWarps=*/4);
  }
  void initRings() override { passed->init(); }

  /// What a warp group does.
  struct Role {
    const TileRing &own;    ///< K or V
    const TileRing &scored; ///< multiplied with it: Q or dO
    const TileRing &summed; ///< multiplied with the pairs: dO or Q
    GroupParts::Which result;
    double scale;
    function_ref<Values(Values scores, Value number, Value tile)> pairsOf;
  };

  void consume() override {
    auto passP = [&](Values scores, Value number, Value tile) { return pass(scores, number, tile); };
    auto takeP = [&](Values products, Value number, Value) { return takeOver(products, number); };
    k.choose(
        k.equal(consumer, 0),
        [&]() -> Values {
          run({*keyTile, *queryRing, *gradRing, GroupParts::dv, 1, passP});
          return {};
        },
        [&]() -> Values {
          run({*valueTile, *gradRing, *queryRing, GroupParts::dk, sizes.scale(), takeP});
          return {};
        });
  }

  void run(const Role &role) {
    const Value zero = k.integer(0), last = k.sub(steps, 1);
    role.own.waitFull(zero);
    role.scored.waitFull(zero);
    k.wgmmaFence();
    Values scores = k.wgmmaWait(0, issueScores(role.own, role.scored, zero, zero));
    Values carried = role.pairsOf(scores, zero, walk->low);
    role.scored.release(zero);
    const size_t pairs = carried.size();
    carried.append(zeros(k, dim / 2));
    carried.push_back(walk->low);
    carried = k.loop(0, last, 1, carried, [&](Value number, ValueRange c) {
      number = k.uniform(number);
      Value next = k.add(number, 1), nextTile = k.uniform(walk->next(c.back()));
      role.scored.waitFull(next);
      k.wgmmaFence();
      Values scores = issueScores(role.own, role.scored, zero, next);
      Values sums = issueSums(role, c.drop_back(), pairs, number);
      scores = k.wgmmaWait(1, scores);
      // The sums still read this step's pairs: the next ones are held apart and become pairs behind the wait.
      Values held = k.unpackPairs(role.pairsOf(scores, next, nextTile));
      sums.append(held);
      sums = k.wgmmaWait(0, sums);
      role.scored.release(next);
      role.summed.release(number);
      Values result = k.packPairs(ValueRange(sums).drop_front(dim / 2));
      result.append(sums.begin(), sums.begin() + dim / 2);
      result.push_back(nextTile);
      return result;
    });
    Values sums = k.wgmmaWait(0, issueSums(role, ValueRange(carried).drop_back(), pairs, last));
    for (Value &sum : sums)
      sum = k.mul(sum, role.scale);
    store(role.result, sums, role.own, zero);
    waitForStores();
  }

  /// `state`: pairs, then sums.
  Values issueSums(const Role &role, ValueRange state, size_t pairs, Value number) {
    role.summed.waitFull(number);
    k.wgmmaFence(); // the wait was a branch
    return gpu::issueSums(k, Values(state.drop_front(pairs)), state.take_front(pairs),
                          role.summed.tile(number), queries);
  }

  /// Where this thread's pairs of step `number` lie, 16 bytes of them: the others 16 bytes of all threads
  /// further.
  Value passedTo(Value number) {
    return k.at(passed->tile(number), k.shiftLeft(k.bitAnd(k.threadId(), 127), 4));
  }
  static constexpr int64_t passedStride = 128 * 16;

  /// P^T, also to the other warp group.
  Values pass(Values scores, Value number, Value tile) {
    Value key = k.add(firstKey, k.fragmentRow(0));
    scores = walk->hideUnseen(scores, tile, {key, k.add(key, 8)});
    Values p = probabilities(k, scores, statisticsOf(number), sizes.scale2());
    passed->waitEmpty(number);
    for (size_t i = 0; i < p.size(); i += 4)
      k.storeWords(ValueRange(p).slice(i, 4), k.at(passedTo(number), int64_t(i / 4) * passedStride));
    passed->filled(number);
    return p;
  }

  /// dS^T
  Values takeOver(Values products, Value number) {
    queryRing->waitFull(number); // the statistics
    passed->waitFull(number);
    Values p;
    for (int64_t i = 0; i < queries / 16; ++i)
      p.append(k.loadWords(k.at(passedTo(number), i * passedStride), 4));
    k.warpBarrier();
    passed->release(number);
    return scoreGradients(k, p, products, statisticsOf(number));
  }

  std::optional<TileRing> passed; ///< P^T
};

} // namespace

void emitWideDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x) {
  WideDkv(k, sizes, x).emit();
}

} // namespace samba::gpu
