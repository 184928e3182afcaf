//===- StreamGemm.cpp - y [R, N] = x [R, K] w [N, K]^T, 8 < R <= 64: w at the speed of memory -----------===//
//
// All that costs time is to read w, 2 N K bytes, once, and every block reads x again: so a block has 64 rows
// of w. One thread asks for w and x, 128 channels at a time, as far ahead as shared memory reaches; what it
// asks of w before it waits for the launch whose result x is, and what the other block of the multiprocessor
// asks for, keeps the memory busy. Warp j of eight has rows 16 (j % 4) .. of w, the left operand of
// mma.m16n8k16, and half j / 4 of the channels of each stage; x is the right operand, eight rows at a time.
//
// Where there are too few blocks, those of a cluster share the channels. Sums meet in shared memory, first
// those of the two halves, then those of the cluster's blocks, in order.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/StreamGemm.h"

#include "codegen/tile/gpu/Cluster.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t width = 64 /* rows of w of a block */, chunk = 64, halves = 2,
                  depthOfStage = halves * chunk;
constexpr int64_t warps = 8, threads = 32 * (warps + 1), producer = 32 * warps;
constexpr int64_t sumStride = width + 4; ///< f32 from row to row of x: no bank twice

class StreamGemm {
public:
  StreamGemm(KernelBuilder &k, LinearOp op)
      : k(k), x(op.getX()), rows(rowsOf(op.getY())), depth(channelsOf(x)),
        rowTiles(llvm::divideCeil(rows, 8)), results(k, findSections(k, x), rows, width) {
    blocksPerSm = rowTiles <= 4 ? 2 : 1;
    shareChannels();
    int64_t room = 226 * 1024 / blocksPerSm - 1024 - halves * sumBytes();
    slots = std::min(stages, room / stageBytes());
  }

  void emit() {
    k.begin({.grid = {results.blocks() * blocks, 1, 1},
             .threads = threads,
             .blocksPerSm = blocksPerSm,
             .cluster = blocks,
             .waitsItself = true});
    prepare();
    k.allowLaterLaunches();
    results.awaitWeights();
    results.prefetchInputs();
    isProducer = k.equal(k.threadId(), producer);
    k.when(isProducer, [&] {
      overFirst([&](Value stage) {
        k.arriveExpect(barrier(full, stage), depthOfStage * (width + rows) * 2);
        loadW(stage, stage);
      });
    });
    k.waitForEarlierLaunches();
    results.loadEarly(threadOfCluster(), threads * blocks);
    auto consume = [&]() -> Values { return multiply(), Values(); };
    auto produce = [&]() -> Values { return k.when(isProducer, [&] { load(); }), Values(); };
    k.choose(k.less(k.threadId(), producer), consume, produce);
    addSums();
    results.store(threadOfCluster(), threads * blocks,
                  [&](Value row, Value column, int64_t n) { return total(row, column, n); });
    if (blocks > 1)
      k.clusterBarrier(); // shared memory stays until all have read it
    k.end();
  }

private:
  // ---- how the work is shared out ------------------------------------------------------------------------

  /// As many blocks as fill the multiprocessors, each with two stages at least.
  void shareChannels() {
    const int64_t all = llvm::divideCeil(depth, depthOfStage);
    for (int64_t n : {2, 3, 4, 6, 8})
      if (int64_t each = llvm::divideCeil(all, n);
          results.blocks() * blocks < multiprocessors * blocksPerSm * 3 / 4 && each >= 2 &&
          each * (n - 1) < all)
        blocks = n;
    stages = llvm::divideCeil(all, blocks);
  }

  int64_t paddedRows() const { return rowTiles * 8; }
  int64_t chunkBytesOfX() const { return paddedRows() * 128; }
  int64_t stageBytes() const { return halves * (width * 128 + chunkBytesOfX()); }
  int64_t sumBytes() const { return paddedRows() * sumStride * 4; } ///< of one half
  Value threadOfCluster() { return k.add(k.mul(rank, threads), k.threadId()); }

