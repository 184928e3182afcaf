//===- GemmSinks.cpp - how a product's tiles leave the registers ----------------------------------------===//
//
// A thread holds pairs of neighbouring columns of two rows, 8 rows apart (TileBuilder.h). Rounded to bf16, a
// warp group's 64 rows go to shared memory by stmatrix, in chunks of 64 columns, 128-byte rows, swizzled;
// from there TMA takes them, or threads that read 16 bytes, 8 neighbouring columns, each, so that a row of 64
// columns is one access of 8 threads. f32 goes straight from the registers: four threads cover the 32 bytes
// of 8 columns.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Gemm.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

using Place = KernelBuilder::Place;

static constexpr int64_t groupThreads = 128, groupRows = 64, chunkColumns = 64;
static constexpr int64_t chunkSums = groupRows * chunkColumns / groupThreads; ///< of a thread

/// Where `width` columns at (row, column) go in a matrix [m, n]. Beyond its edge: a place inside, that is not
/// valid.
static Place clipped(KernelBuilder &k, Value row, Value column, int64_t width, int64_t m, int64_t n,
                     bool rowsFit, bool columnsFit) {
  Value valid;
  if (!rowsFit)
    valid = k.less(row, m), row = k.min(row, m - 1);
  if (!columnsFit) {
    Value inside = k.less(column, n);
    valid = valid ? k.both(valid, inside) : inside;
    column = k.min(column, n - width);
  }
  return {row, column, valid};
}

// ---- through shared memory -------------------------------------------------------------------------------

void StagedSink::prepare(const GemmSchedule &chosen) {
  schedule = chosen;
  stagingOffset = k.reserveShared(schedule.consumers * groupRows * schedule.stagedColumns * 2, 1024);
  if (schedule.storers) {
    full = k.reserveShared(8 * schedule.consumers, 8);
    empty = k.reserveShared(8 * schedule.consumers, 8);
  }
  if (map)
    outputMap = map();
  else if (isCopied())
    outputMap = k.matrixMap(result, groupRows, chunkColumns);
}

bool StagedSink::isCopied() const {
  return k.isPlainOutput(result) && k.mayTmaStore(result) && k.elementOf(result) == k.bf16;
}

void StagedSink::initBarriers() {
  for (int64_t consumer = 0; schedule.storers && consumer < schedule.consumers; ++consumer) {
    k.initBarrier(k.sharedMemory(full + 8 * consumer), groupThreads);
    k.initBarrier(k.sharedMemory(empty + 8 * consumer), outputMap ? 1 : GemmSchedule::storerThreads);
  }
}

SmallVector<Value> StagedSink::fusedReads() const {
  return llvm::filter_to_vector(ValueRange(k.kernel.getBody().getArguments()), [&](Value input) {
    return shapeOf(input) == shapeOf(result) &&
           !llvm::is_contained(result.getDefiningOp()->getOperands(), input);
  });
}

/// Of a thread that empties staging memory, for what an epilogue reads takes long to arrive.
int64_t StagedSink::rowsInFlight() const {
  if (schedule.blocksPerSm > 1 || k.vectorWidth(result) == 1)
    return 1; // there are threads enough, or accesses
  return fusedReads().size() <= 2 ? 4 : 2;
}

/// Has what the epilogue will read of a tile brought into the L2 cache, while the tile is multiplied.
void StagedSink::prefetch(const Tile &tile) {
  for (Value input : fusedReads()) {
    int64_t bytes = k.elementOf(input).getIntOrFloatBitWidth() / 8;
    if (!k.isTmaReady(input) || n * bytes % 16)
      continue;
    Value columns = k.integer(schedule.columns);
    if (n % schedule.columns)
      columns = k.min(columns, k.sub(n, tile.column));
    k.loop(drainer(), schedule.rows, GemmSchedule::storerThreads, [&](Value i) {
      Value row = k.add(tile.row, i);
      auto ask = [&] { k.prefetchL2(k.address(input, row, tile.column), k.mul(columns, bytes)); };
      if (m % schedule.rows)
        k.when(k.less(row, m), ask);
      else
        ask();
    });
  }
}

