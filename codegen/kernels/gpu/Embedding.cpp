//===- Embedding.cpp - rows of a table by token, and the table's gradient -------------------------------===//
//
//   x_r = table[token_r];     dtable_v = sum over r with token_r = v of dx_r, in the order of r
//
// The gradient reads dx once and writes the table once. Neither order nor cost may depend on chance, so there
// are no atomics, and none of it is proportional to tokens times vocabulary:
//
//   1. The tokens are sorted by a stable radix sort, 8 bits a round: a launch counts digits per tile of
//   tokens, and a
//      second finds every token's place from these counts (its digit's start, the tiles before, the warps
//      before, the lanes before) and moves it.
//   2. A block takes some sorted tokens in a row, at least 32, and adds up their rows of dx, eight loads
//   under way.
//      Where a row of the table begins and ends inside it is stored; what is cut off at either end goes to
//      scratch memory. However often a token occurs, the work is even.
//   3. A block takes a row of the table: no token, zeros; several pieces, their sum in order.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

struct EmbeddingKernel : GpuKernelOpInterface::ExternalModel<EmbeddingKernel, EmbeddingOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto embedding = cast<EmbeddingOp>(op);
    Value x = embedding.getX();
    VectorGrid grid(rowsOf(x), channelsOf(x), streamWidth(k, x), /*most=*/4);
    k.begin(grid.shape());
    SmallVector<Place> places = grid.places(k);
    Values tokens;
    for (const Place &place : places)
      tokens.push_back(k.loadInteger(embedding.getTokens(), place.row));
    SmallVector<Values> rows;
    for (auto [place, token] : llvm::zip(places, tokens))
      rows.push_back(k.load(embedding.getTable(), token, place.column, grid.width));
    k.store(x, places, rows);
    k.end();
    return success();
  }
};

/// Launches that sort the indices of `n` i32 keys, the key of an index below `limit`, equal keys in order of
/// index.
class RadixSort {
public:
  RadixSort(KernelBuilder &k, Value keys, int64_t n, int64_t limit)
      : k(k), input(keys), n(n),
        rounds(llvm::divideCeil(llvm::Log2_64_Ceil(std::max<int64_t>(limit, 2)), digitBits)) {
    tokensPerTile = llvm::alignTo(llvm::divideCeil(n, mostTiles), threads);
    tiles = llvm::divideCeil(n, tokensPerTile);
    counts = k.reserveScratch(tiles * digits * 4);
    for (Buffers *buffers : {&even, &odd})
      *buffers = {k.reserveScratch(n * 4), k.reserveScratch(n * 4)};
  }

  /// `alsoFirst` is emitted into the first launch.
  void emit(function_ref<void()> alsoFirst) {
    for (int64_t round = 0; round < rounds; ++round) {
      emitCount(round, alsoFirst);
      emitMove(round);
    }
  }

  /// Once sorted: key and index at a place (i32).
  Value key(Value place) const { return load(sorted().keys, place); }
  Value index(Value place) const { return load(sorted().indices, place); }
  /// Of each launch: threads of a block, threads of all blocks.
  static constexpr int64_t threads = 256;
  int64_t allThreads() const { return tiles * threads; }

private:
  static constexpr int64_t digitBits = 8, digits = threads, warps = threads / 32, mostTiles = 128;
  static_assert(digits == 1 << digitBits, "a thread stands for a digit");
  struct Buffers {
    int64_t keys, indices; ///< in scratch memory
  };
  const Buffers &sorted() const { return rounds % 2 ? odd : even; }

  Value load(int64_t buffer, Value place) const {
    return k.loadScalar(k.at(k.scratch(buffer), k.mul(k.extend(place), 4)), k.i32);
  }
  void store(Value x, int64_t buffer, Value place) const {
    k.storeScalar(x, k.at(k.scratch(buffer), k.mul(k.extend(place), 4)), k.i32);
  }

  /// A token that a thread sorts: its place, key and digit; beyond the last token the digit is no digit.
  struct Token {
    Value place, exists, key, digit;
  };
  Token loadToken(int64_t round, Value first) const {
    Token token;
    Value place = k.add(first, k.threadId());
    token.exists = k.less(place, n);
    token.place = k.min(place, n - 1);
    token.key =
        round == 0 ? k.loadInteger(input, token.place) : load((round % 2 ? odd : even).keys, token.place);
    Value digit = k.bitAnd(k.shiftRight(token.key, round * digitBits), digits - 1);
    token.digit = k.select(token.exists, digit, int64_t(digits));
    return token;
  }

