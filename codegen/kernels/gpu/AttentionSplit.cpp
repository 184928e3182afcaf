//===- AttentionSplit.cpp - attention of a few new tokens, split over the keys of the ring --------------===//
//
//   o_t = sum_j softmax_j(q_t k_j / sqrt(head_dim)) v_j      t - window < j <= t, j in the ring or in the
//   chunk
//
// What costs time is to read the keys and values, 4 R dim bytes of each sequence and key head, once. So the
// queries that share a key head (T tokens of Hq / Hkv heads) are the rows of one tile, and a cluster of up to
// 8 blocks has the keys of that tile: its warps take 16 keys at a time in turn, and every warp has a softmax
// of its own; in the end SplitSums.h adds up what they have (flash-decoding, Dao et al. 2023).
//
// K and V go from global memory to the tensor cores as they are, lines of 128 bytes at a time, for a request
// of half a line costs the L2 cache as much. The order of a contraction is free, and that of keys, too. In S
// = Q K^T lane l takes 8 channels, number l % 8 of a line, of key l / 8 of four: for mma.m16n8k16 the columns
// 2 t and 2 t + 1 are the first and the second half of key t's line. So Q's first half is multiplied as rows
// g, its second half as rows g + 8, and lane (g, t) adds what it has of (g, 2 t) and (g + 8, 2 t + 1). It
// then has the scores of keys t, t + 4, t + 8 and t + 12, and P, as it comes, is the right operand of O^T +=
// V^T P^T, eight rows at a time: there it takes channels 64 c + 8 g .. of the same keys, zipped to pairs down
// the keys, and the two channels of a word are the two columns of O that a product gives it, for rows 2 t and
// 2 t + 1.
//
// In flight: the values of a tile and the keys of the warp's next one in registers, 64 dim bytes per warp (of
// wide heads only this tile's). To ask the L2 cache for tiles further ahead would cost it as much as to read
// them, and it has no more to give: only the first tile is asked for, before the launch that makes q has
// ended. For one token the new key stands in the list for the slot that it is going to overwrite, which no
// query sees any more and nobody reads; so this launch may also do what samba.ring_update does.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionForward.h"
#include "codegen/kernels/gpu/Schedule.h"
#include "codegen/kernels/gpu/SplitSums.h"

#include <limits>

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t tileKeys = 16;

/// (x's lower, y's lower), (x's upper, y's upper).
std::pair<Value, Value> zipPairs(KernelBuilder &k, Value x, Value y) {
  auto pick = [&](int64_t bytes) -> Value {
    auto name = k.b.getStringAttr("llvm.nvvm.prmt");
    return k.make<LLVM::CallIntrinsicOp>(k.i32, name, ValueRange{x, y, k.integer(bytes)}).getResults();
  };
  return {pick(0x5410), pick(0x7632)};
}

/// How the work is shared out.
struct Split {
  int64_t rows, halves, rowTiles; ///< of a tile; of 8 of them; tiles of the queries of one key head
  int64_t warps, blocksPerSm;
  int64_t blocks; ///< of a cluster

  int64_t threads() const { return 32 * warps; }

  explicit Split(const AttentionSizes &sizes) {
    int64_t queries = sizes.T * sizes.group();
    rows = std::min<int64_t>(queries, sizes.dim > 128 ? 8 : 16);
    halves = llvm::divideCeil(rows, 8), rowTiles = llvm::divideCeil(queries, rows);
    // Where several multiprocessors share an item, a chain of tiles should be short: many warps. Else blocks
    // begin and end beside each other.
    int64_t items = rowTiles * sizes.keyHeads * sizes.B;
    bool isNarrow = halves == 1 && sizes.dim <= 64, isWide = halves == 2 || sizes.dim > 128;
    if (2 * items <= multiprocessors)
      warps = isNarrow ? 16 : 8, blocksPerSm = 1;
    else
      warps = 4, blocksPerSm = isNarrow ? 4 : isWide ? 2 : 3;
    ScheduleOverride replace(sizes.op);
    replace("warps", warps);
    replace("blocks_per_sm", blocksPerSm);
    // All multiprocessors should be done together; to begin and to end cost a block about three tiles.
    int64_t tiles = llvm::divideCeil(sizes.ring, tileKeys), least = 0;
    for (int64_t n = 1; n <= 8 && (n == 1 || n * warps <= tiles); n *= 2) {
      int64_t cost = llvm::divideCeil(items * n, multiprocessors) * (llvm::divideCeil(tiles, n * warps) + 3);
      if (n == 1 || cost < least)
        blocks = n, least = cost;
    }
    replace("blocks", blocks);
  }
};