Value StagedSink::staging(Value consumer) {
  return k.at(k.sharedMemory(stagingOffset), k.mul(consumer, groupRows * schedule.stagedColumns * 2));
}

Value StagedSink::barrierOf(int64_t first, Value consumer) {
  return k.at(k.sharedMemory(first), k.shiftLeft(consumer, 3));
}

/// Of the phase in which a consumer's staging memory is filled with this part.
Value StagedSink::parity(const Tile &tile, int64_t part) {
  return k.bitAnd(k.add(k.mul(tile.turn, parts()), part), 1);
}

void StagedSink::take(const Tile &tile, Value consumer, Values sums) {
  if (change)
    change(tile, consumer, sums);
  Value shared = staging(consumer);
  int64_t perPart = schedule.stagedColumns / 2;
  for (int64_t part = 0; part < parts(); ++part) {
    ValueRange columns = ValueRange(sums).slice(part * perPart, perPart);
    if (schedule.storers) {
      k.waitBarrier(barrierOf(empty, consumer), k.bitXor(parity(tile, part), 1));
      stage(shared, columns);
      if (outputMap)
        k.fenceAsyncShared();
      k.arrive(barrierOf(full, consumer));
      continue;
    }
    if (outputMap)
      k.when(k.equal(k.bitAnd(k.threadId(), 127), 0), [&] { k.bulkWait(0, /*readOnly=*/true); });
    k.namedBarrier(k.add(consumer, 1), groupThreads); // what lay there has been stored
    stage(shared, columns);
    if (outputMap)
      k.fenceAsyncShared();
    k.namedBarrier(k.add(consumer, 1), groupThreads);
    drain(shared, tile, consumer, part);
  }
}

void StagedSink::finish(Value) {
  if (outputMap && !schedule.storers)
    k.bulkWait(0, /*readOnly=*/false);
}

void StagedSink::store(const Tile &tile) {
  if (!outputMap)
    prefetch(tile);
  for (int64_t part = 0; part < parts(); ++part)
    for (int64_t i = 0; i < schedule.consumers; ++i) {
      Value consumer = k.integer(i);
      k.waitBarrier(barrierOf(full, consumer), parity(tile, part));
      drain(staging(consumer), tile, consumer, part);
      if (!outputMap) {
        k.arrive(barrierOf(empty, consumer));
        continue;
      }
      k.when(k.equal(drainer(), 0), [&] {
        k.bulkWait(0, /*readOnly=*/true);
        k.arrive(barrierOf(empty, consumer));
      });
    }
}

/// Each warp stores its 16 rows, 16 columns at a time: four 8 x 8 matrices, a lane giving the address of a
/// row.
void StagedSink::stage(Value shared, ValueRange sums) {
  Value lane = k.laneId(), warpRow = k.shiftLeft(k.bitAnd(k.shiftRight(k.threadId(), 5), 3), 4);
  Value row = k.add(warpRow, k.bitAnd(lane, 15)), half = k.shiftRight(lane, 4);
  for (int64_t j = 0; j < int64_t(sums.size()) / 8; ++j) {
    Value piece = k.add(half, 2 * (j % 4));
    Value to = k.at(k.at(shared, k.swizzle128(row, piece)), j / 4 * chunkBytes);
    k.storeMatrix(k.packPairs(sums.slice(8 * j, 8)), to);
  }
}

void StagedSink::drain(Value shared, const Tile &tile, Value consumer, int64_t part) {
  if (outputMap)
    copy(shared, tile, consumer, part);
  else
    storeRows(shared, tile, consumer, part);
}

Value StagedSink::waiting(Value shared, Value row, Value column) {
  Value chunk = k.at(shared, k.mul(k.shiftRight(column, 6), chunkBytes));
  return k.at(chunk, k.swizzle128(row, k.bitAnd(k.shiftRight(column, 3), 7)));
}

