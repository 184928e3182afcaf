//===- DecayWalk.cpp - the state of attention with decay, from chunk to chunk on the tensor cores -------===//
//
//   out_t = M^T z_t + sum_s p_ts y_s        M  <-  exp(G_C) M + sum_t x_t y_t^T        (DecayChunks.h)
//
//            rows     lanes    x    y    z    p     exp(G_C) of   time
//   o        key      value    k'   v    q'   a     rows          forward
//   dv       key      value    q'   do   k'   a^T   rows          backward
//   dq       value    key      v    k'   do         lanes         forward
//   dk       value    key      do   q'   v          lanes         backward
//
// A block walks through all chunks of one head with 64 lanes and up to 256 rows of M. A warp group keeps
// M^T [lanes, rows] in registers as a product's sums; rounded to pairs it is the left operand of M^T z. Its
// first thread loads. Two blocks share a multiprocessor: one's products run while the other waits.
//
// Cost of a chunk: 4 rows lanes 64 flops, and 64 (lanes + 64) more with p.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DecayChunks.h"

using namespace mlir;

namespace samba::gpu {

int64_t DecayWalk::partsOf(int64_t rows) {
  int64_t parts = llvm::divideCeil(rows, 256);
  while (rows % (64 * parts))
    ++parts;
  return parts;
}

namespace {

class WalkBlock {
  static constexpr int64_t tokens = DecayChunks::tokens, lanes = 64, rowBytes = 128, rowUnits = 8;
  static constexpr int64_t tileBytes = tokens * rowBytes; ///< of 64 channels

public:
  WalkBlock(KernelBuilder &k, const DecayWalk &walk)
      : k(k), walk(walk), chunks(walk.chunks), parts(walk.turned ? DecayWalk::partsOf(chunks.values) : 1),
        rows(walk.turned ? chunks.values / parts : chunks.keys),
        allLanes(walk.turned ? chunks.keys : chunks.values) {}

  void emit() {
    k.begin({.grid = {allLanes / lanes * parts, chunks.heads, chunks.B}, .threads = 128, .blocksPerSm = 2});
    prepare();
    Values M = k.loop(0, chunks.chunks, 1, begin(),
                      [&](Value step, ValueRange M) { return takeChunk(Values(M), k.uniform(step)); });
    k.keepRolled();
    finish(M);
    k.when(isFirst(), [&] { k.bulkWait(0, /*readOnly=*/true); }); // shared memory outlives the store
    k.end();
  }

private:
  int64_t rowsBytes() const { return tokens * rows * 2; }
  int64_t endBytes() const { return walk.turned ? 0 : chunks.keys * 4; }
  /// y, then p and exp(G_C) of rows.
  int64_t otherBytes() const { return tileBytes + (walk.turned ? 0 : tileBytes) + endBytes(); }

  void prepare() {
    constexpr int64_t warps = 4;
    depth = rows <= 128 ? 2 : 1;
    zRing.emplace(k, depth, rowsBytes(), warps);
    xRing.emplace(k, depth, rowsBytes(), warps);
    yRing.emplace(k, 2, llvm::alignTo(otherBytes(), 1024), warps);
    outTile = k.reserveShared(tileBytes, 1024);
    auto ofKeys = [&](bool read) {
      return chunks.scratchMap(k, read ? chunks.readKeys : chunks.writtenKeys, chunks.B, chunks.keys);
    };
    mapX = walk.turned ? headMap(k, walk.source, chunks.heads, tokens) : ofKeys(walk.backward);
    mapY = walk.turned ? ofKeys(walk.backward) : headMap(k, walk.source, chunks.heads, tokens);
    if (chunks.rest)
      mapRest = chunks.scratchMap(k, *chunks.rest, chunks.B, chunks.keys);
    mapZ = walk.turned ? headMap(k, walk.otherSource, chunks.heads, tokens) : ofKeys(!walk.backward);
    if (walk.turned) {
      mapOut = chunks.scratchMap(k, walk.outPlace, parts * chunks.B, chunks.keys);
    } else {
      mapScores = chunks.scoresMap(k);
      mapOut = headMap(k, walk.out, chunks.heads, tokens);
    }
    k.when(k.equal(k.threadId(), 0), [&] {
      for (TileRing *ring : {&*zRing, &*xRing, &*yRing})
        ring->init();
      k.fenceBarrierInit();
    });
    k.barrier();
    part = k.rem(k.blockId(), parts), laneBlock = k.div(k.blockId(), parts);
    head = k.blockId(1), batch = k.blockId(2);
    for (int64_t step = 0; step < depth; ++step)
      askForZ(k.integer(step));
    for (int64_t step = 0; step < 2; ++step)
      askForY(k.integer(step));
    for (int64_t use = 0; use < depth; ++use)
      askForX(k.integer(use / usesOfX()), use % usesOfX());
  }

