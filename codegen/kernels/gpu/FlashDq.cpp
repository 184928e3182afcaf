//===- FlashDq.cpp - dq on the tensor cores --------------------------------------------------------===//
//
//   p_ij = exp(q_i k_j / sqrt(dim) - lse_i)      ds_ij = p_ij (do_i v_j - delta_i)
//   dq_i = sum_j ds_ij k_j / sqrt(dim)           i - window < j <= i
//
// After FlashAttention-2 and 3 (Dao 2023, Shah et al. 2024). A block has 128 queries of one head, whose q and
// do stay in shared memory, and walks over the keys that they see. Warp group 0 loads, one thread of it; warp
// groups 1 and 2 own 64 queries each and keep dq, lse and delta in registers. A step issues S = Q K^T of one
// tile of keys, dQ += dS K of the tile before it and dP = dO V^T, and takes P while the latter two run.
//
// Cost: 6 dim flops and one exp2 for each visible pair. K and V are read once for each 128 queries.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionGrad.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// Keys of a tile, and how many tiles are under way.
struct Tiling {
  int64_t keys, keySlots, valueSlots;

  static Tiling of(int64_t dim) {
    if (dim == 64)
      return {128, 3, 2};
    return dim == 128 ? Tiling{96, 3, 3} : Tiling{32, 3, 2};
  }
};

class FlashDq {
  static constexpr int64_t queries = 128, groups = queries / 64;

public:
  FlashDq(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x)
      : k(k), sizes(sizes), x(x), tiling(Tiling::of(sizes.dim)), dim(sizes.dim),
        blocksOfQueries(llvm::divideCeil(sizes.T, queries)) {}

  void emit() {
    k.begin({{blocksOfQueries * sizes.queryHeads * sizes.B, 1, 1}, 128 * (1 + groups)});
    prepare();
    locate();
    emitRoles(
        k, [&] { produce(); },
        [&](Value number) {
          consumer = number;
          consume();
        });
    k.end();
  }

private:
  int64_t queryBytes() const { return queries * dim * 2; }
  int64_t keyBytes() const { return tiling.keys * dim * 2; }

  void prepare() {
    int64_t warps = 4 * groups;
    queryTile.emplace(k, 1, queryBytes(), warps);
    gradTile.emplace(k, 1, queryBytes(), warps);
    keyRing.emplace(k, tiling.keySlots, keyBytes(), warps);
    valueRing.emplace(k, tiling.valueSlots, keyBytes(), warps);
    mapQ = headMap(k, x.q, sizes.queryHeads, queries);
    mapDO = headMap(k, x.dO, sizes.queryHeads, queries);
    mapK = headMap(k, x.k, sizes.keyHeads, tiling.keys);
    mapV = headMap(k, x.v, sizes.keyHeads, tiling.keys);
    mapDq = headMap(k, x.dq, sizes.queryHeads, 64);
    k.when(k.equal(k.threadId(), 0), [&] {
      for (TileRing *ring : {&*queryTile, &*gradTile, &*keyRing, &*valueRing})
        ring->init();
      k.fenceBarrierInit();
    });
    k.barrier();
  }

  /// Which 128 queries of which head; those with the most keys first.
  void locate() {
    Value column = k.div(k.blockId(), blocksOfQueries);
    firstQuery = k.mul(k.sub(blocksOfQueries - 1, k.rem(k.blockId(), blocksOfQueries)), queries);
    head = k.rem(column, sizes.queryHeads), batch = k.div(column, sizes.queryHeads);
    walk.emplace(k, sizes, queries, tiling.keys, batch, firstQuery, RingCursor());
  }

  // ---- the loading thread --------------------------------------------------------------------------------

  void produce() {
    for (Value map : {mapQ, mapK, mapDO, mapV})
      k.prefetchTensorMap(map);
    for (auto [tile, map] : {std::pair(&*queryTile, mapQ), std::pair(&*gradTile, mapDO)}) {
      Value use = k.integer(0);
      tile->expect(use, queryBytes());
      loadHead(k, tile->tile(use), map, queries, dim, head, firstQuery, batch, tile->full(use));
    }
    Value keyHead = k.div(head, sizes.group());
    k.loop(0, walk->count, 1, [&](Value number) {
      for (auto [ring, map] : {std::pair(&*keyRing, mapK), std::pair(&*valueRing, mapV)}) {
        ring->waitEmpty(number);
        ring->expect(number, keyBytes());
        loadHead(k, ring->tile(number), map, tiling.keys, dim, keyHead, walk->tile(number).row, batch,
                 ring->full(number));
      }
    });
  }

  // ---- products: issued, not waited for ------------------------------------------------------------------

  /// This warp group's 64 rows. Asked for again each time: the descriptors, held through the loop, would take
  /// the registers that are not there.
  Value ofGroup(const TileRing &tile) {
    return k.at(tile.tile(k.integer(0)), k.mul(k.uniform(consumer), 64 * 128));
  }
  Values issueS(Value number) {
    return issueScores(k, ofGroup(*queryTile), queries, keyRing->tile(number), tiling.keys, dim);
  }
  Values issueDP(Value number) {
    return issueScores(k, ofGroup(*gradTile), queries, valueRing->tile(number), tiling.keys, dim);
  }
  Values issueDQ(Values dq, ValueRange ds, Value number) {
    return issueSums(k, std::move(dq), ds, keyRing->tile(number), tiling.keys);
  }

  // ---- a tile --------------------------------------------------------------------------------------------

  /// Of this thread's two queries.
  struct Rows {
    std::array<Value, 2> query, shift, delta; ///< shift: -lse in units of log 2
  };