  void prepare() {
    ring = k.reserveShared(slots * stageBytes(), 1024);
    sums = k.reserveShared(halves * sumBytes());
    full = k.reserveShared(8 * slots, 8), empty = k.reserveShared(8 * slots, 8);
    mapX = k.matrixMap(x, rows);
    for (const Section &section : results.sections)
      for (LinearOp product : section.products)
        mapsOfW.push_back(k.matrixMap(product.getW(), results.perKind(section)));
    Value block = k.blockId();
    rank = k.rem(block, blocks);
    results.begin(k.div(block, blocks));
    firstChannel = k.mul(rank, stages * depthOfStage);
    k.when(k.equal(k.threadId(), 0), [&] {
      for (int64_t slot = 0; slot < slots; ++slot) {
        k.initBarrier(k.sharedMemory(full + 8 * slot), 1);
        k.initBarrier(k.sharedMemory(empty + 8 * slot), warps);
      }
      k.fenceBarrierInit();
    });
    k.barrier();
  }

  Value barrier(int64_t first, Value slot) { return k.at(k.sharedMemory(first), k.shiftLeft(slot, 3)); }
  Value tileOfW(Value slot) { return k.at(k.sharedMemory(ring), k.mul(slot, stageBytes())); }
  Value tileOfX(Value slot) { return k.at(tileOfW(slot), halves * width * 128); }

  // ---- the thread that asks ------------------------------------------------------------------------------

  void overFirst(function_ref<void(Value stage)> body) {
    for (int64_t stage = 0; stage < slots; ++stage)
      body(k.integer(stage));
  }

  /// Of both kinds of columns of a section, from one weight or from two. Zeros past the ends of w.
  void loadW(Value stage, Value slot) {
    auto *map = mapsOfW.begin();
    for (const Section &section : results.sections) {
      auto load = [&] {
        for (int64_t column = 0; column < width; column += results.perKind(section)) {
          Value mapOfKind = section.products.size() == 2 && column ? map[1] : map[0];
          Value row = k.add(results.channelOf(section, column), section.begin);
          loadChunks(mapOfKind, k.at(tileOfW(slot), column * 128), width * 128, row, stage, slot);
        }
      };
      if (results.sections.size() == 1)
        load();
      else
        k.when(results.isHere(section), load);
      map += section.products.size();
    }
  }
  void loadX(Value stage, Value slot) {
    loadChunks(mapX, tileOfX(slot), chunkBytesOfX(), k.integer(0), stage, slot);
  }
  void loadChunks(Value map, Value to, int64_t bytesApart, Value row, Value stage, Value slot) {
    Value channel = k.add(firstChannel, k.mul(stage, depthOfStage));
    for (int64_t half = 0; half < halves; ++half)
      k.tmaLoad(k.at(to, half * bytesApart), map, {k.add(channel, half * chunk), row}, barrier(full, slot));
  }

  /// x of the stages whose w is under way, then the others.
  void load() {
    overFirst([&](Value stage) { loadX(stage, stage); });
    k.loop(k.integer(slots), k.integer(stages), 1, [&](Value stage) {
      Value slot = k.rem(stage, slots), turn = k.div(stage, slots);
      k.waitBarrier(barrier(empty, slot), k.bitAnd(k.sub(turn, 1), 1));
      k.arriveExpect(barrier(full, slot), depthOfStage * (width + rows) * 2);
      loadW(stage, slot);
      loadX(stage, slot);
    });
  }

  // ---- the product ---------------------------------------------------------------------------------------

  void multiply() {
    Value warp = k.warpId(), lane = k.laneId();
    Value half = k.shiftRight(warp, 2), firstRow = k.shiftLeft(k.bitAnd(warp, 3), 4);
    Values none(4 * rowTiles, k.number(0));
    Values tile = k.loop(0, stages, 1, none, [&](Value stage, ValueRange before) {
      Value slot = k.rem(stage, slots), turn = k.div(stage, slots);
      k.waitBarrier(barrier(full, slot), k.bitAnd(turn, 1));
      Values after = multiplyChunk(k.at(tileOfW(slot), k.mul(half, width * 128)),
                                   k.at(tileOfX(slot), k.mul(half, chunkBytesOfX())), firstRow, lane, before);
      k.warpBarrier();
      k.arrive(barrier(empty, slot), k.equal(lane, 0));
      return after;
    });
    storeSums(tile, half, firstRow, lane);
  }