  Value chunkOf(Value step) const { return walk.backward ? k.sub(chunks.chunks - 1, step) : step; }

  // ---- loads: the first thread asks for them ----------------------------------------------------------

  Value isFirst() { return k.equal(k.threadIdAgain(), 0); }

  void loadRows(const TileRing &ring, Value use, Value map, Value step) {
    Value token = k.mul(chunkOf(step), tokens);
    ring.waitEmpty(use);
    ring.expect(use, rowsBytes());
    for (int64_t column = 0; column < rows; column += 64)
      k.tmaLoad(k.at(ring.tile(use), column * rowBytes), map,
                {k.add(k.mul(part, rows), column), head, token, batch}, ring.full(use));
  }
  void loadOthers(Value step) {
    Value chunk = chunkOf(step), number = chunks.number(k, batch, head, chunk);
    yRing->waitEmpty(step);
    yRing->expect(step, otherBytes());
    Value tile = yRing->tile(step), full = yRing->full(step);
    k.tmaLoad(tile, mapY, {k.mul(laneBlock, lanes), head, k.mul(chunk, tokens), batch}, full);
    if (walk.turned)
      return;
    k.tmaLoad(k.at(tile, tileBytes), mapScores, {k.integer(0), k.mul(number, tokens)}, full);
    Value ends = k.at(k.scratch(chunks.ends), k.mul(k.extend(number), endBytes()));
    k.bulkLoad(k.at(tile, 2 * tileBytes), ends, endBytes(), full);
  }
  /// load(step), if the step exists; the ring's slot must be empty, or on its way to it.
  void ask(Value step, function_ref<void(Value step)> load) {
    k.when(k.both(isFirst(), k.less(step, chunks.chunks)), [&] { load(step); });
  }
  void askForZ(Value step) {
    ask(step, [&](Value step) { loadRows(*zRing, step, mapZ, step); });
  }
  void askForY(Value step) {
    ask(step, [&](Value step) { loadOthers(step); });
  }
  /// `which`: x, or its rest.
  void askForX(Value step, int64_t which) {
    ask(step, [&](Value step) { loadRows(*xRing, useOfX(step, which), which ? mapRest : mapX, step); });
  }
  int64_t usesOfX() const { return chunks.rest ? 2 : 1; }
  Value useOfX(Value step, int64_t which) { return k.add(k.mul(step, usesOfX()), which); }

  // ---- the state --------------------------------------------------------------------------------------

  /// body(row of a state tensor, its column, number of the register)
  void overState(function_ref<void(Value row, Value column, int64_t i)> body) {
    Value entry = k.madeHere(batch); // places are not kept through the walk
    Value first = k.add(k.mul(k.add(k.mul(entry, chunks.heads), head), chunks.keys), fragmentColumn(k));
    Value lane = k.add(k.mul(laneBlock, lanes), k.fragmentRow(0));
    for (int64_t i = 0; i < rows / 2; ++i)
      body(k.add(first, TileBuilder::fragmentColumn(i)), k.add(lane, 8 * rowOf(i)), i);
  }
  Values begin() {
    Values M = zeros(k, rows / 2);
    if (walk.before)
      overState([&](Value row, Value column, int64_t i) { M[i] = k.load(walk.before, row, column); });
    return M;
  }
  void finish(ValueRange M) {
    if (walk.after)
      overState([&](Value row, Value column, int64_t i) { k.store(walk.after, row, column, {M[i]}); });
  }

