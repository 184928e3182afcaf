//===- SkinnyGemm.cpp - y [R, N] = x [R, K] w [N, K]^T, R up to 64: w at the speed of memory
//-------------===//
//
// All that costs time is to read w, 2 N K bytes, once. A block has 16 (or 32) rows of w; its 8 warps share
// the contraction: warp j has blocks j, j + 8, .. of 32 channels, so that the block reads 512 neighbouring
// bytes of each row at a time. w is the A operand of mma.m16n8k16 and x, its rows padded to 8, is B; as the
// order of the contraction is free, lane (g, t) takes channels 8 t .. 8 t + 7 of rows g and g + 8: one
// 16-byte load, straight from global memory, is the operand of two instructions. x lies in shared memory,
// rows 64 bytes off a multiple of 128, so that reading it 16 bytes at a time meets no bank twice. The warps'
// sums are added in shared memory, in order.
//
// In flight: up to 12 loads of 16 bytes per thread, 48 KB per block, some blocks per multiprocessor. Before
// it waits for the launch whose result x is, a block asks for its rows of w to be brought into the L2 cache.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/SkinnyGemm.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t warps = 8, threads = 32 * warps, block = 32 /* channels of a warp's step */;

class SkinnyGemm {
public:
  SkinnyGemm(KernelBuilder &k, LinearOp op)
      : k(k), x(op.getX()), w(op.getW()), y(op.getY()), rows(rowsOf(y)), columns(channelsOf(y)),
        depth(channelsOf(x)), rowTiles(llvm::divideCeil(rows, 8)) {
    // Where x is many rows, two tiles of w share what is read of it.
    wTiles = rows > 8 && columns >= 32 * 2 * multiprocessors ? 2 : 1;
    grid = llvm::divideCeil(columns, 16 * wTiles);
    chooseChunk();
  }

  void emit() {
    k.begin({.grid = {grid, 1, 1},
             .threads = threads,
             .blocksPerSm = rowTiles <= 2 ? 3 : 2,
             .waitsItself = true});
    warp = k.warpId(), lane = k.laneId();
    sharedX = k.sharedMemory(k.reserveShared(rows * xStride()));
    sharedSums = k.sharedMemory(k.reserveShared(warps * wTiles * rowTiles * 8 * 16 * 4));
    first = k.mul(k.blockId(), 16 * wTiles);
    k.allowLaterLaunches();
    prefetchRows();
    k.waitForEarlierLaunches();
    Values sums(4 * rowTiles * wTiles, k.number(0));
    for (int64_t channel = 0; channel < depth; channel += chunk) {
      if (channel)
        k.barrier();
      fetchX(channel);
      k.barrier();
      sums = multiplyChunk(channel, sums);
    }
    addWarps(sums);
    k.end();
  }

private:
  /// Channels of x that lie in shared memory at a time: all of them, if a multiprocessor's blocks can have
  /// them.
  void chooseChunk() {
    int64_t blocksPerSm = std::clamp<int64_t>(llvm::divideCeil(grid, multiprocessors), 1, 3);
    int64_t bytes = 200 * 1024 / blocksPerSm - warps * wTiles * rowTiles * 512;
    int64_t round = warps * block, most = std::max(round, bytes / (2 * rows) / round * round - round);
    chunk = std::min<int64_t>(llvm::alignTo(depth, round), most);
    steps = chunk / round;
    if (largestBatch() == 1 && steps > 1) // a prime number: some more channels, that are zeros
      chunk = ++steps * round;
    batch = largestBatch();
  }

  /// The most steps, of those that divide them all, whose loads of w fit the registers.
  int64_t largestBatch() const {
    int64_t most = std::min<int64_t>(steps, wTiles == 2 || rowTiles > 2 ? 3 : 6);
    while (steps % most)
      --most;
    return most;
  }

  int64_t xStride() const { return chunk * 2 + 64; } // chunk is a multiple of 256

  void prefetchRows() {
    k.when(k.less(k.threadId(), 16 * wTiles), [&] {
      Value row = k.min(k.add(first, k.threadId()), columns - 1);
      k.prefetchL2(k.address(w, row, 0), depth * 2);
    });
  }

  /// shared [rows][chunk] = x from `channel` on; zeros beyond its end.
  void fetchX(int64_t channel) {
    int64_t pieces = chunk / 8, real = std::min(depth - channel, chunk) / 8;
    k.loop(k.threadId(), rows * pieces, threads, [&](Value i) {
      Value row = k.div(i, pieces), piece = k.rem(i, pieces);
      Value from = real == pieces ? piece : k.min(piece, real - 1);
      Values words = k.loadWords(k.address(x, row, k.add(k.shiftLeft(from, 3), channel)), 4);
      if (real != pieces)
        for (Value &word : words)
          word = k.select(k.less(piece, real), word, 0);
      k.storeWords(words, k.at(sharedX, k.add(k.mul(row, xStride()), k.shiftLeft(piece, 4))));
    });
  }

  Values multiplyChunk(int64_t channel, ValueRange before) {
    auto body = [&](Value step, ValueRange sums) { return multiplyBatch(channel, step, sums); };
    if (batch == steps)
      return body(k.integer(0), before);
    return k.loop(0, steps, batch, before, body);
  }

