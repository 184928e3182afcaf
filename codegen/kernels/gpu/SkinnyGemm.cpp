//===- SkinnyGemm.cpp - y [R, N] = x [R, K] w [N, K]^T, R up to 64: w at the speed of memory -------===//
//
// All that costs time is to read w, 2 N K bytes, once. A block has one or two tiles of 16 rows of w; its 8
// warps share the contraction: warp j has blocks j, j + 8, .. of 32 channels, so that the block reads 512
// neighbouring bytes of each row at a time. w is the A operand of mma.m16n8k16 and x, its rows padded to 8,
// is B; as the order of the contraction is free, lane (g, t) takes channels 8 t .. 8 t + 7 of rows g and g +
// 8: one 16-byte load, straight from global memory, is the operand of two instructions. x lies in shared
// memory, rows 64 bytes off a multiple of 128, so that reading it 16 bytes at a time meets no bank twice. The
// warps' sums are added in shared memory, in order.
//
// Before it waits for the launch whose result x is, a block loads its first channels of w to registers and
// asks for the others to be brought into the L2 cache. After that, a batch of loads is always under way while
// the one before is multiplied.
//
// Where x is a norm of few rows, every block makes it for itself.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/SkinnyGemm.h"

#include "codegen/kernels/gpu/SkinnyResults.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t warps = 8, threads = 32 * warps, block = 32 /* channels of a warp's step */, tileRows = 16;

class SkinnyGemm {
public:
  SkinnyGemm(KernelBuilder &k, LinearOp op)
      : k(k), x(op.getX()), norm(x.getDefiningOp<RmsNormOp>()), rows(rowsOf(op.getY())), depth(channelsOf(x)),
        rowTiles(llvm::divideCeil(rows, 8)) {
    SmallVector<Section> sections = findSections(k, x);
    // Where there are many rows of w, two tiles of them share what is read of x.
    int64_t columns = 0;
    bool needsTwo = false, isEven = true;
    for (const Section &section : sections) {
      columns += section.columns();
      needsTwo |= section.needsTwoTiles();
      isEven &= section.columns() % (2 * tileRows) == 0;
    }
    wTiles = needsTwo || (isEven && columns >= 4096) ? 2 : 1;
    results.emplace(k, std::move(sections), rows, tileRows * wTiles);
    grid = results->blocks();
    chooseChunk();
  }

  void emit() {
    bool needsManyRegisters = rowTiles > 2 || batch > 4 || (norm && depth > 1536);
    k.begin({.grid = {grid, 1, 1},
             .threads = threads,
             .blocksPerSm = needsManyRegisters ? 1 : 2,
             .waitsItself = true});
    warp = k.warpId(), lane = k.laneId();
    sharedX = k.sharedMemory(k.reserveShared(rows * xStride()));
    sharedSums = k.sharedMemory(k.reserveShared(warps * wTiles * rowTiles * 8 * tileRows * 4));
    results->begin(k.blockId());
    k.allowLaterLaunches();
    results->awaitWeights();
    for (int64_t half = 0; half < 2 * wTiles; ++half)
      rowOfW.push_back(addressOfRow(half / 2, k.add(k.shiftRight(lane, 2), half % 2 * 8)));
    Values loaded = loadBatch(0, k.integer(0));
    if (batch < steps || chunk < depth)
      prefetchRows();
    if (norm)
      k.when(k.equal(k.threadId(), 0), [&] {
        int64_t bytes = depth * k.elementOf(norm.getW()).getIntOrFloatBitWidth() / 8;
        k.prefetchL2(k.address(norm.getW(), 0, 0), bytes);
      });
    results->prefetchInputs();
    k.waitForEarlierLaunches();
    results->loadEarly(k.threadId(), threads);
    Values sums(4 * rowTiles * wTiles, k.number(0));
    for (int64_t channel = 0; channel < depth; channel += chunk) {
      if (channel) {
        k.barrier();
        loaded = loadBatch(channel, k.integer(0));
      }
      if (norm)
        makeX();
      else
        fetchX(channel);
      k.barrier();
      sums = multiplyChunk(channel, loaded, sums);
    }
    addWarps(sums);
    k.end();
  }

private:
  /// Channels of x that lie in shared memory at a time: all of them, if a multiprocessor's blocks can have
  /// them.
  void chooseChunk() {
    int64_t blocksPerSm = std::clamp<int64_t>(llvm::divideCeil(grid, multiprocessors), 1, 2);
    int64_t bytes = 200 * 1024 / blocksPerSm - warps * wTiles * rowTiles * 512;
    int64_t round = warps * block, most = std::max(round, bytes / (2 * rows) / round * round - round);
    chunk = std::min<int64_t>(llvm::alignTo(depth, round), most);
    steps = chunk / round;
    if (largestBatch() == 1 && steps > 1) // a prime number: some more channels, that are zeros
      chunk = ++steps * round;
    batch = largestBatch();
  }

