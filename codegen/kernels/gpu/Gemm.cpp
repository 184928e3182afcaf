//===- Gemm.cpp - a persistent matrix product with TMA, mbarriers and wgmma -----------------------------===//
#include "codegen/kernels/gpu/Gemm.h"
#include "codegen/kernels/gpu/Schedule.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// Where a warp group stands in the ring: the slot, and the parity of the phase that fills it.
struct Position {
  Value slot, phase;

  Position next(KernelBuilder &k, int64_t slots) const {
    Value following = k.add(slot, 1), wraps = k.equal(following, slots);
    return {k.select(wraps, 0, following), k.bitXor(phase, k.select(wraps, k.integer(1), 0))};
  }
};

class Gemm {
public:
  Gemm(KernelBuilder &k, const Product &product, const GemmSchedule &schedule, Sink &sink)
      : k(k), p(product), s(schedule), sink(sink), order(p.m, p.n, s),
        depthBlocks(llvm::divideCeil(p.depth, s.depth)),
        wholeTiles(s.splits == 1 ? order.tiles() : s.wholeTiles) {}

  void emit() {
    int64_t places = multiprocessors * s.blocksPerSm / s.cluster;
    grid = std::min(units(), places) * s.cluster;
    k.begin(
        {.grid = {grid, 1, 1}, .threads = s.threads(), .blocksPerSm = s.blocksPerSm, .cluster = s.cluster});
    prepare();
    // Registers move from those that need few to those that need many.
    const int64_t others = s.storers ? 120 : 40, consumers = s.storers ? 192 : 232;
    Value group = k.warpGroupId();
    auto consume = [&] {
      if (s.movesRegisters())
        k.setMaxRegisters(consumers, /*increase=*/true);
      emitConsumer(group);
    };
    auto produce = [&] { k.when(k.equal(k.threadId(), s.producer()), [&] { emitProducer(); }); };
    auto store = [&] {
      overUnits({}, [&](const Tile &tile, const Depth &, ValueRange) -> Values {
        sink.store(tile);
        return {};
      });
    };
    auto produceAndStore = [&] {
      if (s.movesRegisters())
        k.setMaxRegisters(others, /*increase=*/false);
      if (s.storers)
        either(k.less(k.warpId(), s.firstStorer() / 32), produce, store);
      else
        produce();
    };
    either(k.less(group, s.consumers), consume, produceAndStore);
    if (s.cluster > 1)
      k.clusterBarrier(); // nobody leaves while the other may still write here
    k.end();
  }

private:
  /// What a cluster takes: a tile, or a part of one.
  int64_t units() const { return wholeTiles + (order.tiles() - wholeTiles) * s.splits; }
  int64_t bytesOfA() const { return s.rows * s.depth * 2; }

  void either(Value condition, function_ref<void()> then, function_ref<void()> otherwise) {
    k.choose(condition, [&] { return then(), Values(); }, [&] { return otherwise(), Values(); });
  }

  void prepare() {
    ring = k.reserveShared(s.slots * s.slotBytes(), 1024);
    full = k.reserveShared(8 * s.slots, 8);
    empty = k.reserveShared(8 * s.slots, 8);
    mapA = mapOf(p.a, s.rows);
    mapB = mapOf(p.b, s.columns / s.cluster);
    sink.prepare(s);
    if (s.cluster > 1)
      rank = k.clusterRank();
    k.when(k.equal(k.threadId(), 0), [&] {
      for (int64_t slot = 0; slot < s.slots; ++slot) {
        k.initBarrier(k.sharedMemory(full + 8 * slot), 1);
        k.initBarrier(k.sharedMemory(empty + 8 * slot), s.consumers * s.cluster);
      }
      sink.initBarriers();
      k.fenceBarrierInit();
    });
    if (s.cluster > 1)
      k.clusterBarrier();
    else
      k.barrier();
  }

  Value mapOf(const Factor &factor, int64_t outer) {
    return factor.depthDown ? factor.map(s.depth, 64) : factor.map(outer, s.depth);
  }

  Value fullBarrier(Value slot) { return k.at(k.sharedMemory(full), k.shiftLeft(slot, 3)); }
  Value emptyBarrier(Value slot) { return k.at(k.sharedMemory(empty), k.shiftLeft(slot, 3)); }

  /// A unit's blocks of the contraction.
  struct Depth {
    Value begin, count;
  };

