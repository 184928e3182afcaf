//===- Gemm.h - the matrix product that the GPU kernels share -------------------------------------------===//
//
//   C [m, n] = A [m, depth] B [n, depth]^T        bf16 operands, f32 sums
//
// Blocks stay on their multiprocessors and take one tile of C after the other. In a block one thread, the
// producer, copies boxes of A and B (64 deep) into a ring of slots in shared memory with TMA; each consumer
// warp group multiplies 64 rows of the tile's A with all of its B by wgmma; the ring runs ahead across tiles,
// so that the next tile's operands arrive while this tile's sums leave. What becomes of the sums is a Sink's
// business.
//
//     slot      A: 128 x 64     B: n x 64       "full" when TMA has brought both, "empty" when all consumers
//     are done cluster   two blocks below each other share B: each fetches half and TMA writes it into both
//
// An operand may lie either way in memory: rows of the contraction (x and w in x w^T) or the contraction down
// the rows (w in dy w, both in dy^T x); then it comes in chunks of 64 columns, and wgmma transposes.
//
// Tiles beyond the edge of C are padded with zeros by TMA and clipped by the sink. The tiles that are left
// when every multiprocessor has had as many as the others may be split: `splits` blocks share one, each with
// a part of the contraction, and write partial sums to scratch memory, that a second launch adds in order.
//
// Cost: a 128 x 256 tile moves 48 KB into shared memory per 2 x 128 x 256 x 64 FLOPs, 1024 cycles of the
// tensor cores; that is 48 bytes per cycle, of the 64 that the L2 cache gives a multiprocessor at best (36 in
// a cluster).
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// An operand of a product.
struct Factor {
  /// The tensor map of the matrix in boxes of these sizes, asked for in the launch that uses it.
  std::function<Value(int64_t boxRows, int64_t boxColumns)> map;
  bool depthDown = false; ///< [depth, outer] in memory, else [outer, depth]
};

/// C [m, n], summed over `depth`.
struct Product {
  Factor a, b;
  int64_t m, n, depth;
};

/// How a product is cut into blocks.
struct GemmSchedule {
  static constexpr int64_t depth = 64; ///< of a slot
  static constexpr int64_t consumers = 2;
  static constexpr int64_t rows = 64 * consumers; ///< of a tile

  int64_t columns = 256;     ///< of a tile: 64, 128, 192 or 256
  int64_t slots = 4;         ///< of the ring
  int64_t cluster = 1;       ///< blocks that share B: 1 or 2
  int64_t splits = 1;        ///< blocks that share a tile
  int64_t wholeTiles = 0;    ///< the first tiles (of clusters), which are not split
  int64_t blocksPerSm = 1;   ///< 2 for small tiles
  int64_t groupRows = 16;    ///< tiles below each other before the next column of tiles: for the L2 cache
  bool storers = false;      ///< warps of their own store the tiles while the next one is multiplied
  int64_t stagedColumns = 0; ///< of a consumer's rows that wait in shared memory for storing; 0: none do

  int64_t slotBytes() const { return (rows + columns) * depth * 2; }
  /// The thread that fetches: the first of the group behind the consumers, of which the other warps may
  /// store.
  int64_t producer() const { return 128 * consumers; }
  int64_t firstStorer() const { return producer() + 32; }
  static constexpr int64_t storerThreads = 96;
  /// Whether groups give each other registers, which only whole ones can. Else the group is the producer's
  /// warp.
  bool movesRegisters() const { return blocksPerSm == 1; }
  int64_t threads() const { return producer() + (movesRegisters() ? 128 : 32); }
};

/// What a product's tile goes through on its way out.
enum class Leaving {
  registers, ///< sums are stored or reduced from the registers that hold them
  staged,    ///< rounded to bf16, through shared memory, in wide stores, possibly with fused ops
  merged,    ///< the same, where the kernel reads and stores more than 4 bytes for each element
  copied     ///< the same, and TMA stores it
};

/// The schedule with the least estimated time. `mayBeSplit`: the sink can add partial sums.
GemmSchedule scheduleGemm(const Product &product, Leaving leaving, bool mayBeSplit);

/// One whose tiles wait as whole heads, of 64, 128 or 256 channels, for work that takes many registers.
GemmSchedule scheduleHeads(const Product &product, int64_t headDim);

/// Replaces what the attribute `samba.schedule` of the op names (columns, slots, cluster, splits,
/// whole_tiles, blocks_per_sm, group_rows, storers, staged_columns): for tuning and for tests.
void overrideSchedule(mlir::Operation *op, GemmSchedule &schedule);

/// The order in which tiles are taken: columns of groupRows tiles, side by side, then the groups below each
/// other, so that those of the same time share rows of A and B in the L2 cache.
class TileOrder {
public:
  TileOrder(int64_t m, int64_t n, const GemmSchedule &schedule);
  int64_t tiles() const { return tileRows * tileColumns; } ///< of clusters
  /// Row and column of the first element of tile `number` (i32).
  std::pair<Value, Value> locate(TileBuilder &k, Value number) const;

private:
  int64_t tileRows, tileColumns, rows, columns, group;
};