  /// exp(G_C) of this thread's two lanes.
  std::array<Value, 2> endsOfLanes(Value number) {
    Value lane = k.add(k.mul(laneBlock, lanes), k.fragmentRow(0));
    Value place = k.add(k.mul(k.extend(number), chunks.keys), k.extend(lane));
    Value pointer = k.at(k.scratch(chunks.ends), k.mul(place, 4));
    return {k.loadScalar(pointer, k.f32), k.loadScalar(k.at(pointer, 8 * 4), k.f32)};
  }
  Values decayRows(Values M, Value step) {
    Value first = k.at(yRing->tile(step), k.add(k.shiftLeft(fragmentColumn(k), 2), 2 * tileBytes));
    for (int64_t column = 0; column < rows; column += 8) {
      Values ends = k.load(k.at(first, 4 * column), k.f32, 2);
      for (int64_t i = column / 2; i < column / 2 + 4; ++i)
        M[i] = k.mul(M[i], ends[i % 2]);
    }
    return M;
  }

  // ---- S for the sums of S R: as the threads have it, [pairs / 4][128 threads][4] ---------------------

  Value statePlace(Value number) {
    Value block = k.add(k.mul(k.add(k.mul(number, parts), part), allLanes / lanes), laneBlock);
    return k.at(k.scratch(*walk.states),
                k.add(k.mul(k.extend(block), lanes * rows * 2), k.extend(k.shiftLeft(k.threadIdAgain(), 4))));
  }
  void keepState(ValueRange pairs, int64_t firstRow, Value number) {
    Value place = k.at(statePlace(number), firstRow / 4 * 512);
    for (size_t i = 0; i < pairs.size(); i += 4)
      k.storeWords(pairs.slice(i, 4), k.at(place, int64_t(i) * 512));
  }
  /// Of one of four quarters of the rows.
  Values loadState(Value number, int64_t quarter) {
    Values pairs;
    Value place = k.at(statePlace(number), quarter * rows / 16 * 512);
    for (int64_t i = 0; i < rows / 16; i += 4)
      pairs.append(k.loadWords(k.at(place, i * 512), 4));
    return pairs;
  }
  void sumThrough(ValueRange M, const Values &firstQuarter, Value number) {
    Value sums[2] = {k.number(0), k.number(0)};
    for (int64_t quarter = 0; quarter < 4; ++quarter) {
      Values S = k.unpackPairs(quarter ? loadState(number, quarter) : firstQuarter);
      for (int64_t i = 0; i < rows / 8; ++i)
        sums[rowOf(i)] = k.fma(S[i], M[quarter * rows / 8 + i], sums[rowOf(i)]);
      if (rows > 192)
        k.warpBarrier(); // loads do not cross it: there are no registers for more of them
    }
    for (int64_t r = 0; r < 2; ++r) {
      Value sum = k.sumLanes(sums[r], 4), lane = k.add(k.mul(laneBlock, lanes), k.fragmentRow(2 * r));
      Value row = k.add(k.mul(number, parts), part);
      Value index = k.add(k.mul(k.extend(row), chunks.keys), k.extend(lane));
      k.when(k.equal(k.bitAnd(k.threadId(), 3), 0),
             [&] { k.storeScalar(sum, k.at(k.scratch(*walk.through), k.mul(index, 4)), k.f32); });
    }
  }

  // ---- products: issued, not waited for ---------------------------------------------------------------

  /// M^T z, [lanes, tokens]; the wider M, the fewer of its pairs are there at once.
  Values issueRead(ValueRange M, Value step, Value number) {
    const int64_t columns = rows > 192 ? 128 : rows;
    Values out = undefined(k, tokens / 2);
    Value right = k.descriptor(zRing->tile(step));
    for (int64_t first = 0; first < rows; first += columns) {
      const int64_t count = std::min(columns, rows - first);
      if (first)
        out = k.wgmmaWait(0, out);
      Values pairs = k.packPairs(M.slice(first / 2, count / 2));
      k.wgmmaFence();
      for (int64_t i = 0; i < count / 16; ++i)
        out = k.wgmma(out, ValueRange(pairs).slice(4 * i, 4),
                      k.add(right, (first + 16 * i) / 64 * tokens * rowUnits + i % 4 * 2),
                      /*zero=*/first + i == 0);
      k.wgmmaCommit();
      if (walk.states && !walk.backward)
        keepState(pairs, first, number);
    }
    return out;
  }
  /// out += y^T p^T, p [tokens of out, tokens of y].
  Values issueWithin(Values out, Value step) {
    Value left = k.descriptor(yRing->tile(step), tileBytes),
          right = k.descriptor(k.at(yRing->tile(step), tileBytes), walk.backward ? tileBytes : 16);
    for (int64_t i = 0; i < tokens / 16; ++i)
      out = k.wgmma(out, k.add(left, i * 16 * rowUnits),
                    k.add(right, walk.backward ? i * 16 * rowUnits : i * 2),
                    /*zero=*/false, /*transposeA=*/true, /*transposeB=*/walk.backward);
    k.wgmmaCommit();
    return out;
  }
  /// M^T += y^T x.
  Values issueWrite(Values M, Value step, Value use) {
    Value left = k.descriptor(yRing->tile(step), tileBytes),
          right = k.descriptor(xRing->tile(use), tileBytes);
    for (int64_t i = 0; i < tokens / 16; ++i)
      M = k.wgmma(M, k.add(left, i * 16 * rowUnits), k.add(right, i * 16 * rowUnits), /*zero=*/false,
                  /*transposeA=*/true, /*transposeB=*/true);
    k.wgmmaCommit();
    return M;
  }