class SplitForward {
public:
  SplitForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x)
      : k(k), sizes(sizes), x(x), split(sizes), dim(sizes.dim), columns(llvm::alignTo(dim, 64)),
        isReplaced(sizes.T == 1) {}

  void emit() {
    k.begin({.grid = {gridBlocks(), 1, 1},
             .threads = split.threads(),
             .blocksPerSm = split.blocksPerSm,
             .cluster = split.blocks,
             .waitsItself = true});
    locate();
    if (split.blocks > 1)
      k.clusterArrive();
    k.allowLaterLaunches();
    readCursor(); // perhaps an old one, but good enough to know what will be needed
    prefetch(worker);
    k.waitForEarlierLaunches();
    readCursor();
    loadQueries();
    Values none = {k.number(-INFINITY), k.number(-INFINITY), k.number(0), k.number(0)};
    none.append(zeros(k, columns / 4 * split.halves));
    if (isPipelined())
      none.append(load(keys, worker));
    Values sums = k.loop(worker, tileCount(), workers(), none,
                         [&](Value tile, ValueRange carried) { return addTile(tile, carried); });
    SplitSums total(k, {split.rows, dim, columns, split.warps, split.blocks, sizes.scale2()}, rank);
    storePart(total, ValueRange(sums).take_front(4 + columns / 4 * split.halves));
    total.combine([&](Value row, Value column, ValueRange result) { storeResult(row, column, result); });
    for (auto [next, ring, chunk] : {std::tuple(x.nextK, x.ringK, x.k), std::tuple(x.nextV, x.ringV, x.v)})
      if (next)
        updateRing(next, ring, chunk);
    k.end();
  }