/// Number of this thread among those that empty staging memory.
Value StagedSink::drainer() {
  return schedule.storers ? k.sub(k.threadId(), schedule.firstStorer()) : k.bitAnd(k.threadId(), 127);
}

void StagedSink::copy(Value shared, const Tile &tile, Value consumer, int64_t part) {
  k.when(k.equal(drainer(), 0), [&] {
    Value row = k.add(tile.row, k.mul(consumer, groupRows));
    for (int64_t chunk = 0; chunk < schedule.stagedColumns / chunkColumns; ++chunk)
      k.tmaStore(outputMap, k.at(shared, chunk * chunkBytes),
                 {k.add(tile.column, part * schedule.stagedColumns + chunk * chunkColumns), row});
    k.bulkCommit();
  });
}

KernelBuilder::Place StagedSink::placeOf(Value row, Value column, int64_t width) {
  return clipped(k, row, column, width, m, n, m % schedule.rows == 0, n % schedule.columns == 0);
}

/// Some rows at a time, so that what fused ops read is under way together.
void StagedSink::storeRows(Value shared, const Tile &tile, Value consumer, int64_t part) {
  int64_t threadsOfRow = schedule.stagedColumns / 8, rowsAtOnce = drainers() / threadsOfRow;
  int64_t width = k.vectorWidth(result), step = rowsInFlight() * rowsAtOnce;
  Value thread = drainer(), first = k.div(thread, threadsOfRow), piece = k.rem(thread, threadsOfRow);
  Value chunk = k.at(shared, k.mul(k.shiftRight(piece, 3), chunkBytes)), inChunk = k.bitAnd(piece, 7);
  Value column = k.add(k.add(tile.column, part * schedule.stagedColumns), k.shiftLeft(piece, 3));
  Value top = k.add(tile.row, k.mul(consumer, groupRows));
  k.loop(0, groupRows, step, [&](Value base) {
    SmallVector<Place> places;
    SmallVector<Values> vectors;
    for (int64_t i = 0; i < step; i += rowsAtOnce) {
      Value row = k.add(k.add(base, first), i), exists;
      if (groupRows % step)
        exists = k.less(row, groupRows), row = k.min(row, groupRows - 1);
      Values eight = k.unpackPairs(k.loadWords(k.at(chunk, k.swizzle128(row, inChunk)), 4));
      for (int64_t j = 0; j < 8; j += width) {
        Place place = placeOf(k.add(top, row), k.add(column, j), width);
        if (exists)
          place.valid = place.valid ? k.both(place.valid, exists) : exists;
        places.push_back(place);
        vectors.push_back(Values(ArrayRef(eight).slice(j, width)));
      }
    }
    k.store(result, places, vectors);
  });
  if (schedule.blocksPerSm > 1)
    k.keepRolled();
}

// ---- from the registers ----------------------------------------------------------------------------------

int64_t RegisterSink::splitTiles() const {
  return (TileOrder(m, n, schedule).tiles() - schedule.wholeTiles) * schedule.cluster;
}

void RegisterSink::prepare(const GemmSchedule &chosen) {
  schedule = chosen;
  if (schedule.splits > 1)
    partials = k.reserveScratch(splitTiles() * schedule.splits * schedule.rows * schedule.columns * 4);
}

/// This thread's first four sums of a part of a tile; the next four follow those of the whole warp group.
Value RegisterSink::partial(Value part, Value consumer) {
  Value group = k.add(k.mul(part, schedule.consumers), consumer);
  Value offset = k.mul(k.extend(group), groupRows * schedule.columns * 4);
  return k.at(k.at(k.scratch(partials), offset), k.shiftLeft(k.bitAnd(k.threadId(), 127), 4));
}