  // Shared memory: how many tokens with a digit each warp has, [warps][digits].
  Value ofWarp(Value table, Operand warp, Value digit) const {
    Value row = warp.isNumber() ? k.integer(warp.asInteger()) : warp.asValue();
    return k.at(table, k.mul(k.add(k.mul(row, digits), digit), 4));
  }
  /// Fills the table from the block's tokens; returns the lanes of the warp with this thread's digit.
  Value countDigits(const Token &token, Value table) const {
    for (int64_t warp = 0; warp < warps; ++warp)
      k.storeScalar(k.integer(0), ofWarp(table, warp, k.threadId()), k.i32);
    k.barrier();
    Value same = k.lanesWithSame(token.digit);
    Value isFirst = k.equal(k.bitAnd(same, k.lanesBelow()), 0), warp = k.warpId();
    k.when(k.both(isFirst, token.exists),
           [&] { k.storeScalar(k.countBits(same), ofWarp(table, warp, token.digit), k.i32); });
    k.barrier();
    return same;
  }

  Value tileBegin() const { return k.mul(k.blockId(), tokensPerTile); }
  Value tileEnd() const { return k.min(k.add(tileBegin(), tokensPerTile), n); }

  /// counts [tiles, digits]. Thread d adds up digit d.
  void emitCount(int64_t round, function_ref<void()> alsoFirst) {
    k.begin({{tiles, 1, 1}, threads});
    if (round == 0)
      alsoFirst();
    Value table = k.sharedMemory(k.reserveShared(warps * digits * 4)), digit = k.threadId();
    Values count =
        k.loop(tileBegin(), tileEnd(), threads, {k.integer(0)}, [&](Value first, ValueRange carried) {
          countDigits(loadToken(round, first), table);
          Value count = carried[0];
          for (int64_t warp = 0; warp < warps; ++warp)
            count = k.add(count, k.loadScalar(ofWarp(table, warp, digit), k.i32));
          k.barrier();
          return Values{count};
        });
    store(count[0], counts, k.add(k.mul(k.blockId(), digits), digit));
    k.end();
  }

  /// Where the tile's first token with this thread's digit goes.
  Value startOfDigit(Value table) const {
    constexpr int64_t inFlight = 8;
    Value digit = k.threadId();
    Values sums =
        k.loop(0, tiles, inFlight, {k.integer(0), k.integer(0)}, [&](Value first, ValueRange carried) {
          Values parts;
          for (int64_t i = 0; i < inFlight; ++i)
            parts.push_back(load(counts, k.add(k.mul(k.min(k.add(first, i), tiles - 1), digits), digit)));
          Value all = carried[0], before = carried[1];
          for (auto [i, part] : llvm::enumerate(parts)) {
            Value tile = k.add(first, int64_t(i));
            all = k.add(all, k.select(k.less(tile, tiles), part, 0));
            before = k.add(before, k.select(k.less(tile, k.blockId()), part, 0));
          }
          return Values{all, before};
        });
    return k.add(sumBefore(sums[0], table), sums[1]);
  }

  /// The sum of x (i32) over the threads before this one.
  Value sumBefore(Value x, Value shared) const {
    Value lane = k.laneId(), inclusive = x;
    for (int64_t distance = 1; distance < 32; distance *= 2) {
      Value other = k.shuffle(inclusive, k.max(k.sub(lane, distance), 0));
      inclusive = k.add(inclusive, k.select(k.lessEqual(distance, lane), other, 0));
    }
    Value warp = k.warpId();
    k.when(k.equal(lane, 31), [&] { k.storeScalar(inclusive, k.at(shared, k.mul(warp, 4)), k.i32); });
    k.barrier();
    Value sum = k.sub(inclusive, x);
    for (int64_t i = 0; i < warps - 1; ++i)
      sum = k.add(sum, k.select(k.less(i, warp), k.loadScalar(k.at(shared, 4 * i), k.i32), 0));
    k.barrier();
    return sum;
  }

  void emitMove(int64_t round) {
    const Buffers &to = round % 2 ? even : odd;
    k.begin({{tiles, 1, 1}, threads});
    Value table = k.sharedMemory(k.reserveShared(warps * digits * 4)), digit = k.threadId();
    k.loop(tileBegin(), tileEnd(), threads, {startOfDigit(table)}, [&](Value first, ValueRange carried) {
      Token token = loadToken(round, first);
      Value index = round == 0 ? token.place : load((round % 2 ? odd : even).indices, token.place);
      Value same = countDigits(token, table);
      Value start = carried[0]; // counts become places: of digit d's first token in each warp
      for (int64_t warp = 0; warp < warps; ++warp) {
        Value slot = ofWarp(table, warp, digit), count = k.loadScalar(slot, k.i32);
        k.storeScalar(start, slot, k.i32);
        start = k.add(start, count);
      }
      k.barrier();
      Value warp = k.warpId();
      k.when(token.exists, [&] {
        Value rank = k.countBits(k.bitAnd(same, k.lanesBelow()));
        Value place = k.add(k.loadScalar(ofWarp(table, warp, token.digit), k.i32), rank);
        store(token.key, to.keys, place);
        store(index, to.indices, place);
      });
      k.barrier();
      return Values{start};
    });
    k.end();
  }