private:
  // ---- who has which rows, and which keys ---------------------------------------------------------------

  int64_t workers() const { return split.blocks * split.warps; }
  int64_t gridBlocks() const { return split.blocks * split.rowTiles * sizes.keyHeads * sizes.B; }

  void locate() {
    lane = k.laneId(), group = k.shiftRight(lane, 2), inGroup = k.bitAnd(lane, 3);
    Value block = k.blockId(), item = k.div(block, split.blocks);
    rank = k.rem(block, split.blocks);
    worker = k.add(k.mul(rank, split.warps), k.warpId());
    firstRow = k.mul(k.rem(item, split.rowTiles), split.rows);
    item = k.div(item, split.rowTiles);
    keyHead = k.rem(item, sizes.keyHeads), batch = k.div(item, sizes.keyHeads);
    auto start = [&](Value tensor) {
      return k.address(tensor, k.mul(k.extend(batch), shapeOf(tensor)[1]), k.mul(keyHead, dim));
    };
    keys = {start(x.k),
            start(x.ringK),
            k.rowStride(x.k) * 2,
            k.rowStride(x.ringK) * 2,
            k.shiftRight(lane, 3),
            k.bitAnd(lane, 7)};
    values = {start(x.v), start(x.ringV), k.rowStride(x.v) * 2, k.rowStride(x.ringV) * 2, inGroup, group};
  }

  /// A row is a head of a token. Rows past the last repeat it.
  Value tokenOf(Value row) { return k.div(row, sizes.group()); }
  Value headOf(Value row) { return k.add(k.mul(keyHead, sizes.group()), k.rem(row, sizes.group())); }
  int64_t allRows() const { return sizes.T * sizes.group(); }

  /// The list of keys: the slots that are in use; then, from a multiple of 16 on, the chunk, unless its only
  /// token replaces the oldest slot.
  void readCursor() {
    Value position = k.loadInteger(x.position, batch);
    cursor = k.toInteger(k.rem(position, sizes.ring), k.i32);
    Value used = isReplaced ? k.add(position, 1) : position;
    ringKeys = k.toInteger(k.min(used, sizes.ring), k.i32);
    chunkBegin = k.mul(k.div(k.add(ringKeys, tileKeys - 1), tileKeys), tileKeys);
  }
  Value tileCount() {
    Value tiles = k.div(chunkBegin, tileKeys);
    return isReplaced ? tiles : k.add(tiles, 1);
  }

  /// One head of a chunk and of a ring, strides in bytes. This lane takes keys `key`, key + 4 ... of a tile,
  /// of each line the eight channels number `piece`.
  struct Source {
    Value chunk, ring;
    int64_t chunkStride, ringStride;
    Value key, piece;
  };

  /// Where key n of the list begins; one that does not exist is another that does.
  Value addressOf(const Source &source, Value n) {
    auto row = [&](Value start, Value index, int64_t stride) {
      return k.at(start, k.mul(k.extend(index), stride));
    };
    Value slot = k.min(n, k.sub(ringKeys, 1)), old = row(source.ring, slot, source.ringStride);
    if (isReplaced)
      return k.select(k.equal(slot, cursor), source.chunk, old);
    Value token = k.min(k.sub(n, chunkBegin), sizes.T - 1);
    return k.select(k.less(n, chunkBegin), old, row(source.chunk, token, source.chunkStride));
  }

  /// The position of key n, counted from the chunk's first token; very old where it does not exist.
  Value positionOf(Value n) {
    Value sinceCursor = k.sub(n, cursor);
    Value isOlder = isReplaced ? k.less(cursor, n) : k.lessEqual(cursor, n);
    Value position = k.select(isOlder, k.sub(sinceCursor, sizes.ring), sinceCursor);
    position = k.select(k.less(n, ringKeys), position, int64_t(std::numeric_limits<int32_t>::min()));
    return isReplaced ? position : k.select(k.less(n, chunkBegin), position, k.sub(n, chunkBegin));
  }

  /// Asks for the slots of a tile, a lane for each key and each value.
  void prefetch(Value tile) {
    Value n = k.add(k.mul(tile, tileKeys), k.bitAnd(lane, tileKeys - 1));
    k.when(k.less(n, ringKeys), [&] {
      auto slotOf = [&](const Source &source) {
        return k.at(source.ring, k.mul(k.extend(n), source.ringStride));
      };
      k.prefetchL2(k.select(k.less(lane, tileKeys), slotOf(keys), slotOf(values)), dim * 2);
    });
  }

  // ---- a tile of keys -----------------------------------------------------------------------------------

  /// Row g or g + 8 of the tile of rows, in the tensor.
  Value rowOfHalf(int64_t half) { return k.add(firstRow, k.add(group, 8 * half)); }

  /// Q as left operands: [32 channels][half] 4 pairs, zeros past the head's end.
  void loadQueries() {
    for (int64_t channel = 0; channel < columns; channel += 32)
      for (int64_t half = 0; half < split.halves; ++half) {
        Value row = k.min(rowOfHalf(half), allRows() - 1), inHead = k.add(k.shiftLeft(inGroup, 3), channel);
        Value column = k.add(k.mul(headOf(row), dim), k.min(inHead, dim - 8));
        Value token = k.add(k.mul(batch, sizes.T), tokenOf(row));
        Values words = k.loadWords(k.address(x.q, token, column), 4);
        if (channel + 32 > dim)
          for (Value &word : words)
            word = k.select(k.less(inHead, dim), word, 0);
        queries.push_back(words);
      }
  }

  /// Whether there are registers for the keys of the next tile beside those of this one.
  bool isPipelined() const { return dim <= 128; }

  /// Where this lane's four keys of a tile begin.
  using Rows = std::array<Value, 4>;
  Rows rowsOf(const Source &source, Value tile) {
    Rows rows;
    for (int64_t i = 0; i < 4; ++i)
      rows[i] = addressOf(source, k.add(k.mul(tile, tileKeys), k.add(source.key, 4 * i)));
    return rows;
  }
  /// Its eight of their 64 channels from `channel` on, [key] 4 pairs; past the head's end, its last ones.
  Values load(const Source &source, const Rows &rows, int64_t channel) {
    Value inHead = k.add(k.shiftLeft(source.piece, 3), channel);
    if (channel + 64 > dim)
      inHead = k.min(inHead, dim - 8);
    Values words;
    for (Value row : rows)
      words.append(k.loadWords(k.at(row, k.shiftLeft(inHead, 1)), 4));
    return words;
  }
  /// [64 channels][key] 4 pairs.
  Values load(const Source &source, Value tile) {
    Values words;
    Rows rows = rowsOf(source, tile);
    for (int64_t channel = 0; channel < dim; channel += 64)
      words.append(load(source, rows, channel));
    return words;
  }

  /// Carried: maximum and sum of two rows, the sums, and if pipelined the keys of this tile.
  Values addTile(Value tile, ValueRange carried) {
    const int64_t sumCount = columns / 4 * split.halves;
    Value first = k.mul(tile, tileKeys);
    SoftmaxRows rows{{carried[0], carried[1]}, {carried[2], carried[3]}};
    Values sums(carried.slice(4, sumCount)), keyWords(carried.drop_front(4 + sumCount)), valueWords, nextKeys;
    Rows keyRows, valueRows;
    if (isPipelined())
      valueWords = load(values, tile);
    else
      keyRows = rowsOf(keys, tile), valueRows = rowsOf(values, tile);
    auto wordsOf = [&](const Values &loaded, const Source &source, const Rows &rows, int64_t channel) {
      return isPipelined() ? Values(ArrayRef(loaded).slice(channel / 4, 16)) : load(source, rows, channel);
    };

    Values products = zeros(k, 16 * split.halves);
    for (int64_t channel = 0; channel < dim; channel += 64) {
      holdLoads(channel);
      addProducts(products, wordsOf(keyWords, keys, keyRows, channel), channel);
    }
    if (isPipelined())
      nextKeys = load(keys, k.add(tile, workers()));
    Values scores = hideKeys(scoresOf(products), first);
    std::array<Value, 2> shrink = softmax(k, scores, rows, sizes.scale2(), /*first=*/false);
    scaleSums(sums, shrink);
    Values p = k.packPairs(scores);
    for (int64_t channel = 0; channel < dim; channel += 64) {
      holdLoads(channel);
      addValues(sums, p, wordsOf(valueWords, values, valueRows, channel), channel);
    }
    Values left{rows.maximum[0], rows.maximum[1], rows.sum[0], rows.sum[1]};
    left.append(sums);
    left.append(nextKeys);
    return left;
  }

  /// Of wide heads, the loads of 128 channels are under way together: ptxas moves none across this.
  void holdLoads(int64_t channel) {
    if (dim > 128 && channel % 128 == 0)
      k.warpBarrier();
  }

  /// products += Q K^T over 64 channels. Of up to 8 rows: [four keys] a fragment whose rows are both halves
  /// of the channels; of more: [four keys][half of the channels] a fragment.
  void addProducts(Values &products, ArrayRef<Value> words, int64_t channel) {
    ArrayRef<Values> q = ArrayRef(queries).slice(channel / 32 * split.halves, 2 * split.halves);
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t j = 0; j < 4; j += 2)
        for (int64_t n = 0; n < split.halves; ++n) {
          const Values &top = q[n * split.halves], &bottom = q[n * split.halves + 1];
          multiply(products, 4 * (i * split.halves + n), {top[j], bottom[j], top[j + 1], bottom[j + 1]},
                   words.slice(4 * i + j, 2));
        }
  }
  /// As a fragment [16 rows, 16 keys], each register's keys four apart.
  Values scoresOf(ArrayRef<Value> products) {
    Values scores;
    for (int64_t i = 0; i < 8; ++i) {
      ArrayRef<Value> ofKeys = products.slice(4 * split.halves * fourOf(i), 4 * split.halves);
      if (split.halves == 2)
        scores.push_back(k.add(ofKeys[2 * rowOf(i)], ofKeys[4 + 2 * rowOf(i) + 1]));
      else
        scores.push_back(rowOf(i) ? k.number(0) : k.add(ofKeys[0], ofKeys[3]));
    }
    return scores;
  }
  /// Which four keys register i of that fragment belongs to.
  static int64_t fourOf(int64_t i) { return i / 4 * 2 + i % 2; }

  /// sums += P V of 64 channels. Of each word's two channels and each half's rows: (even, odd) x (2 t, 2 t +
  /// 1).
  void addValues(Values &sums, ArrayRef<Value> p, ArrayRef<Value> v, int64_t channel) {
    for (int64_t word = 0; word < 4; ++word) {
      auto [even, odd] = zipPairs(k, v[word], v[4 + word]);
      auto [evenBelow, oddBelow] = zipPairs(k, v[8 + word], v[12 + word]);
      for (int64_t half = 0; half < split.halves; ++half)
        multiply(sums, placeOf(channel, word, half), {even, odd, evenBelow, oddBelow},
                 {p[half], p[half + 2]});
    }
  }
  int64_t placeOf(int64_t channel, int64_t word, int64_t half) const {
    return ((channel / 16 + word) * split.halves + half) * 4;
  }

  /// By a factor for each row, which the lanes g have.
  void scaleSums(Values &sums, const std::array<Value, 2> &factor) {
    Value ofRow[2][2]; // [half][2 t, 2 t + 1]
    for (int64_t half = 0; half < split.halves; ++half)
      for (int64_t i = 0; i < 2; ++i)
        ofRow[half][i] = k.shuffle(factor[half], k.add(k.shiftLeft(inGroup, 3), 4 * i));
    for (auto [i, sum] : llvm::enumerate(sums))
      sum = k.mul(sum, ofRow[i / 4 % split.halves][i % 2]);
  }

  void multiply(Values &sums, int64_t at, ValueRange a, ValueRange b) {
    llvm::copy(k.mma16x8x16(a, b, ArrayRef<Value>(sums).slice(at, 4)), sums.begin() + at);
  }

  Values hideKeys(Values scores, Value first) {
    Value token[2], oldest[2], position[4];
    for (int64_t half = 0; half < 2; ++half)
      token[half] = tokenOf(rowOfHalf(half)), oldest[half] = oldestSeen(k, sizes, batch, token[half]);
    for (int64_t i = 0; i < 4; ++i)
      position[i] = positionOf(k.add(first, k.add(inGroup, 4 * i)));
    for (auto [i, score] : llvm::enumerate(scores)) {
      Value p = position[fourOf(i)], isSeen = k.lessEqual(oldest[rowOf(i)], p);
      if (!isReplaced)
        isSeen = k.both(isSeen, k.lessEqual(p, token[rowOf(i)]));
      score = k.select(isSeen, score, -INFINITY);
    }
    return scores;
  }

  // ---- the sums of a warp, and of all of them -----------------------------------------------------------

  void storePart(const SplitSums &total, ValueRange state) {
    Value part = total.partOfWarp();
    ValueRange all = state.drop_front(4);
    for (int64_t half = 0; half < split.halves; ++half) {
      Value sum = k.sumLanes(state[2 + half], 4);
      auto whereRow = [&](Value row, function_ref<void()> store) {
        if (8 * (half + 1) <= split.rows)
          store();
        else
          k.when(k.less(row, split.rows), store);
      };
      Value mine = k.add(group, 8 * half);
      whereRow(mine, [&] {
        k.when(k.equal(inGroup, 0),
               [&] { k.store({state[half], sum}, total.statisticsOf(part, mine), k.f32); });
      });
      for (int64_t i = 0; i < 2; ++i) {
        Value row = k.add(k.shiftLeft(inGroup, 1), 8 * half + i);
        whereRow(row, [&] {
          for (int64_t channel = 0; channel < columns; channel += 64) {
            Values eight;
            for (int64_t j = 0; j < 8; ++j)
              eight.push_back(all[placeOf(channel, j / 2, half) + 2 * (j % 2) + i]);
            k.store(eight, total.sumsOf(part, row, k.add(k.shiftLeft(group, 3), channel)), k.f32);
          }
        });
      }
    }
  }

  void storeResult(Value row, Value column, ValueRange result) {
    Value all = k.add(firstRow, row);
    auto store = [&] {
      Value token = k.add(k.mul(batch, sizes.T), tokenOf(all));
      k.store(x.o, token, k.add(k.mul(headOf(all), dim), column), result);
    };
    if (allRows() % split.rows)
      k.when(k.less(all, allRows()), store);
    else
      store();
  }

  // ---- the ring -----------------------------------------------------------------------------------------

  /// The new row to its slot, by the first block of each head; elsewhere than in place, the other rows too.
  void updateRing(Value next, Value ring, Value chunk) {
    Value column = k.shiftLeft(k.threadId(), 3), isFirst = k.both(k.equal(rank, 0), k.equal(firstRow, 0));
    auto copy = [&](Value from, Value fromRow, Value toRow, Value column) {
      k.storeWords(k.loadWords(k.address(from, fromRow, column), 4), k.address(next, toRow, column));
    };
    k.when(k.both(isFirst, k.less(column, dim)), [&] {
      Value row = k.add(k.mul(k.extend(batch), sizes.ring), k.extend(cursor));
      copy(chunk, k.extend(batch), row, k.add(k.mul(keyHead, dim), column));
    });
    auto bits = [&](Value tensor) -> Value { return k.make<LLVM::PtrToIntOp>(k.i64, k.pointer(tensor)); };
    auto copyOthers = [&]() -> Values {
      int64_t perRow = channelsOf(ring) / 8;
      Value first = k.extend(k.add(k.mul(k.blockId(), split.threads()), k.threadId()));
      k.loop(first, sizes.B * sizes.ring * perRow, gridBlocks() * split.threads(), [&](Value i) {
        Value row = k.div(i, perRow), column = k.mul(k.toInteger(k.rem(i, perRow), k.i32), 8);
        Value position = k.loadInteger(x.position, k.div(row, sizes.ring));
        Value slot = k.rem(row, sizes.ring), newest = k.rem(position, sizes.ring);
        k.when(k.either(k.less(slot, newest), k.less(newest, slot)), [&] { copy(ring, row, row, column); });
      });
      return {};
    };
    k.choose(k.equal(bits(ring), bits(next)), []() -> Values { return {}; }, copyOthers);
  }

  KernelBuilder &k;
  const AttentionSizes &sizes;
  const AttentionOperands &x;
  const Split split;
  const int64_t dim, columns; ///< columns: of the sums, a multiple of 64
  const bool isReplaced;      ///< the only new token stands for the slot that it is going to overwrite
  Value lane, group, inGroup; ///< g = lane / 4, t = lane % 4
  Value rank, worker;         ///< block in the cluster, warp in the cluster
  Value firstRow, keyHead, batch;
  Source keys, values;
  Value cursor, ringKeys, chunkBegin; ///< slot of the first new token; keys of the list in the ring; i32
  SmallVector<Values> queries;
};

} // namespace

void emitSplitForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x) {
  SplitForward(k, sizes, x).emit();
}

} // namespace samba::gpu