  Values multiplyChunk(Value w, Value x, Value firstRow, Value lane, ValueRange before) {
    Values sums(before);
    Value rowOfW = k.add(firstRow, k.bitAnd(lane, 15)), pieceOfW = k.shiftRight(lane, 4);
    Value rowOfX = k.bitAnd(lane, 7), pieceOfX = k.bitAnd(k.shiftRight(lane, 3), 1);
    Value tileOfLane = k.shiftLeft(k.shiftRight(lane, 4), 3);
    for (int64_t piece = 0; piece < chunk / 8; piece += 2) {
      Values left = k.loadMatrix(k.at(w, k.swizzle128(rowOfW, k.add(pieceOfW, piece))), 4);
      for (int64_t first = 0; first < rowTiles; first += 2) {
        int64_t count = std::min<int64_t>(2, rowTiles - first);
        Value row = k.add(rowOfX, 8 * first);
        if (count == 2)
          row = k.add(row, tileOfLane);
        Values right = k.loadMatrix(k.at(x, k.swizzle128(row, k.add(pieceOfX, piece))), 2 * count);
        for (int64_t i = 0; i < count; ++i) {
          int64_t at = 4 * (first + i);
          Values product =
              k.mma16x8x16(left, ArrayRef<Value>(right).slice(2 * i, 2), ArrayRef<Value>(sums).slice(at, 4));
          llvm::copy(product, sums.begin() + at);
        }
      }
    }
    return sums;
  }

  // ---- sums: [half][row of x][row of w] ------------------------------------------------------------------

  Value placeOf(Value row, Value column) {
    return k.at(k.sharedMemory(sums), k.shiftLeft(k.add(k.mul(row, sumStride), column), 2));
  }

  void storeSums(ValueRange tile, Value half, Value firstRow, Value lane) {
    Value row = k.add(k.shiftLeft(k.bitAnd(lane, 3), 1), k.mul(half, paddedRows()));
    Value to = placeOf(row, k.add(firstRow, k.shiftRight(lane, 2)));
    for (auto [i, sum] : llvm::enumerate(tile)) {
      int64_t row = i / 4 * 8 + i % 2, column = i / 2 % 2 * 8;
      k.storeScalar(sum, k.at(to, (row * sumStride + column) * 4), k.f32);
    }
  }

  static Values sumOf(ArrayRef<Values> parts, KernelBuilder &k) {
    Values sum = parts[0];
    for (const Values &part : parts.drop_front())
      for (auto [total, value] : llvm::zip(sum, part))
        total = k.add(total, value);
    return sum;
  }
  Values sumOfHalves(Value place, int64_t n) {
    return sumOf({k.load(place, k.f32, n), k.load(k.at(place, sumBytes()), k.f32, n)}, k);
  }

  /// If other blocks are to read them, the sums of both halves, in the place of the first.
  void addSums() {
    k.barrier();
    if (blocks == 1)
      return;
    k.loop(k.threadId(), rows * width / 4, threads, [&](Value i) {
      Value place = placeOf(k.div(i, width / 4), k.shiftLeft(k.rem(i, width / 4), 2));
      k.store(sumOfHalves(place, 4), place, k.f32);
    });
    k.clusterBarrier();
  }

  Values total(Value row, Value column, int64_t n) {
    Value place = placeOf(row, column);
    if (blocks == 1)
      return sumOfHalves(place, n);
    SmallVector<Values> parts;
    for (int64_t other = 0; other < blocks; ++other)
      parts.push_back(k.load(inBlock(k, place, other), k.f32, n));
    return sumOf(parts, k);
  }

  KernelBuilder &k;
  Value x;
  const int64_t rows, depth;
  const int64_t rowTiles; ///< of 8 rows of x
  SkinnyResults results;
  int64_t blocksPerSm;
  int64_t blocks = 1; ///< of a cluster
  int64_t stages, slots;
  int64_t ring, sums, full, empty; ///< in shared memory
  SmallVector<Value> mapsOfW;      ///< of the sections' products
  Value mapX, rank, firstChannel, isProducer;
};

} // namespace

bool canStream(KernelBuilder &k, LinearOp op) {
  Value x = op.getX();
  return rowsOf(x) > 8 && k.isTmaReady(x) && llvm::all_of(findSections(k, x), [&](const Section &section) {
           return (!section.rotary || SkinnyResults::halfHead(section) % (width / 2) == 0) &&
                  llvm::all_of(section.products,
                               [&](LinearOp product) { return k.isTmaReady(product.getW()); });
         });
}

void emitStreamGemm(KernelBuilder &k, LinearOp op) { StreamGemm(k, op).emit(); }

} // namespace samba::gpu
