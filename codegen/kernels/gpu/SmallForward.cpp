//===- SmallForward.cpp - attention forward for any head_dim and any alignment ---------------------===//
//
// The equations of FlashForward.cpp, after FlashAttention-2 (Dao 2023): a block of four warps has 64 queries
// of one head, 16 to a warp, and walks over the keys that they see, 64 (32 for wide heads) at a time, with
// mma.sync. Every tile is masked.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionForward.h"
#include "codegen/kernels/gpu/SmallTile.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class SmallForward {
public:
  SmallForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x)
      : k(k), sizes(sizes), x(x), blocks(llvm::divideCeil(sizes.T, SmallTile::blockRows)) {}

  void emit() {
    k.begin({{blocks * sizes.queryHeads * sizes.B, 1, 1}, SmallTile::threads, /*blocksPerSm=*/2});
    int64_t keys = sizes.dim > 128 ? 32 : 64;
    SmallTile queryTile(k, SmallTile::blockRows, sizes.dim), keyTile(k, keys, sizes.dim),
        valueTile(k, keys, sizes.dim);
    locate();
    queryTile.load(headRows(k, x.q, sizes.dim, batch, head), first);
    RingCursor cursor;
    if (sizes.ring)
      cursor = loadCursor(k, x.position, batch, sizes.ring);
    KeyWalk walk(k, sizes, SmallTile::blockRows, keys, batch, first, cursor);
    Value query = k.add(first, k.fragmentRow(0));
    std::array<Value, 2> queries = {query, k.add(query, 8)};

    Values carried = k.loop(0, walk.count, 1, initialState(queryTile.padded), [&](Value i, ValueRange state) {
      KeyTile tile = walk.tile(i);
      k.barrier(); // the tile before has been read
      keyTile.load(rowsOf(x.k, x.ringK, tile), tile.row);
      valueTile.load(rowsOf(x.v, x.ringV, tile), tile.row);
      SmallTile::loaded(k);
      SoftmaxRows rows{{state[0], state[1]}, {state[2], state[3]}};
      Values scores = hide(k, scoresOf(k, queryTile, keyTile), walk.visible(tile, queries));
      std::array<Value, 2> shrink = softmax(k, scores, rows, sizes.scale2(), /*first=*/false);
      Values o =
          addProduct(k, scaleRows(k, Values(state.drop_front(4)), shrink), k.packPairs(scores), valueTile);
      Values next{rows.maximum[0], rows.maximum[1], rows.sum[0], rows.sum[1]};
      next.append(o);
      return next;
    });
    finish(queries, {{carried[0], carried[1]}, {carried[2], carried[3]}},
           Values(llvm::drop_begin(carried, 4)));
    k.end();
  }

private:
  /// Which 64 queries of which head; those with the most keys first.
  void locate() {
    Value block = k.blockId(), column = k.div(block, blocks);
    first = k.mul(k.sub(blocks - 1, k.rem(block, blocks)), SmallTile::blockRows);
    head = k.rem(column, sizes.queryHeads), batch = k.div(column, sizes.queryHeads);
    keyHead = k.div(head, sizes.group());
  }

  HeadRows rowsOf(Value tensor, Value ring, const KeyTile &tile) {
    HeadRows rows = headRows(k, tensor, sizes.dim, batch, keyHead);
    return tile.isRing ? select(k, tile.isRing, headRows(k, ring, sizes.dim, batch, keyHead), rows) : rows;
  }

  Values initialState(int64_t columns) {
    Value none = k.number(-INFINITY), zero = k.number(0);
    Values state{none, none, zero, zero};
    state.append(zeros(k, columns / 2));
    return state;
  }

  void finish(const std::array<Value, 2> &queries, const SoftmaxRows &rows, const Values &o) {
    std::array<Value, 2> inverse;
    for (int64_t r = 0; r < 2; ++r) {
      Value sum = k.sumLanes(rows.sum[r], 4);
      inverse[r] = k.reciprocal(sum);
      if (x.lse)
        storeLse(k, sizes, x.lse, batch, head, queries[r], lseOf(k, rows.maximum[r], sum, sizes.scale2()));
    }
    storeRows(k, scaleRows(k, o, inverse), x.o, sizes.dim, batch, head, first);
  }

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const AttentionOperands &x;
  const int64_t blocks; ///< of queries, in a sequence
  Value first, head, batch, keyHead;
};

} // namespace

void emitSmallForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x) {
  SmallForward(k, sizes, x).emit();
}

} // namespace samba::gpu
