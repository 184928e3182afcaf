//===- FlashGrad.cpp - dq, dk and dv in one pass on the tensor cores -------------------------------===//
//
// The equations are in AttentionGradTile.h and FlashDq.cpp; after FlashAttention-2 and 3 (Dao 2023, Shah et
// al. 2024). A block has 128 keys and walks over tiles of queries; warp groups 1 and 2 own 64 keys each and
// keep dk and dv in registers; of queries that only the other's keys are seen by they take dQ alone. dS of
// all keys of the block goes through shared memory to dQ = dS K, of which each warp group computes a half;
// one thread of warp group 0 adds these sums of a tile of queries to those of other blocks in global memory,
// f32, by the copy engine. A step has P^T of its queries at hand:
//
//   dP^T = V dO^T and dV += P^T dO are issued; dS^T = P^T (dP^T - delta) is taken and stored while the latter
//   runs; dQ = dS K, S^T = K Q^T of the next queries and dK += dS^T Q are issued; dQ is handed out while the
//   latter two run, and P^T of the next queries is taken while the last runs.
//
// The order in which blocks add to a tile is always the same: the block on the diagonal stores, and a counter
// of each tile says whose turn is next, those of later keys first. Blocks take their keys in that order too,
// by a counter, so that a block only waits for blocks that have started before it. The waiting is free: a
// block reaches a tile as much later as 128 queries take than the block that adds before it. Another launch
// rounds dq, beside the last blocks: it goes by the counters, too. Where q and k are turned by a rotary
// embedding, their gradients are turned back while they are f32.
//
// Cost: 10 dim flops and one exp2 for each visible pair, and 4 dim bytes of dq added for each query and 128
// keys.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/KeyGroups.h"
#include "codegen/kernels/gpu/Rotary.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class FlashGrad : public KeyGroups {
public:
  FlashGrad(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x)
      : KeyGroups(k, sizes, x, /*slots=*/2),
        sumsPlace(k.reserveScratch(sizes.B * sizes.queryHeads * statistics.tiles * sumBytes())) {}

