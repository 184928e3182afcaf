//===- AttentionTile.cpp - what attention's GPU kernels share --------------------------------------===//
#include "codegen/kernels/gpu/AttentionTile.h"

using namespace mlir;

namespace samba::gpu {

LogicalResult expectHeadDim(Operation *op, int64_t dim) {
  if (dim % 8 == 0 && dim <= 256)
    return success();
  return op->emitError(
             "expected a head_dim that is a multiple of 8 and at most 256 for target \"sm_90a\", got ")
         << dim;
}

bool hasTensorTiles(KernelBuilder &k, int64_t dim, ValueRange tensors) {
  return (dim == 64 || dim == 128 || dim == 256) &&
         llvm::all_of(tensors, [&](Value x) { return k.elementOf(x) == k.bf16 && k.isTmaReady(x); });
}

// ---- fragments ------------------------------------------------------------------------------------------

Values undefined(KernelBuilder &k, int64_t n) { return Values(n, k.make<LLVM::UndefOp>(k.f32)); }
Values zeros(KernelBuilder &k, int64_t n) { return Values(n, k.number(0)); }

Values hide(KernelBuilder &k, Values scores, const Visible &visible) {
  Value column = fragmentColumn(k);
  auto shifted = [&](Value limit) { return limit ? k.sub(limit, column) : limit; };
  Value begin[2] = {shifted(visible.begin[0]), shifted(visible.begin[1])};
  Value end[2] = {shifted(visible.end[0]), shifted(visible.end[1])};
  for (auto [i, s] : llvm::enumerate(scores)) {
    Value c = k.integer(TileBuilder::fragmentColumn(i)), seen;
    if (begin[rowOf(i)])
      seen = k.lessEqual(begin[rowOf(i)], c);
    if (end[rowOf(i)]) {
      Value before = k.less(c, end[rowOf(i)]);
      seen = seen ? k.both(seen, before) : before;
    }
    s = k.select(seen, s, -INFINITY);
  }
  return scores;
}

/// Over one row of a fragment: four chains beside each other, then the four lanes that share the row.
static Value reduceRow(KernelBuilder &k, ArrayRef<Value> x, int64_t row, bool overLanes,
                       TileBuilder::Combine combine) {
  Value part[4];
  int64_t n = 0;
  for (auto [i, value] : llvm::enumerate(x))
    if (rowOf(i) == row) {
      Value &p = part[n++ % 4];
      p = p ? combine(p, value) : value;
    }
  Value all = combine(combine(part[0], part[1]), combine(part[2], part[3]));
  return overLanes ? k.reduceLanes(all, 4, combine) : all;
}

std::array<Value, 2> softmax(KernelBuilder &k, Values &scores, SoftmaxRows &rows, double scale2, bool first) {
  Value shift[2];
  std::array<Value, 2> shrink;
  for (int64_t r = 0; r < 2; ++r) {
    Value m = reduceRow(k, scores, r, /*overLanes=*/true, [&](Value a, Value b) { return k.max(a, b); });
    if (!first)
      m = k.max(rows.maximum[r], m);
    shift[r] = k.mul(k.max(m, -1e30), -scale2); // finite, also where the row sees no key yet
    if (!first)
      shrink[r] = k.exp2(k.fma(rows.maximum[r], scale2, shift[r]));
    rows.maximum[r] = m;
  }
  for (auto [i, s] : llvm::enumerate(scores))
    s = k.exp2(k.fma(s, scale2, shift[rowOf(i)]));
  for (int64_t r = 0; r < 2; ++r) {
    Value sum = reduceRow(k, scores, r, /*overLanes=*/false, [&](Value a, Value b) { return k.add(a, b); });
    rows.sum[r] = first ? sum : k.fma(rows.sum[r], shrink[r], sum);
  }
  return shrink;
}

Value lseOf(KernelBuilder &k, Value maximum, Value sum, double scale2) {
  return k.mul(k.fma(maximum, scale2, k.log2(sum)), M_LN2);
}

void storeLse(KernelBuilder &k, const AttentionSizes &sizes, Value result, Value batch, Value head,
              Value query, Value lse) {
  Value isFirstLane = k.equal(k.bitAnd(k.threadId(), 3), 0);
  k.when(k.both(isFirstLane, k.less(query, sizes.T)),
         [&] { k.store(result, k.add(k.mul(batch, sizes.queryHeads), head), query, lse); });
}

Values scaleRows(KernelBuilder &k, Values x, const std::array<Value, 2> &factor) {
  for (auto [i, value] : llvm::enumerate(x))
    value = k.mul(value, factor[rowOf(i)]);
  return x;
}

// ---- products of warp groups ----------------------------------------------------------------------------

static constexpr int64_t rowBytes = 128,
                         rowUnits = rowBytes / 16; // of a chunk; descriptors count in 16 bytes

Values issueScores(KernelBuilder &k, Value a, int64_t rowsOfA, Value b, int64_t columns, int64_t dim) {
  Value left = k.descriptor(a), right = k.descriptor(b);
  Values scores = undefined(k, columns / 2);
  for (int64_t step = 0; step < dim / 16; ++step) {
    int64_t chunk = step / 4, inside = step % 4 * 2;
    scores = k.wgmma(scores, k.add(left, chunk * rowsOfA * rowUnits + inside),
                     k.add(right, chunk * columns * rowUnits + inside), /*zero=*/step == 0);
  }
  k.wgmmaCommit();
  return scores;
}

Values issueSums(KernelBuilder &k, Values sums, ValueRange p, Value b, int64_t rowsOfB) {
  Value right = k.descriptor(b, /*chunkBytes=*/rowsOfB * rowBytes);
  for (int64_t step = 0; step < rowsOfB / 16; ++step)
    sums = k.wgmma(sums, p.slice(4 * step, 4), k.add(right, step * 16 * rowUnits), /*zero=*/false,
                   /*transposeB=*/true);
  k.wgmmaCommit();
  return sums;
}

void storeFragment(KernelBuilder &k, ValueRange pairs, Value tile, int64_t rowsOfTile, Value ofBlock) {
  Value thread = k.bitAnd(ofBlock ? ofBlock : k.threadId(), 127), lane = k.bitAnd(thread, 31);
  Value row = k.add(k.shiftLeft(k.shiftRight(thread, 5), 4), k.bitAnd(lane, 15)),
        half = k.shiftRight(lane, 4);
  for (size_t step = 0; step < pairs.size() / 4; ++step) {
    Value chunk = k.at(tile, int64_t(step / 4) * rowsOfTile * rowBytes);
    Value piece = k.add(half, int64_t(step % 4) * 2);
    k.storeMatrix(pairs.slice(4 * step, 4), k.at(chunk, k.swizzle128(row, piece)));
  }
}

Value headMap(KernelBuilder &k, Value tensor, int64_t heads, int64_t rows) {
  ArrayRef<int64_t> shape = shapeOf(tensor); // [B, T, heads dim]
  int64_t dim = shape[2] / heads, stride = k.rowStride(tensor);
  TensorMap map;
  map.sizes = {dim, heads, shape[1], shape[0]};
  map.strides = {2 * dim, 2 * stride, 2 * stride * shape[1]};
  map.box = {64, 1, rows, 1};
  return k.tensorMap(tensor, map);
}

void loadHead(KernelBuilder &k, Value tile, Value map, int64_t rows, int64_t dim, Value head, Value token,
              Value batch, Value mbarrier) {
  for (int64_t chunk = 0; chunk < dim / 64; ++chunk)
    k.tmaLoad(k.at(tile, chunk * rows * rowBytes), map, {k.integer(64 * chunk), head, token, batch},
              mbarrier);
}

void emitRoles(KernelBuilder &k, function_ref<void()> produce, function_ref<void(Value consumer)> consume,
               function_ref<void()> handOut, int64_t consumers) {
  k.choose(
      k.equal(k.warpGroupId(), 0),
      [&]() -> Values {
        k.setMaxRegisters(24, /*increase=*/false);
        k.when(k.equal(k.threadId(), 0), produce);
        if (handOut)
          k.when(k.equal(k.threadId(), 32), handOut);
        return {};
      },
      [&]() -> Values {
        k.setMaxRegisters(consumers == 2 ? 240 : 160, /*increase=*/true);
        consume(k.sub(k.warpGroupId(), 1)); // asked for again: cheaper than a register kept across the branch
        return {};
      });
}

TileRing::TileRing(KernelBuilder &k, int64_t depth, int64_t tileBytes, int64_t readingWarps,
                   int64_t fillingWarps)
    : k(k), depth(depth), tileBytes(tileBytes), warps(readingWarps), fillingWarps(fillingWarps),
      tiles(k.reserveShared(depth * tileBytes, 1024)) {}

void TileRing::init() {
  barriers = k.reserveShared(2 * depth * 8, 8);
  for (int64_t slot = 0; slot < depth; ++slot) {
    k.initBarrier(k.sharedMemory(barriers + 8 * slot), fillingWarps);
    k.initBarrier(k.sharedMemory(barriers + 8 * (depth + slot)), warps);
  }
}

Value TileRing::tile(Value use) const {
  return depth == 1 ? k.sharedMemory(tiles) : k.at(k.sharedMemory(tiles), k.mul(slot(use), tileBytes));
}

// ---- the keys that a block of queries sees --------------------------------------------------------------

RingCursor loadCursor(KernelBuilder &k, Value position, Value batch, int64_t ring) {
  Value p = k.loadInteger(position, batch);
  return {k.uniform(k.toInteger(k.rem(p, ring), k.i32)), k.lessEqual(k.index(ring), p)};
}

Value documentOf(KernelBuilder &k, const AttentionSizes &sizes, Value batch, Value query) {
  Value token = k.add(k.mul(k.extend(batch), sizes.T), k.extend(k.min(query, sizes.T - 1)));
  return k.toInteger(k.loadInteger(sizes.documents, token), k.i32);
}

Value oldestSeen(KernelBuilder &k, const AttentionSizes &sizes, Value batch, Value query) {
  Value inWindow = k.add(query, 1 - sizes.window);
  return sizes.documents ? k.max(inWindow, documentOf(k, sizes, batch, query)) : inWindow;
}

/// Tiles that hold [begin, end) of a tensor, both not negative; none if it is empty.
static Value countTiles(KernelBuilder &k, Value begin, Value end, int64_t keys) {
  Value count = k.add(k.sub(k.div(k.sub(end, 1), keys), k.div(begin, keys)), 1);
  return k.select(k.less(begin, end), count, 0);
}

KeyWalk::KeyWalk(KernelBuilder &k, const AttentionSizes &sizes, int64_t queries, int64_t keys, Value batch,
                 Value first, const RingCursor &cursor)
    : k(k), sizes(sizes), queries(queries), keys(keys), batch(batch), first(first) {
  Value end = k.add(first, queries);
  if (sizes.T % queries)
    end = k.min(end, sizes.T);
  high = k.div(k.sub(end, 1), keys);
  windowBegin = k.add(first, 1 - sizes.window);
  if (sizes.documents)
    windowBegin = k.max(windowBegin, k.uniform(documentOf(k, sizes, batch, first)));
  Value low = sizes.seesAll() ? k.integer(0) : k.div(k.max(windowBegin, 0), keys);
  inChunk = k.add(k.sub(high, low), 1);
  if (!sizes.ring) {
    count = inChunk;
    // Tile n is seen by all where its last key is not after the first query, and its first in the last one's
    // window and document.
    Value tooNew = k.div(k.add(first, 1), keys);
    fullBegin = k.add(k.sub(high, tooNew), 1);
    Value lastWindow = k.max(k.add(first, queries - sizes.window), 0);
    if (sizes.documents)
      lastWindow = k.max(lastWindow, k.uniform(documentOf(k, sizes, batch, k.add(first, queries - 1))));
    Value lowFull = sizes.seesAll() ? low : k.div(k.add(lastWindow, keys - 1), keys);
    fullEnd = k.add(k.sub(high, lowFull), 1);
    return;
  }
  // Slots before the cursor hold positions from -oldest on; those after it, in a full ring, from oldest -
  // ring on.
  oldest = cursor.oldest;
  newerHigh = k.div(k.max(k.sub(oldest, 1), 0), keys);
  Value newer = countTiles(k, k.max(k.add(oldest, windowBegin), 0), oldest, keys);
  Value beforeThem = k.add(k.add(oldest, windowBegin), sizes.ring);
  Value older = countTiles(k, k.max(beforeThem, 0), k.integer(sizes.ring), keys);
  chunkAndNewer = k.add(inChunk, newer);
  count = k.add(chunkAndNewer, k.select(cursor.isFull, older, 0));
}

KeyTile KeyWalk::inSequence(Value i) const {
  Value row = k.mul(k.sub(high, i), keys);
  return {row, row, Value(), Value(), Value()};
}

KeyTile KeyWalk::tile(Value i) const {
  if (!sizes.ring)
    return inSequence(i);
  KeyTile chunk = inSequence(i), tile;
  tile.isRing = k.lessEqual(inChunk, i);
  Value isOlder = k.lessEqual(chunkAndNewer, i);
  Value high = k.select(isOlder, k.integer((sizes.ring - 1) / keys), newerHigh);
  Value before = k.select(isOlder, chunkAndNewer, inChunk);
  Value ringRow = k.mul(k.sub(high, k.sub(i, before)), keys);
  Value firstSlot = k.select(isOlder, k.sub(-sizes.ring, oldest), k.sub(0, oldest)); // the position of slot 0
  Value ringEnd = k.select(isOlder, k.sub(0, oldest), 0);
  tile.row = k.select(tile.isRing, ringRow, chunk.row);
  tile.position = k.select(tile.isRing, k.add(ringRow, firstSlot), chunk.row);
  tile.end = k.select(tile.isRing, ringEnd, k.integer(sizes.T));
  Value tileEnd = k.add(tile.position, keys), lastQuery = k.add(first, queries - 1);
  Value hasLater = k.either(k.less(k.add(first, 1), tileEnd), k.less(tile.end, tileEnd));
  tile.isPartial = k.either(hasLater, k.lessEqual(tile.position, k.sub(lastQuery, sizes.window)));
  if (sizes.documents)
    tile.isPartial =
        k.either(tile.isPartial, k.less(tile.position, k.uniform(documentOf(k, sizes, batch, lastQuery))));
  return tile;
}

Visible KeyWalk::visible(const KeyTile &tile, const std::array<Value, 2> &row) const {
  Visible visible;
  for (int64_t r = 0; r < 2; ++r) {
    Value end = k.add(row[r], 1);
    visible.begin[r] = k.sub(oldestSeen(k, sizes, batch, row[r]), tile.position);
    visible.end[r] = k.sub(tile.end ? k.min(end, tile.end) : end, tile.position);
  }
  return visible;
}

} // namespace samba::gpu