  /// Whole tiles come first. The parts of the contraction are outermost, so that blocks that run at the same
  /// time read the same rows of both operands.
  std::pair<Tile, Depth> locate(Value unit, Value turn) {
    Tile tile;
    tile.turn = turn;
    // A loop of one turn would fall away, and ptxas set the sums to 0 behind the fence, with one of its own.
    Depth depth{k.integer(0), depthBlocks == 1 ? k.madeHere(k.integer(1)) : k.integer(depthBlocks)};
    Value number = unit;
    if (int64_t rest = order.tiles() - wholeTiles) {
      Value later = k.sub(unit, wholeTiles), split = k.div(later, rest), inRest = k.rem(later, rest);
      auto boundary = [&](Value split) { return k.div(k.mul(split, depthBlocks), s.splits); };
      depth = {boundary(split), k.sub(boundary(k.add(split, 1)), boundary(split))};
      number = k.add(inRest, wholeTiles);
      if (s.cluster > 1)
        inRest = k.add(k.mul(inRest, s.cluster), rank);
      tile.part = k.add(k.mul(inRest, s.splits), split);
      if (wholeTiles) {
        tile.isSplit = k.lessEqual(wholeTiles, unit);
        number = k.select(tile.isSplit, number, unit);
        depth = {k.select(tile.isSplit, depth.begin, 0), k.select(tile.isSplit, depth.count, depthBlocks)};
      }
    }
    std::tie(tile.row, tile.column) = order.locate(k, number);
    if (s.cluster > 1)
      tile.row = k.add(tile.row, k.mul(rank, s.rows));
    return {tile, depth};
  }

  /// body(tile, its depth, carried) for every unit of this block.
  Values overUnits(ValueRange initial, function_ref<Values(const Tile &, const Depth &, ValueRange)> body) {
    Value first = k.blockId();
    if (s.cluster > 1)
      first = k.div(first, s.cluster);
    Values carried{k.integer(0)};
    carried.append(initial.begin(), initial.end());
    Values last = k.loop(first, units(), grid / s.cluster, carried, [&](Value unit, ValueRange c) {
      auto [tile, depth] = locate(unit, c[0]);
      Values next{k.add(c[0], 1)};
      next.append(body(tile, depth, c.drop_front()));
      return next;
    });
    return Values(llvm::drop_begin(last));
  }

  // ---- the producer --------------------------------------------------------------------------------------

  void emitProducer() {
    k.prefetchTensorMap(mapA);
    k.prefetchTensorMap(mapB);
    Values start{k.integer(0), k.integer(0)};
    overUnits(start, [&](const Tile &tile, const Depth &depth, ValueRange c) {
      return k.loop(0, depth.count, 1, c, [&](Value i, ValueRange c) -> Values {
        Position at{c[0], c[1]};
        fill(at, tile, k.mul(k.add(depth.begin, i), s.depth));
        Position next = at.next(k, s.slots);
        return {next.slot, next.phase};
      });
    });
  }

  void fill(const Position &at, const Tile &tile, Value depth) {
    k.waitBarrier(emptyBarrier(at.slot), k.bitXor(at.phase, 1));
    Value arrived = fullBarrier(at.slot);
    k.arriveExpect(arrived, s.slotBytes());
    Value slot = k.at(k.sharedMemory(ring), k.mul(at.slot, s.slotBytes()));
    load(p.a, mapA, slot, s.rows, tile.row, depth, arrived, Value());
    Value toB = k.at(slot, bytesOfA()), column = tile.column;
    int64_t share = s.columns / s.cluster;
    if (s.cluster == 1)
      return load(p.b, mapB, toB, share, column, depth, arrived, Value());
    Value mask = k.constant(k.i16, (1 << s.cluster) - 1), offset = k.mul(rank, share);
    load(p.b, mapB, k.at(toB, k.mul(offset, 128)), share, k.add(column, offset), depth, arrived, mask);
  }

  /// A box of `outer` x 64 of an operand; where the contraction runs down, chunks of 64 columns.
  void load(const Factor &factor, Value map, Value to, int64_t outer, Value at, Value depth, Value arrived,
            Value mask) {
    auto copy = [&](Value to, ValueRange coordinates) {
      if (mask)
        k.tmaLoadMulticast(to, map, coordinates, arrived, mask);
      else
        k.tmaLoad(to, map, coordinates, arrived);
    };
    if (!factor.depthDown)
      return copy(to, {depth, at});
    for (int64_t chunk = 0; chunk < outer / 64; ++chunk)
      copy(k.at(to, chunk * 64 * 128), {k.add(at, 64 * chunk), depth});
  }

  // ---- the consumers -------------------------------------------------------------------------------------