private:
  // ---- shared memory, the order of blocks ----------------------------------------------------------------

  static constexpr int64_t bothGroups = 3; ///< named barrier
  /// Bytes of dQ and of dS of a tile.
  int64_t sumBytes() const { return queries * dim * 4; }
  int64_t scoreBytes() const { return queries * keys * 2; }

  void reserve() override {
    sumRing.emplace(k, 2, sumBytes(), /*readingWarps=*/1, /*fillingWarps=*/4 * groups);
    scores = k.reserveShared(2 * scoreBytes(), 1024);
    ticket = k.reserveShared(16, 16);
  }
  void initRings() override {
    sumRing->init();
    k.storeScalar(k.countUp(statistics.counterOfBlocks()), k.sharedMemory(ticket), k.i32);
  }
  /// The last keys of a head come first.
  Value place() override {
    Value number = k.uniform(k.loadScalar(k.sharedMemory(ticket), k.i32)),
          inHead = k.rem(number, blocksOfKeys);
    return k.add(k.sub(number, inHead), k.sub(blocksOfKeys - 1, inHead));
  }
  bool handsOut() const override { return true; }

  /// dS of step `number`: [queries, keys] in two chunks of 64 keys, one from each warp group.
  Value scoreTile(Value number) {
    return k.at(k.sharedMemory(scores), k.mul(k.bitAnd(number, 1), scoreBytes()));
  }

  // ---- the thread that adds dq up ------------------------------------------------------------------------

  void handOut() override {
    k.loop(0, steps, 1, {walk->low, firstHead}, [&](Value step, ValueRange carried) -> Values {
      Value tile = carried[0], head = carried[1];
      add(step, tile, head);
      return {walk->next(tile), walk->headAfter(tile, head)};
    });
  }

  /// Of the block that has a key, among those that add to a tile; 0: it is on the diagonal.
  Value turnOf(Value tile, Value key) { return k.sub(k.div(tile, keys / queries), k.div(key, keys)); }

  /// Adds a tile's sums in turn, and passes the turn on when they have arrived.
  void add(Value step, Value tile, Value head) {
    Value number = statistics.number(batch, head, tile), counter = statistics.counter(number);
    Value to = k.at(k.scratch(sumsPlace), k.mul(k.extend(number), sumBytes()));
    Value myTurn = turnOf(tile, firstKey);
    sumRing->waitFull(step);
    Value from = sumRing->tile(step);
    k.choose(
        k.equal(myTurn, 0),
        [&]() -> Values {
          k.bulkStore(to, from, sumBytes());
          return {};
        },
        [&]() -> Values {
          k.awaitCount(counter, myTurn);
          k.bulkAdd(to, from, sumBytes());
          return {};
        });
    k.bulkCommit();
    k.bulkWait(0, /*readOnly=*/true);
    sumRing->release(step);
    k.bulkWait(0, /*readOnly=*/false);
    k.countUp(counter);
  }

  // ---- products: issued, not waited for ------------------------------------------------------------------

  /// dQ = dS K: half of the queries [64, 64], or of the columns.
  Values issueDQ(Value number) {
    Value left = scoreTile(number), right = keyTile->tile(k.integer(0)), group = k.uniform(consumer);
    if (queries == 128)
      left = k.at(left, k.mul(group, 64 * 128));
    else
      right = k.at(right, k.mul(group, keys * 128));
    Value a = k.descriptor(left), b = k.descriptor(right, keys * 128);
    Values sums = undefined(k, 32);
    for (int64_t step = 0; step < keys / 16; ++step)
      sums = k.wgmma(sums, k.add(a, step / 4 * queries * 8 + step % 4 * 2), k.add(b, step * 16 * 8),
                     /*zero=*/step == 0, /*transposeA=*/false, /*transposeB=*/true);
    k.wgmmaCommit();
    return sums;
  }
  /// dK [64 keys, dim] += dS^T Q. dS^T is read again: its registers are not there to be kept.
  Values issueDK(Values sums, Value number) {
    Value left = k.at(scoreTile(number), k.mul(k.uniform(consumer), queries * 128));
    Value a = k.descriptor(left, queries * 128), b = k.descriptor(queryRing->tile(number), queries * 128);
    for (int64_t step = 0; step < queries / 16; ++step)
      sums = k.wgmma(sums, k.add(a, step * 16 * 8), k.add(b, step * 16 * 8), /*zero=*/false,
                     /*transposeA=*/true, /*transposeB=*/true);
    k.wgmmaCommit();
    return sums;
  }

  // ---- a step --------------------------------------------------------------------------------------------

  /// This thread's number in its warp group; what hangs on it is not worth registers through the loop.
  Value threadOfGroup() { return k.bitAnd(k.threadIdAgain(), 127); }

  /// dS^T [64 keys, queries] to this warp group's chunk of dS, turned on the way.
  void storeScores(ValueRange pairs, Value number) {
    Value thread = threadOfGroup(), lane = k.bitAnd(thread, 31);
    Value row = k.add(k.shiftLeft(k.shiftRight(lane, 4), 3), k.bitAnd(lane, 7));
    Value piece = k.add(k.shiftLeft(k.shiftRight(thread, 5), 1), k.bitAnd(k.shiftRight(lane, 3), 1));
    Value chunk = k.at(scoreTile(number), k.mul(consumer, queries * 128));
    Value first = k.at(chunk, k.swizzle128(row, piece));
    for (int64_t step = 0; step < queries / 16; ++step)
      k.storeMatrix(pairs.slice(4 * step, 4), k.at(first, step * 16 * 128), /*transpose=*/true);
    k.fenceAsyncShared();
  }

  /// A half of dQ as the threads have it: [registers / 4][128 threads][4].
  void storeSums(ValueRange sums, Value number) {
    sumRing->waitEmpty(number);
    Value half = k.at(sumRing->tile(number), k.mul(consumer, sumBytes() / 2));
    Value first = k.at(half, k.shiftLeft(threadOfGroup(), 4));
    for (size_t i = 0; i < sums.size(); i += 4)
      k.store(sums.slice(i, 4), k.at(first, int64_t(i / 4) * 128 * 16), k.f32);
    k.fenceAsyncShared();
    sumRing->filled(number);
  }

  void beforeSteps(Value first) override { gradRing->waitFull(first); }
  void beforeKeysAreOverwritten() override { k.namedBarrier(bothGroups, 128 * groups); } // both have read K

  void passBy(Value number) override {
    storeScores(Values(queries / 4, k.integer(0)), number);
    k.namedBarrier(bothGroups, 128 * groups);
    k.wgmmaFence();
    storeSums(k.wgmmaWait(0, issueDQ(number)), number);
    gradRing->release(number);
    queryRing->release(number);
  }

  State step(State s, Value number, Value nextTile) override {
    k.wgmmaFence();
    Values products = issueDP(number);
    s.dv = issueSums(k, s.dv, s.p, gradRing->tile(number), queries);
    products = k.wgmmaWait(1, products);
    storeScores(scoreGradients(k, s.p, products, statisticsOf(number)), number);
    k.namedBarrier(bothGroups, 128 * groups); // all of dS is there
    Value next = k.add(number, 1);
    Values scores;
    if (nextTile)
      queryRing->waitFull(next);
    k.wgmmaFence();
    if (nextTile)
      scores = issueS(next);
    Values sums = issueDQ(number);
    s.dk = issueDK(s.dk, number);
    if (nextTile) {
      scores = k.wgmmaWait(2, scores); // and dV
      gradRing->release(number);
      s.p = probabilitiesOf(scores, next, nextTile);
      gradRing->waitFull(next); // a branch: ptxas would move the exponentials behind dK's end
    }
    sums = k.wgmmaWait(1, sums);
    storeSums(sums, number);
    awaitSums(s);
    if (nextTile)
      queryRing->release(number);
    return s;
  }

  // ---- dq ------------------------------------------------------------------------------------------------

  /// Blocks of keys that add to a tile of queries: from its diagonal back to the oldest key that it sees.
  Value blocksThatSee(Value sequence, Value tile) {
    Value oldest = k.max(oldestSeen(k, sizes, sequence, k.mul(tile, queries)), 0);
    return k.add(turnOf(tile, oldest), 1);
  }

  /// Sums as the threads had them to dq, of tiles that are complete, beside the blocks of keys that run
  /// still: all of these have begun, and leave multiprocessors idle one by one. A thread has 8 columns of
  /// either half of a head, of two queries.
  void emitMore() override {
    constexpr int64_t threads = 256;
    const int64_t pieces = dim / 16; // of half a head
    const int64_t tiles = sizes.B * sizes.queryHeads * statistics.tiles;
    k.begin({.grid = {tiles, 1, 1}, .threads = threads, .blocksPerSm = 3, .waitsItself = true});
    k.allowLaterLaunches();
    Value tile = k.rem(k.blockId(), statistics.tiles), row = k.div(k.blockId(), statistics.tiles);
    Value head = k.rem(row, sizes.queryHeads), sequence = k.div(row, sizes.queryHeads);
    k.when(k.equal(k.threadId(), 0),
           [&] { k.awaitCount(statistics.counter(k.blockId()), blocksThatSee(sequence, tile)); });
    k.barrier();
    Value thread = k.threadId(), piece = k.rem(thread, pieces), line = k.rem(k.div(thread, pieces), 32),
          group = k.div(thread, pieces * 32); // of queries, 64 each
    Value from = k.at(k.scratch(sumsPlace), k.mul(k.extend(k.blockId()), sumBytes()));
    Value place = k.add(k.mul(k.add(k.mul(group, 8), piece), 128), k.shiftLeft(line, 2));
    Values sums[2];
    for (int64_t half = 0; half < 2; ++half)
      sums[half] = k.load(k.at(from, k.shiftLeft(k.add(place, half * pieces * 128), 4)), k.f32, 16);
    // line: 8 warp + lane / 4
    Value inTile = k.add(k.shiftLeft(k.shiftRight(line, 3), 4), k.bitAnd(line, 7));
    Value query = k.add(k.mul(tile, queries), k.add(k.mul(group, 64), inTile));
    Value column = k.add(k.mul(head, dim), k.shiftLeft(piece, 3));
    for (int64_t r = 0; r < 2; ++r) {
      Values halves[2];
      for (int64_t half = 0; half < 2; ++half)
        for (int64_t i = 0; i < 8; ++i)
          halves[half].push_back(k.mul(sums[half][4 * (i / 2) + 2 * r + i % 2], sizes.scale()));
      Value token = k.add(query, 8 * r);
      k.when(k.less(token, sizes.T), [&] {
        token = k.add(k.mul(sequence, sizes.T), token);
        if (x.turnDq)
          turnPairs(k, halves[0], halves[1], rotaryAngles(k, x.turnDq, token, piece, 8));
        for (int64_t half = 0; half < 2; ++half)
          k.store(x.dq, k.extend(token), k.add(column, half * dim / 2), halves[half]);
      });
    }
    // Who waits for this launch waits for those before it.
    k.when(k.equal(k.blockId(), tiles - 1), [&] { k.waitForEarlierLaunches(); });
    k.end();
  }

  const int64_t sumsPlace; ///< of dq, in scratch memory: [B, queryHeads, tiles, 2, registers / 4, 128, 4] f32
  int64_t scores = 0, ticket = 0; ///< in shared memory
  std::optional<TileRing> sumRing;
};

} // namespace

void emitFlashGrad(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x) {
  FlashGrad(k, sizes, x).emit();
}

} // namespace samba::gpu