/// A tile of C in the hands of a warp group.
struct Tile {
  Value row, column; ///< i32: of its first element
  Value turn;        ///< i32: how many tiles this block has had before
  Value part;        ///< i32: which of the parts of split tiles, tile by tile; null where none is split
  Value isSplit;     ///< i1; null where all are alike
};

/// What becomes of the sums. Every method emits text.
class Sink {
public:
  virtual ~Sink() = default;
  /// At the beginning of the function: shared memory and tensor maps.
  virtual void prepare(const GemmSchedule &) {}
  /// By one thread, before the block's first barrier.
  virtual void initBarriers() {}
  /// By consumer warp group `consumer` (i32, uniform): rows 64 consumer .. of the tile, in the layout of
  /// wgmma.
  virtual void take(const Tile &tile, Value consumer, Values sums) = 0;
  /// Whether take() makes as many numbers of the sums again. Then they begin as zeros: where nothing is said,
  /// ptxas keeps the last tile's alive until the first product, which might read them, and runs out of
  /// registers.
  virtual bool changesSums() const { return false; }
  /// By each consumer after its last tile.
  virtual void finish(Value /*consumer*/) {}
  /// By the storers, if the schedule has any.
  virtual void store(const Tile &) {}
};

/// One launch: the product, its tiles given to `sink`.
void emitGemm(KernelBuilder &k, const Product &product, const GemmSchedule &schedule, Sink &sink);

/// Rounds tiles to bf16 and stores them through shared memory: into `result` with all that is fused behind
/// it.
class StagedSink : public Sink {
public:
  /// Changes the sums in the registers first, as wgmma laid them out.
  using Change = std::function<void(const Tile &tile, Value consumer, Values &sums)>;

  StagedSink(KernelBuilder &k, Value result, int64_t m, int64_t n) : k(k), result(result), m(m), n(n) {}
  /// To a matrix of which TMA needs no more than its map in boxes of 64 x 64.
  StagedSink(KernelBuilder &k, std::function<Value()> map, int64_t m, int64_t n, Change change = {})
      : k(k), map(std::move(map)), change(std::move(change)), m(m), n(n) {}

  void prepare(const GemmSchedule &schedule) override;
  void initBarriers() override;
  void take(const Tile &tile, Value consumer, Values sums) override;
  bool changesSums() const override { return bool(change); }
  void finish(Value consumer) override;
  void store(const Tile &tile) override;

protected:
  static constexpr int64_t groupRows = 64, chunkColumns = 64, chunkBytes = groupRows * 128;
  /// Whether TMA stores what waits in shared memory as it is.
  virtual bool isCopied() const;
  /// What the epilogue reads at every element.
  virtual llvm::SmallVector<Value> fusedReads() const;
  /// A part of a tile, of the rows of a consumer, from shared memory to its place.
  virtual void storeRows(Value shared, const Tile &tile, Value consumer, int64_t part);
  /// Where eight columns from `column` of a row wait.
  Value waiting(Value shared, Value row, Value column);
  Value drainer();
  int64_t drainers() const { return schedule.storers ? GemmSchedule::storerThreads : 128; }
  /// Where `width` columns at (row, column) go; beyond the matrix's edge: a place inside, that is not valid.
  KernelBuilder::Place placeOf(Value row, Value column, int64_t width);

  KernelBuilder &k;
  GemmSchedule schedule;

private:
  int64_t parts() const { return schedule.columns / schedule.stagedColumns; }
  int64_t rowsInFlight() const;
  void prefetch(const Tile &tile);
  Value staging(Value consumer);
  Value barrierOf(int64_t first, Value consumer);
  Value parity(const Tile &tile, int64_t part);
  void stage(Value shared, mlir::ValueRange sums);
  void drain(Value shared, const Tile &tile, Value consumer, int64_t part);
  void copy(Value shared, const Tile &tile, Value consumer, int64_t part);

  Value result;
  std::function<Value()> map;
  Change change;
  int64_t m, n;
  int64_t stagingOffset = 0, full = 0, empty = 0; ///< in shared memory
  Value outputMap;
};

/// Stores f32 sums from the registers, exactly; partial sums where tiles are split.
class RegisterSink : public Sink {
public:
  RegisterSink(KernelBuilder &k, Value result, int64_t m, int64_t n) : k(k), result(result), m(m), n(n) {}
  void prepare(const GemmSchedule &schedule) override;
  void take(const Tile &tile, Value consumer, Values sums) override;
  /// The launch that adds the partial sums, if the product was split.
  void addPartials();

private:
  int64_t splitTiles() const; ///< of blocks
  Value partial(Value part, Value consumer);
  void storeSums(Value top, Value left, mlir::ValueRange sums);
  void storeChunk(Value top, Value left, mlir::ValueRange sums);

  KernelBuilder &k;
  Value result;
  int64_t m, n;
  GemmSchedule schedule;
  int64_t partials = 0; ///< in scratch memory: [split tile][split][consumer][register / 4][thread][4] f32
};

} // namespace samba::gpu