  void emitConsumer(Value consumer) {
    Value shared = k.sharedMemory(ring);
    Value a = k.descriptor(k.at(shared, k.mul(consumer, 64 * 128)), 64 * 128);
    Value b = k.descriptor(k.at(shared, bytesOfA()), 64 * 128);
    Values start{k.integer(0), k.integer(0)};
    overUnits(start, [&](const Tile &tile, const Depth &depth, ValueRange c) -> Values {
      auto [at, sums] = multiply(a, b, depth.count, Position{c[0], c[1]});
      sink.take(tile, consumer, sums);
      return {at.slot, at.phase};
    });
    sink.finish(consumer);
  }

  /// The sums over `count` slots. A slot is given back when the products of the next one have been issued.
  std::pair<Position, Values> multiply(Value a, Value b, Value count, Position start) {
    Values carried{start.slot, start.phase, start.slot};
    for (int64_t i = 0; i < s.columns / 2; ++i)
      carried.push_back(sink.changesSums() ? k.number(0) : Value(k.make<LLVM::UndefOp>(k.f32)));
    Values last = k.loop(0, count, 1, carried, [&](Value i, ValueRange c) {
      Position at{c[0], c[1]};
      k.waitBarrier(fullBarrier(at.slot), at.phase);
      Values sums = multiplySlot(a, b, at.slot, k.less(0, i), c.drop_front(3));
      sums = k.wgmmaWait(1, sums);
      release(c[2], k.less(0, i));
      Position next = at.next(k, s.slots);
      Values result{next.slot, next.phase, at.slot};
      result.append(sums);
      return result;
    });
    Values sums = k.wgmmaWait(0, ValueRange(last).drop_front(3));
    release(last[2], Value());
    return {Position{last[0], last[1]}, sums};
  }

  Values multiplySlot(Value a, Value b, Value slot, Value accumulate, ValueRange before) {
    Value step = k.mul(slot, s.slotBytes() / 16); // descriptors count in 16 bytes
    a = k.add(a, step), b = k.add(b, step);
    int64_t stepA = p.a.depthDown ? 16 * 128 / 16 : 2, stepB = p.b.depthDown ? 16 * 128 / 16 : 2;
    Values sums(before);
    k.wgmmaFence();
    for (int64_t i = 0; i < s.depth / 16; ++i) {
      Value partA = k.add(a, i * stepA), partB = k.add(b, i * stepB);
      sums = i ? k.wgmma(sums, partA, partB, /*zero=*/false, p.a.depthDown, p.b.depthDown)
               : k.wgmmaIf(accumulate, sums, partA, partB, p.a.depthDown, p.b.depthDown);
    }
    k.wgmmaCommit();
    return sums;
  }

  /// One thread speaks for a warp group; in a cluster one for each block, as both are written by both
  /// producers.
  void release(Value slot, Value condition) {
    Value thread = k.bitAnd(k.threadId(), 127);
    Value speaks = s.cluster == 1 ? k.equal(thread, 0) : k.less(thread, s.cluster);
    if (condition)
      speaks = k.both(speaks, condition);
    if (s.cluster == 1)
      k.arrive(emptyBarrier(slot), speaks);
    else
      k.arriveRemote(emptyBarrier(slot), k.bitAnd(thread, s.cluster - 1), speaks);
  }

  KernelBuilder &k;
  const Product &p;
  const GemmSchedule &s;
  Sink &sink;
  const TileOrder order;
  const int64_t depthBlocks, wholeTiles;
  int64_t grid = 0;
  int64_t ring = 0, full = 0, empty = 0; ///< in shared memory
  Value mapA, mapB, rank;
};

} // namespace

TileOrder::TileOrder(int64_t m, int64_t n, const GemmSchedule &s)
    : tileRows(llvm::divideCeil(m, s.rows * s.cluster)), tileColumns(llvm::divideCeil(n, s.columns)),
      rows(s.rows * s.cluster), columns(s.columns), group(std::min(s.groupRows, tileRows)) {}

std::pair<Value, Value> TileOrder::locate(TileBuilder &k, Value number) const {
  int64_t inGroup = group * tileColumns;
  Value first = k.mul(k.div(number, inGroup), group), inside = k.rem(number, inGroup);
  Value height = tileRows % group ? k.min(k.sub(tileRows, first), group) : k.integer(group);
  Value row = k.add(first, k.rem(inside, height)), column = k.div(inside, height);
  return {k.mul(row, rows), k.mul(column, columns)};
}

void emitGemm(KernelBuilder &k, const Product &product, const GemmSchedule &schedule, Sink &sink) {
  Gemm(k, product, schedule, sink).emit();
}

// ---- schedules -------------------------------------------------------------------------------------------