  // ---- a chunk ----------------------------------------------------------------------------------------

  /// Registers -> swizzled shared memory, turned on the way -> TMA, which clips tokens from T on.
  void storeOut(ValueRange out, Value token) {
    Values pairs = k.packPairs(out);
    Value thread = k.threadIdAgain(), lane = k.bitAnd(thread, 31), tile = k.sharedMemory(outTile);
    Value row = k.add(k.shiftLeft(k.shiftRight(lane, 4), 3), k.bitAnd(lane, 7));
    Value piece = k.add(k.shiftLeft(k.shiftRight(thread, 5), 1), k.bitAnd(k.shiftRight(lane, 3), 1));
    k.when(isFirst(), [&] { k.bulkWait(0, /*readOnly=*/true); });
    k.namedBarrier(1, 128);
    Value first = k.at(tile, k.swizzle128(row, piece));
    for (int64_t i = 0; i < tokens / 16; ++i)
      k.storeMatrix(ValueRange(pairs).slice(4 * i, 4), k.at(first, i * 16 * rowBytes), /*transpose=*/true);
    k.fenceAsyncShared();
    k.namedBarrier(1, 128);
    k.when(isFirst(), [&] {
      Value entry = walk.turned ? k.add(k.mul(part, chunks.B), batch) : batch;
      k.tmaStore(mapOut, tile, {k.mul(laneBlock, lanes), head, token, entry});
      k.bulkCommit();
    });
  }

  Values takeChunk(Values M, Value step) {
    Value chunk = chunkOf(step), token = k.mul(chunk, tokens), number = chunks.number(k, batch, head, chunk);
    std::array<Value, 2> ends;
    if (walk.turned)
      ends = endsOfLanes(number);
    Values S; // on its way beside the products; there are no registers for all of it
    if (walk.through)
      S = loadState(number, 0);
    zRing->waitFull(step);
    yRing->waitFull(step);
    Values out = issueRead(M, step, number);
    if (!walk.turned)
      out = issueWithin(out, step);
    out = k.wgmmaWait(0, out);
    zRing->release(step);
    askForZ(k.add(step, depth));
    if (walk.through)
      sumThrough(M, S, number);
    M = walk.turned ? scaleRows(k, M, ends) : decayRows(M, step);
    for (int64_t which = 0; which < usesOfX(); ++which) {
      Value use = useOfX(step, which);
      xRing->waitFull(use);
      k.wgmmaFence();
      M = issueWrite(M, step, use);
      if (which == 0)
        storeOut(out, token);
      M = k.wgmmaWait(0, M);
      xRing->release(use);
      askForX(k.add(step, (which + depth) / usesOfX()), (which + depth) % usesOfX());
    }
    yRing->release(step);
    askForY(k.add(step, 2));
    return M;
  }

  KernelBuilder &k;
  const DecayWalk &walk;
  const DecayChunks &chunks;
  const int64_t parts, rows, allLanes; ///< rows: of a part
  std::optional<TileRing> zRing, xRing, yRing;
  int64_t depth = 1, outTile = 0; ///< of the rings of rows; in shared memory
  Value mapX, mapRest, mapY, mapZ, mapScores, mapOut;
  Value part, laneBlock, head, batch;
};

} // namespace

void emitDecayWalk(KernelBuilder &k, const DecayWalk &walk) { WalkBlock(k, walk).emit(); }

} // namespace samba::gpu