void RegisterSink::take(const Tile &tile, Value consumer, Values sums) {
  auto finish = [&] {
    storeSums(k.add(tile.row, k.mul(consumer, groupRows)), tile.column, sums);
    return Values();
  };
  auto keep = [&] {
    Value to = partial(tile.part, consumer);
    for (int64_t i = 0; i < int64_t(sums.size()); i += 4)
      k.store(ArrayRef(sums).slice(i, 4), k.at(to, i / 4 * groupThreads * 16), k.f32);
    return Values();
  };
  if (tile.isSplit)
    k.choose(tile.isSplit, keep, finish);
  else
    tile.part ? keep() : finish();
}

/// Sums of neighbouring columns from (top, left) on, in the layout of wgmma; 64 columns at a time, which are
/// left out where they lie outside.
void RegisterSink::storeSums(Value top, Value left, ValueRange sums) {
  for (int64_t first = 0; first < int64_t(sums.size()); first += chunkSums) {
    Value column = k.add(left, first / chunkSums * chunkColumns);
    auto store = [&] { storeChunk(top, column, sums.slice(first, chunkSums)); };
    n % schedule.columns == 0 ? store() : k.when(k.less(column, n), store);
  }
}

void RegisterSink::storeChunk(Value top, Value left, ValueRange sums) {
  int64_t width = k.vectorWidth(result, 2);
  bool rowsFit = m % schedule.rows == 0, columnsFit = n % chunkColumns == 0;
  left = k.add(left, k.shiftLeft(k.bitAnd(k.threadId(), 3), 1));
  for (int64_t half = 0; half < 2; ++half) {
    Value row = k.add(top, k.fragmentRow(2 * half));
    SmallVector<Place> places;
    SmallVector<Values> vectors;
    for (int64_t i = 2 * half; i < chunkSums; i += 4)
      for (int64_t j = 0; j < 2; j += width) {
        Value column = k.add(left, KernelBuilder::fragmentColumn(i) + j);
        places.push_back(clipped(k, row, column, width, m, n, rowsFit, columnsFit));
        vectors.push_back(Values(sums.slice(i + j, width)));
        if (places.size() == 8) { // all pairs; single elements are not to take more registers
          k.store(result, places, vectors);
          places.clear(), vectors.clear();
          left = width == 1 ? k.madeHere(left) : left;
        }
      }
  }
}

/// A block has 64 rows and 64 columns of a split tile.
void RegisterSink::addPartials() {
  if (schedule.splits == 1)
    return;
  int64_t groups = splitTiles() * schedule.consumers, partBytes = schedule.rows * schedule.columns * 4;
  k.begin({.grid = {groups, schedule.columns / chunkColumns, 1}, .threads = groupThreads});
  Value tile = k.div(k.blockId(), schedule.consumers), consumer = k.rem(k.blockId(), schedule.consumers),
        chunk = k.blockId(1);
  Value from =
      k.at(partial(k.mul(tile, schedule.splits), consumer), k.mul(chunk, groupRows * chunkColumns * 4));
  auto load = [&](Value split) {
    Values loaded;
    for (int64_t i = 0; i < chunkSums; i += 4)
      loaded.append(
          k.load(k.at(k.at(from, k.mul(k.extend(split), partBytes)), i / 4 * groupThreads * 16), k.f32, 4));
    return loaded;
  };
  Values sums = k.loop(1, schedule.splits, 1, load(k.integer(0)), [&](Value split, ValueRange c) {
    Values next(c);
    for (auto [sum, x] : llvm::zip(next, load(split)))
      sum = k.add(sum, x);
    return next;
  });
  Value rank = schedule.cluster > 1 ? k.rem(tile, schedule.cluster) : Value();
  if (rank)
    tile = k.div(tile, schedule.cluster);
  auto [row, column] = TileOrder(m, n, schedule).locate(k, k.add(tile, schedule.wholeTiles));
  if (rank)
    row = k.add(row, k.mul(rank, schedule.rows));
  storeSums(k.add(row, k.mul(consumer, groupRows)), k.add(column, k.mul(chunk, chunkColumns)), sums);
  k.end();
}

} // namespace samba::gpu