  /// The most steps, of those that divide them all, whose loads of w fit the registers twice.
  int64_t largestBatch() const {
    int64_t most = std::min<int64_t>(steps, wTiles == 2 ? 2 : rowTiles > 2 ? 3 : 8);
    while (steps % most)
      --most;
    return most;
  }

  int64_t xStride() const { return chunk * 2 + 64; } // chunk is a multiple of 256

  // ---- w ------------------------------------------------------------------------------------------------

  /// Of row `row` of a tile of this block; past the last row of w, that one.
  Value addressOfRow(int64_t tile, Value row) {
    Value address;
    for (const Section &section : llvm::reverse(results->sections)) {
      Value w = LinearOp(section.products[section.products.size() == 2 ? tile : 0]).getW();
      Value inW = k.add(results->channelOf(section, tile * tileRows), row);
      if (section.columns() % results->perKind(section))
        inW = k.min(inW, section.columns() - 1);
      inW = k.add(inW, section.begin);
      Value here = k.address(w, inW, 0);
      address =
          address ? k.select(k.less(k.blockId(), section.firstBlock + section.blocks), here, address) : here;
    }
    return address;
  }

  void prefetchRows() {
    Value row = k.bitAnd(k.threadId(), tileRows - 1);
    for (int64_t tile = 0; tile < wTiles; ++tile)
      k.when(k.equal(k.shiftRight(k.threadId(), 4), tile),
             [&] { k.prefetchL2(addressOfRow(tile, row), depth * 2); });
  }

  /// `batch` steps from `step` on: [step][tile][row g, row g + 8] 4 words.
  Values loadBatch(int64_t channel, Value step) {
    Values words;
    for (int64_t i = 0; i < batch; ++i)
      for (Value row : rowOfW) {
        Value from = k.add(inChunk(step, i), channel);
        if (depth % chunk) // beyond the end something finite: x is 0 there
          from = k.min(from, lastPiece());
        words.append(withoutTail(k.loadWords(k.at(row, k.shiftLeft(from, 1)), 4, /*constant=*/true), from));
      }
    return words;
  }

  /// The last multiple of 8 channels.
  int64_t lastPiece() const { return (depth - 1) / 8 * 8; }

  /// The 8 channels from `from` on, with zeros for those beyond the end of the row.
  Values withoutTail(Values words, Value from) {
    const int64_t real = depth - lastPiece(); // channels of the last piece
    for (int64_t i = real / 2; i < 4; ++i) {
      Value kept = 2 * i < real ? k.bitAnd(words[i], 0xffff) : k.integer(0);
      words[i] = k.select(k.equal(from, lastPiece()), kept, words[i]);
    }
    return words;
  }

  /// This lane's first channel in the chunk.
  Value inChunk(Value step, int64_t i) {
    Value blockOf = k.add(k.mul(k.add(step, i), warps), warp);
    return k.add(k.mul(blockOf, block), k.shiftLeft(k.bitAnd(lane, 3), 3));
  }

  // ---- x ------------------------------------------------------------------------------------------------

  Value inSharedX(Value row, Value channel) {
    return k.at(sharedX, k.add(k.mul(row, xStride()), k.shiftLeft(channel, 1)));
  }