  KernelBuilder &k;
  const Value input;
  const int64_t n, rounds;
  int64_t tokensPerTile, tiles, counts;
  Buffers even, odd; ///< holding the tokens after an even or odd number of rounds
};

class EmbeddingGrad {
public:
  EmbeddingGrad(EmbeddingGradOp op, KernelBuilder &k)
      : op(op), k(k), n(rowsOf(op.getDx())), vocabulary(rowsOf(op.getDtable())),
        channels(channelsOf(op.getDtable())), width(streamWidth(k, op.getDx())), vectors(channels / width),
        columnBlocks(llvm::divideCeil(vectors, 256)),
        threads(llvm::alignTo(llvm::divideCeil(vectors, columnBlocks), 32)),
        pieceTokens(std::max<int64_t>(32, llvm::PowerOf2Ceil(llvm::divideCeil(n, 2048)))),
        pieces(llvm::divideCeil(n, pieceTokens)), sort(k, op.getTokens(), n, vocabulary),
        bounds(k.reserveScratch(2 * vocabulary * 4)), partials(k.reserveScratch(pieces * 2 * channels * 4)) {}

  void emit() {
    sort.emit([&] { clearBounds(); });
    emitPieces();
    emitRows();
  }

private:
  static constexpr int64_t tokensInFlight = 8, rowsPerBlock = 4;

  // Scratch memory: where the tokens of each row begin (`end` = 0) and end (1) among the sorted ones,
  // [2][vocabulary] i32; equal if there are none.
  Value bound(int64_t end, Value row) const {
    return k.at(k.scratch(bounds), k.mul(k.add(k.extend(row), end * vocabulary), 4));
  }
  void clearBounds() const {
    Value first = k.add(k.mul(k.blockId(), RadixSort::threads), k.threadId());
    k.loop(first, 2 * vocabulary, sort.allThreads(),
           [&](Value i) { k.storeScalar(k.integer(0), bound(0, i), k.i32); });
  }

  /// Scratch memory: sums of a row's tokens in a piece where it came from the piece before (`tail` = 0) or
  /// where it began and goes on (1).
  Value partial(Value piece, Operand tail, Value column) const {
    Value line = k.add(k.mul(k.extend(piece), 2), tail);
    return k.at(k.scratch(partials), k.mul(k.add(k.mul(line, channels), k.extend(column)), 4));
  }

  /// The first column of the thread's vector; `exists`: whether it has one.
  Value beginLaunch(int64_t blocks, Value &exists) {
    k.begin({{blocks, columnBlocks, 1}, threads});
    Value vector = k.add(k.mul(k.blockId(1), threads), k.threadId());
    exists = k.less(vector, vectors);
    return k.mul(k.min(vector, vectors - 1), width);
  }

  /// Step 2. `begin` is where the current row's tokens begin, -1 if before this piece.
  void emitPieces() {
    Value exists, column = beginLaunch(pieces, exists), piece = k.blockId();
    Value first = k.mul(piece, pieceTokens), end = k.min(k.add(first, pieceTokens), n);
    Value before = sort.key(k.max(k.sub(first, 1), 0));
    Value goesOn = k.both(k.less(0, first), k.equal(before, sort.key(first)));
    Values carried(width, k.number(0));
    carried.push_back(k.select(goesOn, k.integer(-1), first));
    k.loop(first, end, tokensInFlight, carried, [&](Value first, ValueRange carried) {
      auto clamped = [&](int64_t i) { return k.min(k.add(first, i), n - 1); };
      Values keys, indices;
      for (int64_t i = 0; i < tokensInFlight; ++i) {
        keys.push_back(sort.key(clamped(i)));
        indices.push_back(sort.index(clamped(i)));
      }
      keys.push_back(sort.key(clamped(tokensInFlight)));
      SmallVector<Values> rows;
      for (Value index : indices)
        rows.push_back(k.load(op.getDx(), index, column, width));
      Values sums(carried.drop_back());
      Value begin = carried.back();
      for (int64_t i = 0; i < tokensInFlight; ++i) {
        for (auto [sum, x] : llvm::zip(sums, rows[i]))
          sum = k.add(sum, x);
        Value place = k.add(first, i), next = k.add(place, 1);
        Value rowEnds = k.either(k.equal(next, n), k.both(k.less(next, n), differ(keys[i], keys[i + 1])));
        Value flush = k.either(rowEnds, k.equal(next, end));
        k.when(flush, [&] { finishRun(piece, keys[i], begin, next, rowEnds, column, exists, sums); });
        for (Value &sum : sums)
          sum = k.select(flush, 0.0, sum);
        begin = k.select(rowEnds, next, begin);
      }
      sums.push_back(begin);
      return sums;
    });
    k.end();
  }

