//===- FlashForward.cpp - attention forward on the tensor cores ------------------------------------===//
//
//   s_ij = q_i k_j / sqrt(head_dim)    i - window < j <= i
//   m_i = max_j s_ij,  l_i = sum_j exp(s_ij - m_i)
//   o_i = sum_j exp(s_ij - m_i) v_j / l_i,  lse_i = m_i + log l_i
//
// After FlashAttention-3 (Shah et al. 2024). An item of work is 64 queries for each of two warp groups (or
// three, FlashSchedules.h) of one head; a block for each multiprocessor walks over the items that WorkList.h
// deals to it. Warp group 0 loads, one thread of it, ahead into the next item; the others own 64 queries each
// and keep scores, probabilities and sums in registers. A step issues S = Q K^T of one tile of keys and O +=
// P V of the tile before it, and takes the softmax of the former while the latter runs; the last P V of an
// item goes with the first Q K^T of the next. Tiles outside of the window are never touched, a warp group
// passes by those that only others see, and only tiles on the window's two edges are masked. Over a ring the
// same walk goes on through the slots.
//
// Cost: 4 dim flops and one exp2 for each visible pair. K and V are read once for each 128 queries: at a
// window of 2048 and dim 128 a block of queries takes 8.6 us of the tensor cores for 1.1 MB, most of it from
// the L2 cache.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionForward.h"
#include "codegen/kernels/gpu/FlashSchedules.h"
#include "codegen/kernels/gpu/WorkList.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class FlashForward {
public:
  FlashForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x)
      : k(k), sizes(sizes), x(x), tiling(FlashSchedule::of(sizes.op, sizes.dim, sizes.ring)), dim(sizes.dim),
        outputColumns(std::min<int64_t>(dim, 128)),
        blocksOfQueries(llvm::divideCeil(sizes.T, tiling.queries())),
        work(k, blocksOfQueries * sizes.queryHeads * sizes.B,
             [this](int64_t number) { return costOf(number); }) {}

  void emit() {
    k.begin({{work.blocks, 1, 1}, 128 * (1 + tiling.groups)});
    prepare();
    emitRoles(
        k, [&] { produce(); },
        [&](Value number) {
          consumer = number;
          consume();
        },
        /*handOut=*/{}, tiling.groups);
    k.end();
  }

