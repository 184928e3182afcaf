//===- DkvBlock.cpp - a block of keys whose dk and dv warp groups compute --------------------------===//
#include "codegen/kernels/gpu/DkvBlock.h"

using namespace mlir;

namespace samba::gpu {

DkvBlock::DkvBlock(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x,
                   const Tiling &tiling)
    : k(k), sizes(sizes), x(x), tiling(tiling), keys(tiling.keys), queries(tiling.queries), dim(sizes.dim),
      blocksOfKeys(llvm::divideCeil(sizes.T, keys)), blocks(blocksOfKeys * sizes.keyHeads * sizes.B),
      parts(k, sizes, x, blocks, blocksOfKeys * keys), statistics(k, sizes, x, queries), ends(k, sizes) {}

void DkvBlock::emit() {
  k.begin({.grid = {blocks * parts.count, 1, 1}, .threads = 128 * (1 + groups), .waitsItself = true});
  k.waitForEarlierLaunches(); // so that later ones find the statistics there
  k.allowLaterLaunches();
  prepare();
  locate();
  auto give = [&] { handOut(); };
  emitRoles(
      k, [&] { produce(); },
      [&](Value number) {
        consumer = number;
        consume();
      },
      handsOut() ? function_ref<void()>(give) : function_ref<void()>());
  k.end();
  parts.emitSum();
  emitMore();
}

void DkvBlock::prepare() {
  constexpr int64_t warps = 4 * groups;
  keyTile.emplace(k, 1, keyBytes(), warps);
  valueTile.emplace(k, 1, keyBytes(), warps);
  // Statistics lie behind the queries, in as many bytes as keep the next tile aligned.
  queryRing.emplace(k, tiling.querySlots, queryBytes() + llvm::alignTo(statistics.bytes, 1024), warps);
  gradRing.emplace(k, tiling.gradSlots, queryBytes(), warps);
  reserve();
  mapQ = headMap(k, x.q, sizes.queryHeads, queries);
  mapDO = headMap(k, x.dO, sizes.queryHeads, queries);
  mapK = headMap(k, x.k, sizes.keyHeads, keys);
  mapV = headMap(k, x.v, sizes.keyHeads, keys);
  if (parts.count == 1) {
    mapDk = headMap(k, x.dk, sizes.keyHeads, 64);
    mapDv = headMap(k, x.dv, sizes.keyHeads, 64);
  }
  k.when(k.equal(k.threadId(), 0), [&] {
    for (TileRing *ring : {&*keyTile, &*valueTile, &*queryRing, &*gradRing})
      ring->init();
    initRings();
    k.fenceBarrierInit();
  });
  k.barrier();
}

/// Which keys of which head, and which query heads. The blocks of a head come after each other, for they read
/// the same queries; those with the most queries first.
void DkvBlock::locate() {
  Value number = place(), column = k.div(number, blocksOfKeys);
  firstKey = k.mul(k.rem(number, blocksOfKeys), keys);
  part = k.rem(column, parts.count), column = k.div(column, parts.count);
  keyHead = k.rem(column, sizes.keyHeads), batch = k.div(column, sizes.keyHeads);
  walk.emplace(k, sizes, ends, keys, queries, batch, firstKey);
  firstHead = parts.firstHead(keyHead, part);
  steps = k.mul(walk->tiles(), k.sub(parts.firstHead(keyHead, k.add(part, 1)), firstHead));
}

void DkvBlock::loadKeys(const TileRing &tile, Value map) {
  Value use = k.integer(0);
  tile.expect(use, keyBytes());
  loadHead(k, tile.tile(use), map, keys, dim, keyHead, firstKey, batch, tile.full(use));
}

void DkvBlock::produce() {
  for (Value map : {mapK, mapV, mapQ, mapDO})
    k.prefetchTensorMap(map);
  loadKeys(*keyTile, mapK);
  loadKeys(*valueTile, mapV);
  k.loop(0, steps, 1, {walk->low, firstHead}, [&](Value number, ValueRange carried) -> Values {
    Value tile = carried[0], head = carried[1], token = k.mul(tile, queries);
    queryRing->waitEmpty(number);
    queryRing->expect(number, queryBytes() + statistics.bytes);
    loadHead(k, queryRing->tile(number), mapQ, queries, dim, head, token, batch, queryRing->full(number));
    k.bulkLoad(statisticsOf(number), statistics.tile(batch, head, tile), statistics.bytes,
               queryRing->full(number));
    gradRing->waitEmpty(number);
    gradRing->expect(number, queryBytes());
    loadHead(k, gradRing->tile(number), mapDO, queries, dim, head, token, batch, gradRing->full(number));
    return {walk->next(tile), walk->headAfter(tile, head)};
  });
}

Values DkvBlock::issueScores(const TileRing &own, const TileRing &ring, Value rows, Value number) {
  // Uniform here: the descriptors, held through the loop, would take the registers that are not there.
  Value left = k.at(own.tile(k.integer(0)), k.mul(k.uniform(rows), 128));
  return gpu::issueScores(k, left, keys, ring.tile(number), queries, dim);
}

/// Registers -> swizzled shared memory -> TMA, which clips keys from T on.
void DkvBlock::store(GroupParts::Which which, const Values &sums, const TileRing &room, Value rows) {
  Value key = k.add(firstKey, rows);
  if (parts.count > 1)
    return parts.store(which, batch, keyHead, part, key, sums);
  Value tile = k.at(room.tile(k.integer(0)), k.mul(rows, 128));
  k.namedBarrier(k.add(consumer, 1), 128); // all warps of the group have read it
  storeFragment(k, k.packPairs(sums), tile, keys);
  k.fenceAsyncShared();
  k.namedBarrier(k.add(consumer, 1), 128);
  k.when(isFirstOfGroup(), [&] {
    for (int64_t chunk = 0; chunk < dim / 64; ++chunk)
      k.tmaStore(which == GroupParts::dk ? mapDk : mapDv, k.at(tile, chunk * keys * 128),
                 {k.integer(64 * chunk), keyHead, key, batch});
    k.bulkCommit();
  });
}

void DkvBlock::waitForStores() {
  if (parts.count == 1)
    k.when(isFirstOfGroup(), [&] { k.bulkWait(0, /*readOnly=*/true); });
}

} // namespace samba::gpu