  Value differ(Value a, Value b) const { return k.either(k.less(a, b), k.less(b, a)); }

  /// The tokens of `row` in this piece end before `next`.
  void finishRun(Value piece, Value row, Value begin, Value next, Value rowEnds, Value column, Value exists,
                 ValueRange sums) {
    Value begins = k.lessEqual(0, begin);
    k.when(k.equal(column, 0), [&] {
      k.when(begins, [&] { k.storeScalar(begin, bound(0, row), k.i32); });
      k.when(rowEnds, [&] { k.storeScalar(next, bound(1, row), k.i32); });
    });
    k.when(exists, [&] {
      k.choose(
          k.both(begins, rowEnds),
          [&]() -> Values {
            k.store(op.getDtable(), row, column, sums);
            return {};
          },
          [&]() -> Values {
            Value tail = k.make<arith::ExtUIOp>(k.i64, begins);
            k.store(sums, partial(piece, tail, column), k.f32);
            return {};
          });
    });
  }

  /// Step 3.
  void emitRows() {
    Value exists, column = beginLaunch(llvm::divideCeil(vocabulary, rowsPerBlock), exists);
    Values rows, begins, ends;
    for (int64_t i = 0; i < rowsPerBlock; ++i) {
      rows.push_back(k.add(k.mul(k.blockId(), rowsPerBlock), i));
      Value row = k.min(rows[i], vocabulary - 1);
      begins.push_back(k.loadScalar(bound(0, row), k.i32));
      ends.push_back(k.loadScalar(bound(1, row), k.i32));
    }
    for (auto [row, begin, end] : llvm::zip(rows, begins, ends)) {
      Value isEmpty = k.equal(begin, end), firstPiece = k.div(begin, pieceTokens);
      Value lastPiece = k.select(isEmpty, firstPiece, k.div(k.sub(end, 1), pieceTokens));
      Value isOpen = k.both(exists, k.either(isEmpty, k.less(firstPiece, lastPiece))); // not stored yet
      k.when(vocabulary % rowsPerBlock ? k.both(isOpen, k.less(row, vocabulary)) : isOpen, [&, row = row] {
        Values sums = k.load(partial(firstPiece, 1, column), k.f32, width);
        for (Value &sum : sums)
          sum = k.select(isEmpty, 0.0, sum);
        sums = addPieces(sums, k.add(firstPiece, 1), k.add(lastPiece, 1), column);
        k.store(op.getDtable(), row, column, sums);
      });
    }
    k.end();
  }

  Values addPieces(Values sums, Value first, Value end, Value column) const {
    constexpr int64_t inFlight = 4;
    return k.loop(first, end, inFlight, sums, [&](Value first, ValueRange carried) {
      SmallVector<Values> parts;
      for (int64_t i = 0; i < inFlight; ++i)
        parts.push_back(k.load(partial(k.min(k.add(first, i), pieces - 1), 0, column), k.f32, width));
      Values sums(carried);
      for (auto [i, part] : llvm::enumerate(parts))
        for (auto [sum, x] : llvm::zip(sums, part))
          sum = k.add(sum, k.select(k.less(k.add(first, int64_t(i)), end), x, 0.0));
      return sums;
    });
  }

  EmbeddingGradOp op;
  KernelBuilder &k;
  const int64_t n, vocabulary, channels, width, vectors, columnBlocks, threads, pieceTokens, pieces;
  RadixSort sort;
  const int64_t bounds, partials;
};

struct EmbeddingGradKernel : GpuKernelOpInterface::ExternalModel<EmbeddingGradKernel, EmbeddingGradOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    EmbeddingGrad(cast<EmbeddingGradOp>(op), k).emit();
    return success();
  }
};

} // namespace

void attachEmbedding(MLIRContext &context) {
  EmbeddingOp::attachInterface<EmbeddingKernel>(context);
  EmbeddingGradOp::attachInterface<EmbeddingGradKernel>(context);
}

} // namespace samba::gpu