  /// `batch` steps from `step` on: all their loads of w, then their products.
  Values multiplyBatch(int64_t channel, Value step, ValueRange before) {
    SmallVector<Values> operands; // [step][tile of w][row g, row g + 8]
    for (int64_t i = 0; i < batch; ++i)
      for (int64_t half = 0; half < 2 * wTiles; ++half)
        operands.push_back(loadW(half, k.add(inChunk(step, i), channel)));
    Values sums(before);
    for (int64_t i = 0; i < batch; ++i)
      for (int64_t rowTile = 0; rowTile < rowTiles; ++rowTile) {
        Values words = loadX(rowTile, inChunk(step, i));
        for (int64_t tile = 0; tile < wTiles; ++tile) {
          ArrayRef<Values> halves = ArrayRef(operands).slice((i * wTiles + tile) * 2, 2);
          multiply(halves[0], halves[1], words, sums, 4 * (tile * rowTiles + rowTile));
        }
      }
    return sums;
  }

  /// This lane's first channel in the chunk.
  Value inChunk(Value step, int64_t i) {
    Value blockOf = k.add(k.mul(k.add(step, i), warps), warp);
    return k.add(k.mul(blockOf, block), k.shiftLeft(k.bitAnd(lane, 3), 3));
  }

  /// 8 channels of row 8 half + lane / 4 of this block's part of w; beyond the end something finite: x is 0
  /// there.
  Values loadW(int64_t half, Value channel) {
    Value row = k.add(k.add(first, k.shiftRight(lane, 2)), 8 * half);
    if (columns % (16 * wTiles))
      row = k.min(row, columns - 1);
    if (depth % chunk)
      channel = k.min(channel, depth - 8);
    return k.loadWords(k.address(w, row, channel), 4, /*constant=*/true);
  }

  Values loadX(int64_t rowTile, Value channel) {
    Value row = k.add(k.shiftRight(lane, 2), 8 * rowTile);
    if (rows % 8)
      row = k.min(row, rows - 1); // the column of the product is not used
    return k.loadWords(k.at(sharedX, k.add(k.mul(row, xStride()), k.shiftLeft(channel, 1))), 4);
  }

  void multiply(ArrayRef<Value> upper, ArrayRef<Value> lower, ArrayRef<Value> words, Values &sums,
                int64_t at) {
    for (int64_t i = 0; i < 4; i += 2) {
      Values product = k.mma16x8x16({upper[i], lower[i], upper[i + 1], lower[i + 1]},
                                    {words[i], words[i + 1]}, ArrayRef(sums).slice(at, 4));
      llvm::copy(product, sums.begin() + at);
    }
  }

  /// The warps' sums, [warp][row of x][row of w], added and stored.
  void addWarps(ArrayRef<Value> sums) {
    int64_t perRow = 16 * wTiles, perWarp = rowTiles * 8 * perRow;
    Value group = k.shiftRight(lane, 2), pair = k.shiftLeft(k.bitAnd(lane, 3), 1);
    Value mine = k.add(k.mul(warp, perWarp), k.add(k.mul(pair, perRow), group));
    for (int64_t tile = 0; tile < wTiles; ++tile)
      for (int64_t rowTile = 0; rowTile < rowTiles; ++rowTile)
        for (int64_t i = 0; i < 4; ++i) {
          int64_t place = (8 * rowTile + i % 2) * perRow + 16 * tile + 8 * (i / 2);
          k.storeScalar(sums[4 * (tile * rowTiles + rowTile) + i],
                        k.at(k.at(sharedSums, k.shiftLeft(mine, 2)), place * 4), k.f32);
        }
    k.barrier();
    int64_t width = k.vectorWidth(y, 2), vectors = perRow / width;
    k.loop(k.threadId(), rows * vectors, threads, [&](Value i) {
      Value row = k.div(i, vectors), column = k.mul(k.rem(i, vectors), width);
      Value from = k.at(sharedSums, k.shiftLeft(k.add(k.mul(row, perRow), column), 2));
      Values total = k.load(from, k.f32, width);
      for (int64_t other = 1; other < warps; ++other) {
        Values part = k.load(k.at(from, other * perWarp * 4), k.f32, width);
        for (auto [sum, value] : llvm::zip(total, part))
          sum = k.add(sum, value);
      }
      Value to = k.add(first, column);
      auto store = [&] { k.store(y, row, to, total); };
      if (columns % perRow)
        k.when(k.less(to, columns), store);
      else
        store();
    });
  }

  KernelBuilder &k;
  Value x, w, y;
  const int64_t rows, columns, depth;
  const int64_t rowTiles; ///< of 8 rows of x
  int64_t wTiles;         ///< of 16 rows of w, in a block
  int64_t grid;
  int64_t chunk, steps, batch; ///< channels of x in shared memory; a warp's blocks of them; loaded at a time
  Value warp, lane, first;     ///< first row of w of this block
  Value sharedX, sharedSums;
};

} // namespace

void emitSkinnyGemm(KernelBuilder &k, LinearOp op) { SkinnyGemm(k, op).emit(); }

} // namespace samba::gpu
