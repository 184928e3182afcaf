//===- SmallGrad.cpp - attention's gradients for any head_dim and any alignment --------------------===//
//
// The equations of FlashDq.cpp and AttentionGradTile.h, after FlashAttention-2 (Dao 2023), with mma.sync: a
// block of four warps has 64 queries of one head, 16 to a warp, and walks over the keys that they see, 64 (32
// for wide heads) at a time; or it has 64 keys and walks over the queries that see them. dk and dv of wide
// heads do not fit into registers together: they take two launches. Every tile is masked.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionGradTile.h"
#include "codegen/kernels/gpu/SmallTile.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// 64 rows of one head of one sequence, and tiles of other rows that a block walks over.
class SmallBlock {
protected:
  SmallBlock(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x, int64_t heads)
      : k(k), sizes(sizes), x(x), heads(heads), blocks(llvm::divideCeil(sizes.T, SmallTile::blockRows)) {}

  bool isWide() const { return sizes.dim > 128; }
  int64_t walkedRows() const { return isWide() ? 32 : 64; }

  void begin() { k.begin({{blocks * heads * sizes.B, 1, 1}, SmallTile::threads, /*blocksPerSm=*/2}); }

  /// Which rows; blocks of rows counted from the end or from the beginning, those with the most work first.
  void locate(bool fromEnd) {
    Value column = k.div(k.blockId(), blocks), number = k.rem(k.blockId(), blocks);
    first = k.mul(fromEnd ? k.sub(blocks - 1, number) : number, SmallTile::blockRows);
    head = k.rem(column, heads), batch = k.div(column, heads);
    Value row = k.add(first, k.fragmentRow(0));
    rows = {row, k.add(row, 8)};
  }

  void load(const SmallTile &tile, Value tensor, Value head, Value first) {
    tile.load(headRows(k, tensor, sizes.dim, batch, head), first);
  }

  void store(Values sums, Value result, double scale) {
    for (Value &sum : sums)
      sum = k.mul(sum, scale);
    storeRows(k, sums, result, sizes.dim, batch, head, first);
  }

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const AttentionGradOperands &x;
  const int64_t heads, blocks; ///< blocks: of rows, in a sequence
  Value first, head, batch;
  std::array<Value, 2> rows; ///< this thread's
};

class SmallDq : SmallBlock {
public:
  SmallDq(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x)
      : SmallBlock(k, sizes, x, sizes.queryHeads) {}

  void emit() {
    begin();
    SmallTile queryTile(k, SmallTile::blockRows, sizes.dim), gradTile(k, SmallTile::blockRows, sizes.dim),
        keyTile(k, walkedRows(), sizes.dim), valueTile(k, walkedRows(), sizes.dim);
    locate(/*fromEnd=*/true);
    load(queryTile, x.q, head, first);
    load(gradTile, x.dO, head, first);
    Value shift[2], delta[2], statisticsRow = k.add(k.mul(batch, sizes.queryHeads), head);
    for (int64_t r = 0; r < 2; ++r) {
      Value existing = k.min(rows[r], sizes.T - 1); // what the others get is not stored
      shift[r] = k.mul(k.load(x.lse, statisticsRow, existing), -M_LOG2E);
      delta[r] = k.load(x.delta, statisticsRow, existing);
    }
    Value keyHead = k.div(head, sizes.group());
    KeyWalk walk(k, sizes, SmallTile::blockRows, walkedRows(), batch, first, RingCursor());
    Values dq = k.loop(0, walk.count, 1, zeros(k, queryTile.padded / 2), [&](Value i, ValueRange sums) {
      KeyTile tile = walk.tile(i);
      k.barrier(); // the tile before has been read
      load(keyTile, x.k, keyHead, tile.row);
      load(valueTile, x.v, keyHead, tile.row);
      SmallTile::loaded(k);
      Values scores = hide(k, scoresOf(k, queryTile, keyTile), walk.visible(tile, rows));
      Values gradients = scoresOf(k, gradTile, valueTile);
      for (auto [i, ds] : llvm::enumerate(gradients)) {
        Value p = k.exp2(k.fma(scores[i], sizes.scale2(), shift[rowOf(i)]));
        ds = k.mul(p, k.sub(ds, delta[rowOf(i)]));
      }
      return addProduct(k, Values(sums), k.packPairs(gradients), keyTile);
    });
    store(dq, x.dq, sizes.scale());
    k.end();
  }
};

class SmallDkv : SmallBlock {
public:
  SmallDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x)
      : SmallBlock(k, sizes, x, sizes.keyHeads), statistics(k, sizes, x, walkedRows()), ends(k, sizes) {}

  void emit() {
    if (!isWide())
      return emit(/*wantsDk=*/true, /*wantsDv=*/true);
    emit(true, false);
    emit(false, true);
  }

private:
  void emit(bool wantsDk, bool wantsDv) {
    begin();
    SmallTile keyTile(k, SmallTile::blockRows, sizes.dim), queryTile(k, walkedRows(), sizes.dim),
        gradTile(k, walkedRows(), sizes.dim);
    std::optional<SmallTile> valueTile;
    locate(/*fromEnd=*/false);
    load(keyTile, x.k, head, first);
    if (wantsDk) {
      valueTile.emplace(k, SmallTile::blockRows, sizes.dim);
      load(*valueTile, x.v, head, first);
    }
    QueryWalk walk(k, sizes, ends, SmallTile::blockRows, walkedRows(), batch, first);
    const int64_t each = keyTile.padded / 2; // registers of dk, of dv
    Values carried = zeros(k, each * (wantsDk + wantsDv));
    carried.append({walk.low, k.mul(head, sizes.group())});
    Value steps = k.mul(walk.tiles(), sizes.group());
    carried = k.loop(0, steps, 1, carried, [&](Value, ValueRange carried) {
      Value tile = carried.drop_back().back(), queryHead = carried.back();
      ValueRange sums = carried.drop_back(2);
      k.barrier(); // the tile before has been read
      load(queryTile, x.q, queryHead, k.mul(tile, walkedRows()));
      load(gradTile, x.dO, queryHead, k.mul(tile, walkedRows()));
      SmallTile::loaded(k);
      Value perQuery = statistics.tile(batch, queryHead, tile);
      Values scores = walk.hideAlways(scoresOf(k, keyTile, queryTile), tile, rows);
      Values p = probabilities(k, scores, perQuery, sizes.scale2()), next;
      if (wantsDk) {
        Values ds = scoreGradients(k, p, scoresOf(k, *valueTile, gradTile), perQuery);
        next = addProduct(k, Values(sums.take_front(each)), ds, queryTile);
      }
      if (wantsDv)
        next.append(addProduct(k, Values(sums.take_back(each)), p, gradTile));
      next.append({walk.next(tile), walk.headAfter(tile, queryHead)});
      return next;
    });
    ValueRange sums = ValueRange(carried).drop_back(2);
    if (wantsDk)
      store(Values(sums.take_front(each)), x.dk, sizes.scale());
    if (wantsDv)
      store(Values(sums.take_back(each)), x.dv, 1);
    k.end();
  }

  const QueryStatistics statistics;
  const DocumentEnds ends;
};

} // namespace

void emitSmallDq(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x) {
  SmallDq(k, sizes, x).emit();
}
void emitSmallDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x) {
  SmallDkv(k, sizes, x).emit();
}

} // namespace samba::gpu