  Rows loadRows() {
    Rows rows;
    Value first = k.add(k.add(firstQuery, k.mul(consumer, 64)), k.fragmentRow(0));
    Value statisticsRow = k.add(k.mul(batch, sizes.queryHeads), head);
    for (int64_t r = 0; r < 2; ++r) {
      rows.query[r] = k.add(first, 8 * r);
      Value existing = k.min(rows.query[r], sizes.T - 1); // what the others get is not stored
      rows.shift[r] = k.mul(k.load(x.lse, statisticsRow, existing), -M_LOG2E);
      rows.delta[r] = k.load(x.delta, statisticsRow, existing);
    }
    return rows;
  }

  Values probabilities(Values scores, const Rows &rows, Value number, bool masked) {
    if (masked)
      scores = hide(k, scores, walk->visible(walk->tile(number), rows.query));
    for (auto [i, s] : llvm::enumerate(scores))
      s = k.exp2(k.fma(s, sizes.scale2(), rows.shift[rowOf(i)]));
    return scores;
  }
  Values scoreGradients(ValueRange p, Values products, const Rows &rows) {
    for (auto [i, product] : llvm::enumerate(products))
      product = k.mul(p[i], k.sub(product, rows.delta[rowOf(i)]));
    return k.packPairs(products);
  }

  struct State {
    Values ds, dq; ///< pairs of the last tile [64, keys], whose product is not issued yet; [64, dim] f32
  };

  State firstTile(const Rows &rows) {
    Value number = k.integer(0);
    for (const TileRing *tile : {&*queryTile, &*keyRing, &*gradTile, &*valueRing})
      tile->waitFull(number);
    k.wgmmaFence();
    Values scores = issueS(number), products = issueDP(number);
    Values p = probabilities(k.wgmmaWait(1, scores), rows, number, /*masked=*/true);
    products = k.wgmmaWait(0, products);
    valueRing->release(number);
    return {scoreGradients(p, products, rows), zeros(k, dim / 2)};
  }

  State nextTile(State s, const Rows &rows, Value number, bool masked) {
    Value before = k.sub(number, 1);
    keyRing->waitFull(number);
    k.wgmmaFence();
    Values scores = issueS(number);
    s.dq = issueDQ(s.dq, s.ds, before);
    valueRing->waitFull(number);
    k.wgmmaFence(); // the wait was a branch
    Values products = issueDP(number);
    Values p = probabilities(k.wgmmaWait(2, scores), rows, number, masked);
    Values both = products;
    both.append(s.dq);
    both = k.wgmmaWait(0, both);
    valueRing->release(number);
    keyRing->release(before);
    products.assign(both.begin(), both.begin() + products.size());
    s.dq.assign(both.begin() + products.size(), both.end());
    s.ds = scoreGradients(p, products, rows);
    return s;
  }

  // ---- the schedule --------------------------------------------------------------------------------------

  void consume() {
    Rows rows = loadRows();
    State s = firstTile(rows);
    Value i = k.integer(1), last = walk->count;
    auto upTo = [&](Value end, bool masked) {
      end = k.min(k.max(end, i), last);
      s = restore(k.loop(i, end, 1, save(s), [&](Value number, ValueRange carried) {
        return save(nextTile(restore(carried), rows, k.uniform(number), masked));
      }));
      i = end;
    };
    if (tiling.keys != queries) // else only the first tile holds keys that a query does not see yet
      upTo(walk->fullBegin, /*masked=*/true);
    upTo(sizes.seesAll() ? last : walk->fullEnd, /*masked=*/false);
    if (!sizes.seesAll())
      upTo(last, /*masked=*/true);
    k.wgmmaFence();
    finish(k.wgmmaWait(0, issueDQ(s.dq, s.ds, k.sub(last, 1))));
  }

  Values save(const State &s) {
    Values values = s.ds;
    values.append(s.dq);
    return values;
  }
  State restore(ValueRange values) {
    return {Values(values.drop_back(dim / 2)), Values(values.take_back(dim / 2))};
  }

  /// Registers -> the place of Q in shared memory -> TMA, which clips queries from T on.
  void finish(Values dq) {
    for (Value &sum : dq)
      sum = k.mul(sum, sizes.scale());
    Value tile = ofGroup(*queryTile), barrier = k.add(consumer, 1);
    k.namedBarrier(barrier, 128); // all warps of the group have read it
    storeFragment(k, k.packPairs(dq), tile, queries);
    k.fenceAsyncShared();
    k.namedBarrier(barrier, 128);
    k.when(k.equal(k.bitAnd(k.threadId(), 127), 0), [&] {
      Value token = k.add(firstQuery, k.mul(consumer, 64));
      for (int64_t chunk = 0; chunk < dim / 64; ++chunk)
        k.tmaStore(mapDq, k.at(tile, chunk * queries * 128), {k.integer(64 * chunk), head, token, batch});
      k.bulkCommit();
      k.bulkWait(0, /*readOnly=*/true); // shared memory outlives the store
    });
  }

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const AttentionGradOperands &x;
  const Tiling tiling;
  const int64_t dim, blocksOfQueries;
  std::optional<TileRing> queryTile, gradTile, keyRing, valueRing;
  Value mapQ, mapK, mapV, mapDO, mapDq;
  Value firstQuery, head, batch;
  std::optional<KeyWalk> walk;
  Value consumer; ///< warp group among those that compute
};

} // namespace

void emitFlashDq(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x) {
  FlashDq(k, sizes, x).emit();
}

} // namespace samba::gpu