private:
  // ---- shared memory -------------------------------------------------------------------------------------

  void prepare() {
    int64_t warps = 4 * tiling.groups, keyBytes = tiling.keys * dim * 2;
    queryRing.emplace(k, tiling.querySlots, tiling.queries() * dim * 2, warps);
    keyRing.emplace(k, tiling.keySlots, keyBytes, warps);
    valueRing.emplace(k, tiling.keySlots, keyBytes, warps);
    output = k.reserveShared(tiling.queries() * outputColumns * 2, 1024);
    mapQ = headMap(k, x.q, sizes.queryHeads, tiling.queries());
    mapK = headMap(k, x.k, sizes.keyHeads, tiling.keys);
    mapV = headMap(k, x.v, sizes.keyHeads, tiling.keys);
    mapO = headMap(k, x.o, sizes.queryHeads, 64);
    if (sizes.ring) {
      mapRingK = headMap(k, x.ringK, sizes.keyHeads, tiling.keys);
      mapRingV = headMap(k, x.ringV, sizes.keyHeads, tiling.keys);
    }
    k.when(k.equal(k.threadId(), 0), [&] {
      for (TileRing *ring : {&*queryRing, &*keyRing, &*valueRing})
        ring->init();
      k.fenceBarrierInit();
    });
    k.barrier();
    if (sizes.ring && sizes.B == 1)
      onlyCursor = loadCursor(k, x.position, k.integer(0), sizes.ring);
  }

  // ---- work ----------------------------------------------------------------------------------------------

  /// Queries of one head, and where the rings stand when it begins.
  struct Item {
    Value first, head, batch; ///< first query
    KeyWalk keys;
    Value use, turn; ///< tiles of keys and items that this block had before
    Value next;      ///< `use` of the block's next item
  };

  /// The longest items of a head come first.
  int64_t costOf(int64_t number) const {
    constexpr int64_t ofTheItem = 1; // as many tiles as what an item costs besides them
    int64_t first = (blocksOfQueries - 1 - number % blocksOfQueries) * tiling.queries();
    int64_t end = std::min(first + tiling.queries(), sizes.T), begin = first + 1 - sizes.window;
    if (sizes.ring)
      return (end - begin) / tiling.keys + ofTheItem;
    return (end - 1) / tiling.keys - std::max<int64_t>(begin, 0) / tiling.keys + 1 + ofTheItem;
  }

  Item itemAt(Value turn, Value use) {
    Value number = k.uniform(work.item(turn)); // ptxas loses track of it in the loops
    Value column = k.div(number, blocksOfQueries);
    Value first = k.mul(k.sub(blocksOfQueries - 1, k.rem(number, blocksOfQueries)), tiling.queries());
    if (blocksOfQueries <= 2) // loops of few turns would fall away, and ptxas spill
      first = k.madeHere(first);
    Value head = k.rem(column, sizes.queryHeads), batch = k.div(column, sizes.queryHeads);
    KeyWalk keys(k, sizes, tiling.queries(), tiling.keys, batch, first, cursorOf(batch));
    use = k.uniform(use);
    return {first, head, batch, keys, use, k.uniform(turn), k.add(use, keys.count)};
  }
  RingCursor cursorOf(Value batch) {
    return sizes.ring && sizes.B > 1 ? loadCursor(k, x.position, batch, sizes.ring) : onlyCursor;
  }

  /// Of its tiles those that the queries of this warp group see.
  Item ownPart(const Item &item) {
    if (!tiling.ownTiles())
      return item;
    Value before = k.mul(k.uniform(consumer), 64);
    Value first = k.min(k.add(item.first, before), (sizes.T - 1) / 64 * 64);
    KeyWalk own(k, sizes, 64, tiling.keys, item.batch, first, cursorOf(item.batch));
    Value newer = k.sub(item.keys.high, own.high);
    if (sizes.documents || sizes.ring) { // more than a sequence's window passes by, the slots do not hold
      Value older = k.div(k.add(before, tiling.keys - 1), tiling.keys);
      own.count = k.max(own.count, k.sub(k.sub(item.keys.count, newer), older));
    }
    return {item.first, item.head, item.batch, own, k.add(item.use, newer), item.turn, item.next};
  }

  // ---- the loading thread --------------------------------------------------------------------------------

  void produce() {
    for (Value map : {mapQ, mapK, mapV})
      k.prefetchTensorMap(map);
    k.loop(0, work.count(), 1, {k.integer(0)}, [&](Value turn, ValueRange carried) -> Values {
      Item item = itemAt(turn, carried[0]);
      queryRing->waitEmpty(item.turn);
      queryRing->expect(item.turn, tiling.queries() * dim * 2);
      loadHead(k, queryRing->tile(item.turn), mapQ, tiling.queries(), dim, item.head, item.first, item.batch,
               queryRing->full(item.turn));
      Value keyHead = k.div(item.head, sizes.group());
      k.loop(0, item.keys.count, 1, [&](Value i) {
        KeyTile tile = item.keys.tile(i);
        Value use = k.add(item.use, i);
        loadKeys(*keyRing, use, mapK, mapRingK, tile, keyHead, item.batch);
        loadKeys(*valueRing, use, mapV, mapRingV, tile, keyHead, item.batch);
      });
      return {item.next};
    });
  }

  void loadKeys(const TileRing &ring, Value use, Value map, Value ringMap, const KeyTile &tile, Value head,
                Value batch) {
    ring.waitEmpty(use);
    ring.expect(use, tiling.keys * dim * 2);
    auto load = [&](Value from) -> Values {
      loadHead(k, ring.tile(use), from, tiling.keys, dim, head, tile.row, batch, ring.full(use));
      return {};
    };
    if (!tile.isRing)
      load(map);
    else
      k.choose(tile.isRing, [&] { return load(ringMap); }, [&] { return load(map); });
  }

  // ---- products: issued, not waited for ------------------------------------------------------------------

  struct State {
    Values o, p; ///< [64, dim] f32, and pairs of the last tile's probabilities [64, keys]
    SoftmaxRows rows;
  };

  /// S = Q K^T of tile number `use`, and O += P V of the tile `before`; S has arrived.
  Values issueBoth(State &s, Value turn, Value before, Value use) {
    keyRing->waitFull(use);
    awaitTurn();
    k.wgmmaFence();
    Values scores = issueQK(turn, use);
    valueRing->waitFull(before);
    k.wgmmaFence(); // the wait was a branch
    s.o = issueSums(k, s.o, s.p, valueRing->tile(before), tiling.keys);
    passTurn();
    scores = k.wgmmaWait(1, scores);
    keyRing->release(use);
    return scores;
  }
  /// The named barrier at which a warp group waits for its turn.
  Value turnOf(Value group) { return k.add(group, tiling.groups + 1); }
  void awaitTurn() {
    if (tiling.inTurn)
      k.namedBarrier(turnOf(k.uniform(consumer)), 2 * 128);
  }
  void passTurn() {
    if (!tiling.inTurn)
      return;
    Value next = tiling.groups == 2 ? k.sub(1, k.uniform(consumer))
                                    : k.rem(k.add(k.uniform(consumer), 1), tiling.groups);
    k.namedBarrierArrive(turnOf(next), 2 * 128);
  }
  Values issueQK(Value turn, Value use) {
    Value queries = k.at(queryRing->tile(k.madeHere(turn)), k.mul(k.uniform(consumer), 64 * 128));
    return issueScores(k, queries, tiling.queries(), keyRing->tile(use), tiling.keys, dim);
  }
  void finishPV(State &s, Value use) {
    s.o = k.wgmmaWait(0, s.o);
    valueRing->release(use);
  }

  /// Tiles that other warp groups see and this one does not: it takes its turns. Their values are passed by
  /// when all tiles before are done with.
  void passKeysBy(Value begin, Value end) {
    passBy(*keyRing, begin, end, [&] { awaitTurn(), passTurn(); });
  }
  void passValuesBy(Value begin, Value end) {
    passBy(*valueRing, begin, end, [] {});
  }
  void passBy(const TileRing &ring, Value begin, Value end, function_ref<void()> body) {
    if (tiling.ownTiles())
      k.loop(begin, end, 1, [&](Value use) {
        ring.waitFull(use); // else its release were taken for one of the tile before
        body();
        k.warpBarrier();
        ring.release(use);
      });
  }

  // ---- a tile --------------------------------------------------------------------------------------------

  /// What a tile may hold that a query does not see: keys after it, keys before its window or document.
  enum class Masking { never, after, before, both, bothWherePartial };

  /// Positions of this thread's two queries.
  std::array<Value, 2> queriesOf(const Item &item) {
    Value row = k.add(k.add(item.first, k.mul(consumer, 64)), k.fragmentRow(0));
    return {row, k.add(row, 8)};
  }

  Values masked(Values scores, const Item &item, Value i, Masking masking) {
    if (masking == Masking::never)
      return scores;
    KeyTile tile = item.keys.tile(i);
    auto apply = [&] {
      Visible visible = item.keys.visible(tile, queriesOf(item));
      if (masking == Masking::after)
        visible.begin[0] = visible.begin[1] = Value();
      if (masking == Masking::before)
        visible.end[0] = visible.end[1] = Value();
      return hide(k, scores, visible);
    };
    if (masking != Masking::bothWherePartial)
      return apply();
    return k.choose(tile.isPartial, apply, [&] { return scores; });
  }

  State firstSoftmax(Values scores, const Item &item) {
    State s;
    bool isInWindow = !sizes.documents && sizes.window >= tiling.keys;
    scores = masked(scores, item, k.integer(0), isInWindow ? Masking::after : Masking::both);
    softmax(k, scores, s.rows, sizes.scale2(), /*first=*/true);
    s.p = k.packPairs(scores);
    s.o = zeros(k, dim / 2);
    return s;
  }
  State firstTile(const Item &item) {
    passKeysBy(k.integer(0), item.use);
    passValuesBy(k.integer(0), item.use);
    queryRing->waitFull(item.turn);
    keyRing->waitFull(item.use);
    awaitTurn();
    k.wgmmaFence();
    Values scores = issueQK(item.turn, item.use);
    passTurn();
    scores = k.wgmmaWait(0, scores);
    keyRing->release(item.use);
    return firstSoftmax(scores, item);
  }
  State nextTile(State s, const Item &item, Value use, Masking masking) {
    Value before = k.sub(use, 1);
    Values scores = masked(issueBoth(s, item.turn, before, use), item, k.sub(use, item.use), masking);
    std::array<Value, 2> shrink = softmax(k, scores, s.rows, sizes.scale2(), /*first=*/false);
    finishPV(s, before);
    s.p = k.packPairs(scores);
    s.o = scaleRows(k, s.o, shrink);
    return s;
  }

  // ---- the schedule --------------------------------------------------------------------------------------

  /// All tiles of an item but the first.
  State innerTiles(State s, const Item &item) {
    Value use = k.add(item.use, 1), last = item.keys.count;
    auto upTo = [&](Value i, Masking masking) {
      Value end = k.max(k.add(item.use, k.min(i, last)), use);
      s = restore(k.loop(use, end, 1, save(s), [&](Value use, ValueRange carried) {
        return save(nextTile(restore(carried), item, k.uniform(use), masking));
      }));
      use = end;
    };
    if (sizes.ring) {
      upTo(last, Masking::bothWherePartial);
    } else {
      // Else only the first tile holds keys after a query.
      bool areAfter = tiling.keys % (tiling.ownTiles() ? 64 : tiling.queries());
      if (areAfter)
        upTo(item.keys.fullBegin, Masking::both);
      upTo(sizes.seesAll() ? last : item.keys.fullEnd, Masking::never);
      if (!sizes.seesAll())
        upTo(last, areAfter ? Masking::both : Masking::before);
    }
    queryRing->release(item.turn);
    return s;
  }

  /// The last P V of `item` goes with the first Q K^T of `next`; what `item` stores, with the other group's
  /// products.
  State nextItem(State s, const Item &item, const Item &next) {
    Value end = k.add(item.use, item.keys.count), last = k.sub(end, 1);
    passKeysBy(end, next.use);
    queryRing->waitFull(next.turn);
    Values scores = issueBoth(s, next.turn, last, next.use);
    State started = firstSoftmax(scores, next);
    finishPV(s, last);
    passValuesBy(end, next.use);
    finish(itemAt(item.turn, item.use), s); // read again: what was read early would take registers
    return started;
  }
  void lastTile(State s, const Item &item) {
    Value end = k.add(item.use, item.keys.count), last = k.sub(end, 1);
    valueRing->waitFull(last);
    k.wgmmaFence();
    s.o = issueSums(k, s.o, s.p, valueRing->tile(last), tiling.keys);
    finishPV(s, last);
    passKeysBy(end, item.next);
    passValuesBy(end, item.next);
    finish(item, s);
  }

  void consume() {
    Value zero = k.integer(0), count = k.uniform(work.count());
    k.when(k.equal(consumer, tiling.groups - 1), [&] { passTurn(); });
    Values carried = save(firstTile(ownPart(itemAt(zero, zero))));
    carried.push_back(zero);
    carried = k.loop(0, k.sub(count, 1), 1, carried, [&](Value turn, ValueRange c) {
      Item item = ownPart(itemAt(turn, c.back()));
      State s = innerTiles(restore(c), item);
      Item next = ownPart(itemAt(k.add(turn, 1), item.next));
      Values result = save(nextItem(s, item, next));
      result.push_back(item.next);
      return result;
    });
    Item item = ownPart(itemAt(k.sub(k.uniform(work.count()), 1), carried.back()));
    lastTile(innerTiles(restore(carried), item), item);
    k.when(isFirstOfGroup(),
           [&] { k.bulkWait(0, /*readOnly=*/true); }); // shared memory outlives the last store
  }

  static Values save(const State &s) {
    Values values = s.o;
    values.append(s.p);
    values.append({s.rows.maximum[0], s.rows.maximum[1], s.rows.sum[0], s.rows.sum[1]});
    return values;
  }
  State restore(ValueRange values) {
    int64_t nO = dim / 2, nP = tiling.keys / 4;
    ValueRange rows = values.slice(nO + nP, 4);
    return {Values(values.take_front(nO)),
            Values(values.slice(nO, nP)),
            {{rows[0], rows[1]}, {rows[2], rows[3]}}};
  }

  // ---- what an item stores -------------------------------------------------------------------------------

  Value isFirstOfGroup() { return k.equal(k.bitAnd(k.threadId(), 127), 0); }

  void finish(const Item &item, const State &s) {
    std::array<Value, 2> inverse, row = queriesOf(item);
    for (int64_t r = 0; r < 2; ++r) {
      Value sum = k.sumLanes(s.rows.sum[r], 4);
      inverse[r] = k.reciprocal(sum);
      if (x.lse)
        storeLse(k, sizes, x.lse, item.batch, item.head, row[r],
                 lseOf(k, s.rows.maximum[r], sum, sizes.scale2()));
    }
    storeOutput(item, k.packPairs(scaleRows(k, s.o, inverse)));
  }

  /// Registers -> swizzled shared memory -> TMA, which clips queries from T on; outputColumns at a time.
  void storeOutput(const Item &item, ValueRange pairs) {
    Value consumer = k.uniform(this->consumer), thread = k.threadIdAgain();
    Value tile = k.at(k.sharedMemory(output), k.mul(consumer, 64 * outputColumns * 2)),
          barrier = k.add(consumer, 1);
    for (int64_t column = 0; column < dim; column += outputColumns) {
      k.when(isFirstOfGroup(), [&] { k.bulkWait(0, /*readOnly=*/true); });
      k.namedBarrier(barrier, 128);
      storeFragment(k, pairs.slice(column / 4, outputColumns / 4), tile, 64, thread);
      k.fenceAsyncShared();
      k.namedBarrier(barrier, 128);
      k.when(isFirstOfGroup(), [&] {
        Value token = k.add(item.first, k.mul(consumer, 64));
        for (int64_t chunk = 0; chunk < outputColumns / 64; ++chunk)
          k.tmaStore(mapO, k.at(tile, chunk * 64 * 128),
                     {k.integer(column + 64 * chunk), item.head, token, item.batch});
        k.bulkCommit();
      });
    }
  }

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const AttentionOperands &x;
  const FlashSchedule tiling;
  const int64_t dim, outputColumns; ///< outputColumns: of O in shared memory at once
  const int64_t blocksOfQueries;
  const WorkList work;
  std::optional<TileRing> queryRing, keyRing, valueRing;
  int64_t output = 0; ///< in shared memory
  Value mapQ, mapK, mapV, mapRingK, mapRingV, mapO;
  RingCursor onlyCursor; ///< of a batch of one
  Value consumer;        ///< warp group among those that compute
};

} // namespace

void emitFlashForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x) {
  FlashForward(k, sizes, x).emit();
}

} // namespace samba::gpu
