//===- DkvBlock.h - a block of keys whose dk and dv warp groups compute ----------------------------===//
//
// What FlashDkv.cpp and WideDkv.cpp share: k and v of the block stay in shared memory; warp group 0 loads,
// one thread of it, q with its statistics and do of one tile of queries after the other; warp groups 1 and 2
// compute.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/AttentionGradTile.h"

namespace samba::gpu {

class DkvBlock {
public:
  virtual ~DkvBlock() = default;
  /// All launches.
  void emit();

protected:
  static constexpr int64_t groups = 2;

  /// Rows of tiles, and how many are under way.
  struct Tiling {
    int64_t keys, queries, querySlots, gradSlots;
  };
  DkvBlock(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x,
           const Tiling &tiling);

  /// More rings, before the block's first barrier.
  virtual void reserve() {}
  virtual void initRings() {}
  /// Which of all blocks' keys this block takes, after that barrier.
  virtual Value place() { return k.blockId(); }
  /// Of warp groups 1 and 2.
  virtual void consume() = 0;
  /// Of one more thread of warp group 0, if it has anything to do.
  virtual bool handsOut() const { return false; }
  virtual void handOut() {}
  /// More launches after that of the blocks.
  virtual void emitMore() {}

  /// S^T = K Q^T, dP^T = V dO^T of step `number`: issued. `rows`: the first of 64 keys in the block.
  Values issueScores(const TileRing &keys, const TileRing &queries, Value rows, Value number);
  Value statisticsOf(Value number) const { return k.at(queryRing->tile(number), queryBytes()); }

  /// Stores the sums of 64 keys, `rows` being the first of them, by one warp group; on the way they take the
  /// place of the keys in `room`.
  void store(GroupParts::Which which, const Values &sums, const TileRing &room, Value rows);
  /// Shared memory outlives the last store.
  void waitForStores();
  Value isFirstOfGroup() { return k.equal(k.bitAnd(k.threadId(), 127), 0); }

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const AttentionGradOperands &x;
  const Tiling tiling;
  const int64_t keys, queries, dim, blocksOfKeys, blocks;
  const GroupParts parts;
  const QueryStatistics statistics;
  const DocumentEnds ends;

  std::optional<TileRing> keyTile, valueTile, queryRing, gradRing;
  Value firstKey, keyHead, batch, part, firstHead;
  std::optional<QueryWalk> walk;
  Value steps;    ///< tiles of queries, over all heads
  Value consumer; ///< warp group among those that compute

private:
  int64_t queryBytes() const { return queries * dim * 2; }
  int64_t keyBytes() const { return keys * dim * 2; }
  void prepare();
  void locate();
  void produce();
  void loadKeys(const TileRing &tile, Value map);

  Value mapQ, mapK, mapV, mapDO, mapDk, mapDv;
};

} // namespace samba::gpu