  /// shared [rows][chunk] = x from `channel` on; zeros beyond its end.
  void fetchX(int64_t channel) {
    int64_t pieces = chunk / 8, real = llvm::divideCeil(std::min(depth - channel, chunk), 8);
    k.loop(k.threadId(), rows * pieces, threads, [&](Value i) {
      Value row = k.div(i, pieces), piece = k.rem(i, pieces);
      Value from = real == pieces ? piece : k.min(piece, real - 1);
      Value first = k.add(k.shiftLeft(from, 3), channel);
      Values words = withoutTail(k.loadWords(k.address(x, row, first), 4), first);
      if (real != pieces)
        for (Value &word : words)
          word = k.select(k.less(piece, real), word, 0);
      k.storeWords(words, inSharedX(row, k.shiftLeft(piece, 3)));
    });
  }

  /// The same for the norm's result, x = z r w_norm; as many warps as there are share a row.
  void makeX() {
    const int64_t perRow = warps / llvm::PowerOf2Ceil(rows), step = 8 * 32 * perRow; // warps; channels
    Value row = k.div(warp, perRow), exists = rows * perRow < warps ? k.less(row, rows) : Value();
    Value first = k.shiftLeft(k.add(k.shiftLeft(k.rem(warp, perRow), 5), lane), 3);
    SmallVector<Values> z, w;
    auto load = [&](Value tensor, Value row, int64_t piece) {
      Value channel = k.add(first, piece);
      return k.load(tensor, row, piece + step > depth ? k.min(channel, depth - 8) : channel, 8);
    };
    const bool isShort = chunk <= 2 * step; // registers for w too
    for (int64_t piece = 0; piece < chunk; piece += step) {
      z.push_back(load(norm.getX(), exists ? k.min(row, rows - 1) : row, piece));
      if (isShort)
        w.push_back(load(norm.getW(), k.integer(0), piece));
    }
    Value sum = k.number(0);
    for (auto [i, values] : llvm::enumerate(z))
      for (Value &value : values) {
        if (int64_t piece = int64_t(i) * step; piece + step > depth)
          value = k.select(k.less(k.add(first, piece), depth), value, 0.0);
        sum = k.fma(value, value, sum);
      }
    Value mean = k.mul(sumWarps(k.sumLanes(sum), perRow), 1.0 / double(depth));
    Value r = k.rsqrt(k.add(mean, norm.getEps().convertToDouble()));
    for (auto [i, values] : llvm::enumerate(z)) {
      int64_t piece = int64_t(i) * step;
      for (auto [value, wi] : llvm::zip(values, isShort ? w[i] : load(norm.getW(), k.integer(0), piece)))
        value = k.mul(k.mul(value, r), wi);
      Value channel = k.add(first, piece), isInside = exists;
      if (piece + step > chunk)
        isInside = exists ? k.both(exists, k.less(channel, chunk)) : k.less(channel, chunk);
      auto store = [&, &values = values] { k.storeWords(k.packPairs(values), inSharedX(row, channel)); };
      if (isInside)
        k.when(isInside, store);
      else
        store();
    }
  }

  /// Over `count` neighbouring warps, in order.
  Value sumWarps(Value x, int64_t count) {
    if (count == 1)
      return x;
    k.when(k.equal(lane, 0), [&] { k.storeScalar(x, k.at(sharedSums, k.shiftLeft(warp, 2)), k.f32); });
    k.barrier();
    Value sum = k.number(0), first = k.mul(k.div(warp, count), count);
    for (Value part : k.load(k.at(sharedSums, k.shiftLeft(first, 2)), k.f32, count))
      sum = k.add(sum, part);
    return sum;
  }

  // ---- the product --------------------------------------------------------------------------------------

  Values multiplyChunk(int64_t channel, Values loaded, ValueRange before) {
    Values carried(before);
    carried.append(loaded);
    auto turn = [&](Value step, ValueRange carried) {
      Values next = loadBatch(channel, k.add(step, batch));
      Values sums = multiplyBatch(step, carried.drop_front(before.size()), carried.take_front(before.size()));
      sums.append(next);
      return sums;
    };
    // ptxas would unroll the loop as it likes, and have more loads under way than it has registers for.
    const int64_t turns = steps / batch - 1, atOnce = norm || rowTiles > 1 || turns % 2 ? 1 : 2;
    carried = k.loop(0, turns * batch, atOnce * batch, carried, [&](Value step, ValueRange carried) {
      Values last = turn(step, carried);
      return atOnce == 1 ? last : turn(k.add(step, batch), last);
    });
    k.keepRolled();
    return multiplyBatch(k.integer(steps - batch), ValueRange(carried).drop_front(before.size()),
                         ValueRange(carried).take_front(before.size()));
  }