/// Cycles of one slot: the tensor cores' at the rate they reach with this tile, or what the L2 cache needs.
static double slotCycles(int64_t columns) {
  switch (columns) {
  case 256:
    return 1200;
  case 192:
    return 960;
  case 128:
    return 740;
  default:
    return 560;
  }
}

/// Tiles that whole waves take.
static int64_t tilesOfWholeWaves(int64_t tiles) { return tiles / multiprocessors * multiprocessors; }

/// Estimated cycles: waves of whole tiles, those of the parts of the others, and the partial sums' way
/// through memory.
static double estimate(const Product &p, int64_t columns, int64_t splits) {
  constexpr double bytesPerCycle = 2000, launch = 4000, perTile = 2500;
  auto waves = [](int64_t units) { return double(llvm::divideCeil(units, multiprocessors)); };
  auto unit = [&](int64_t slots) { return slots * slotCycles(columns) + perTile; };
  int64_t tiles = llvm::divideCeil(p.m, GemmSchedule::rows) * llvm::divideCeil(p.n, columns);
  int64_t slots = llvm::divideCeil(p.depth, GemmSchedule::depth);
  if (splits == 1)
    return waves(tiles) * unit(slots);
  int64_t whole = tilesOfWholeWaves(tiles), parts = (tiles - whole) * splits;
  return waves(whole) * unit(slots) + waves(parts) * unit(llvm::divideCeil(slots, splits)) + launch +
         8.0 * GemmSchedule::rows * columns * parts / bytesPerCycle;
}

GemmSchedule scheduleGemm(const Product &p, Leaving leaving, bool mayBeSplit) {
  GemmSchedule best;
  double least = INFINITY;
  int64_t depthBlocks = llvm::divideCeil(p.depth, GemmSchedule::depth);
  for (int64_t columns : {256, 192, 128, 64})
    for (int64_t splits = 1; splits <= std::min<int64_t>(mayBeSplit ? 16 : 1, depthBlocks); ++splits)
      if (double cycles = estimate(p, columns, splits); cycles < least) {
        least = cycles;
        best.columns = columns;
        best.splits = splits;
      }
  if (best.splits > 1)
    best.wholeTiles = tilesOfWholeWaves(TileOrder(p.m, p.n, best).tiles());
  bool isStaged = leaving == Leaving::staged || leaving == Leaving::merged;
  // Little work for each byte of the result: small tiles, two blocks on a multiprocessor, of which one
  // stores, if there are as many.
  bool boundByMemory = depthBlocks <= 4 || p.n <= 128;
  if (boundByMemory && leaving != Leaving::registers) {
    // What fused ops read and store takes registers from the sums.
    bool isNarrow = p.n <= 64 || leaving == Leaving::merged ||
                    (isStaged && (depthBlocks > 2 || (p.n > 128 && p.n % 128)));
    best.columns = isNarrow ? 64 : 128;
    best.blocksPerSm = TileOrder(p.m, p.n, best).tiles() > multiprocessors ? 2 : 1;
    best.slots = depthBlocks <= 2 ? 2 : 3;
    best.stagedColumns = 64;
    return best;
  }
  best.slots = std::min<int64_t>(4 * 256 / best.columns, 6);
  if (leaving == Leaving::copied || (isStaged && best.columns == 192))
    best.stagedColumns = best.columns == 192 ? 64 : std::min<int64_t>(best.columns, 128);
  if (isStaged && best.columns != 192) {
    best.storers = true;
    best.stagedColumns = best.columns;
    best.slots = best.columns == 256 ? 3 : 5;
  }
  return best;
}

GemmSchedule scheduleHeads(const Product &product, int64_t headDim) {
  GemmSchedule schedule = scheduleGemm(product, Leaving::staged, /*mayBeSplit=*/false);
  if (schedule.stagedColumns % headDim == 0 && schedule.blocksPerSm == 1)
    return schedule;
  schedule = GemmSchedule();
  schedule.columns = schedule.stagedColumns = product.n <= 128 ? 128 : 256;
  schedule.slots = schedule.columns == 256 ? 3 : 5;
  schedule.storers = true;
  return schedule;
}

void overrideSchedule(Operation *op, GemmSchedule &schedule) {
  ScheduleOverride replace(op);
  replace("columns", schedule.columns);
  replace("slots", schedule.slots);
  replace("cluster", schedule.cluster);
  replace("splits", schedule.splits);
  replace("whole_tiles", schedule.wholeTiles);
  replace("blocks_per_sm", schedule.blocksPerSm);
  replace("group_rows", schedule.groupRows);
  replace("storers", schedule.storers);
  replace("staged_columns", schedule.stagedColumns);
}

} // namespace samba::gpu