  Values multiplyBatch(Value step, ValueRange words, ValueRange before) {
    Values sums(before);
    for (int64_t i = 0; i < batch; ++i)
      for (int64_t rowTile = 0; rowTile < rowTiles; ++rowTile) {
        Values right = loadX(rowTile, inChunk(step, i));
        for (int64_t tile = 0; tile < wTiles; ++tile)
          multiply(words.slice((i * wTiles + tile) * 8, 8), right, sums, 4 * (tile * rowTiles + rowTile));
      }
    return sums;
  }

  Values loadX(int64_t rowTile, Value channel) {
    Value row = k.add(k.shiftRight(lane, 2), 8 * rowTile);
    if (rows % 8)
      row = k.min(row, rows - 1); // the column of the product is not used
    return k.loadWords(inSharedX(row, channel), 4);
  }

  void multiply(ValueRange w, ValueRange right, Values &sums, int64_t at) {
    for (int64_t i = 0; i < 4; i += 2) {
      Values product = k.mma16x8x16({w[i], w[4 + i], w[i + 1], w[5 + i]}, {right[i], right[i + 1]},
                                    ArrayRef(sums).slice(at, 4));
      llvm::copy(product, sums.begin() + at);
    }
  }

  // ---- results ------------------------------------------------------------------------------------------

  /// The warps' sums, [warp][row of x][tile][row of w], added and stored.
  void addWarps(ArrayRef<Value> sums) {
    int64_t perRow = tileRows * wTiles, perWarp = rowTiles * 8 * perRow;
    Value group = k.shiftRight(lane, 2), pair = k.shiftLeft(k.bitAnd(lane, 3), 1);
    Value mine = k.add(k.mul(warp, perWarp), k.add(k.mul(pair, perRow), group));
    for (int64_t tile = 0; tile < wTiles; ++tile)
      for (int64_t rowTile = 0; rowTile < rowTiles; ++rowTile)
        for (int64_t i = 0; i < 4; ++i) {
          int64_t place = (8 * rowTile + i % 2) * perRow + tileRows * tile + 8 * (i / 2);
          k.storeScalar(sums[4 * (tile * rowTiles + rowTile) + i],
                        k.at(k.at(sharedSums, k.shiftLeft(mine, 2)), place * 4), k.f32);
        }
    k.barrier();
    results->store(k.threadId(), threads,
                   [&](Value row, Value column, int64_t n) { return total(row, column, n); });
  }

  /// The sum over the warps of columns `column` .. of a block's [rows][perRow].
  Values total(Value row, Value column, int64_t width) {
    int64_t perRow = tileRows * wTiles, perWarp = rowTiles * 8 * perRow;
    Value from = k.at(sharedSums, k.shiftLeft(k.add(k.mul(row, perRow), column), 2));
    Values total = k.load(from, k.f32, width);
    for (int64_t other = 1; other < warps; ++other) {
      Values part = k.load(k.at(from, other * perWarp * 4), k.f32, width);
      for (auto [sum, value] : llvm::zip(total, part))
        sum = k.add(sum, value);
    }
    return total;
  }

  KernelBuilder &k;
  Value x;
  RmsNormOp norm; ///< that makes x, or null
  const int64_t rows, depth;
  const int64_t rowTiles; ///< of 8 rows of x
  std::optional<SkinnyResults> results;
  int64_t wTiles; ///< of 16 rows of w, in a block
  int64_t grid = 0;
  int64_t chunk, steps, batch; ///< channels of x in shared memory; a warp's blocks of them; loaded at a time
  Value warp, lane;
  SmallVector<Value> rowOfW; ///< this lane's rows of w: [tile][row g, row g + 8]
  Value sharedX, sharedSums;
};

} // namespace

void emitSkinnyGemm(KernelBuilder &k, LinearOp op) { SkinnyGemm(k, op).emit(); }

} // namespace samba::gpu
