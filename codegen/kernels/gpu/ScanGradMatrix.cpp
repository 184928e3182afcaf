//===- ScanGradMatrix.cpp - a chunk of the scan's backward, sums by the matrix units --------------------===//
//
// A warp's h, or g, of one token is a matrix of 16 channels by 16 states, and lies in the registers of its
// threads as the matrix units take their first operand: rows 0 .. 7 are the even channels, rows 8 .. 15 the
// odd ones, and a thread's states 4 q .. 4 q + 3 are the columns 2 q, 2 q + 1, 2 q + 8, 2 q + 9. (Which row
// and column stand for what is free, as long as the second operand agrees.) Each sum is a product with a
// second operand that is zero but for one of its 8 columns, so that 8 tokens share an accumulator, a column
// each:
//
//   <g_t, B_t>           [channel, t]   g_t   times  B_t
//   sum_n A a_t g h      [channel, t]   the thread's sums over its states, 4 tokens at once,  times  0 and 1
//   dB_t                 [state, t]     g_t'  times  dt_t u_t
//   dC_t                 [state, t]     h_t'  times  dy_t
//
// g' comes from movmatrix. The chunk's states wait in shared memory as storeMatrix lays them, and come back
// both ways: h_{t-1} as it was stored and h_t transposed. What enters a product is rounded to bf16, sums are
// f32.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ScanGrad.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class MatrixScan : public ChunkScan, GradLayout {
public:
  MatrixScan(KernelBuilder &k, const GradTiles &tiles, int64_t warps)
      : k(k), tiles(tiles), begin(k.reserveShared(warps * warpBytes)) {}

  Values forward(Values h, ValueRange rates, bool keep) const override {
    Value steps = tiles.steps.at(0, 0, tiles.channel), B = tiles.B.at(0, 0, tiles.state),
          history = ownHistory();
    auto read = [&](int64_t t) {
      return std::pair(k.load(k.at(steps, t * tiles.steps.tokenBytes), k.f32, 2 * channels),
                       k.load(k.at(B, t * tiles.B.tokenBytes), k.f32, states));
    };
    if (keep)
      k.storeMatrix(toMatrix(h), history);
    auto following = read(0);
    for (int64_t t = 0; t < tokens; ++t) {
      auto [step, b] = following; // dt, dt u of each channel
      if (t + 1 < tokens)
        following = read(t + 1); // before this token's store, which it cannot pass
      for (int64_t i = 0; i < recurrences; ++i) {
        Value dt = step[i / states * 2], input = step[i / states * 2 + 1];
        h[i] = k.fma(k.exp2(k.mul(dt, rates[i])), h[i], k.mul(input, b[i % states]));
      }
      if (keep)
        k.storeMatrix(toMatrix(h), k.at(history, (t + 1) * slotBytes));
    }
    return h;
  }

  void backward(ValueRange, ValueRange rates, GradCarried &carried, bool add) const override {
    k.warpBarrier(); // lanes read what others have stored
    Values both(carried.ag);
    both.append(carried.dA);
    both = k.loop(0, tokens / columns, 1, both, [&](Value step, ValueRange both) {
      GradCarried columnsCarried{
          Values(both.take_front(recurrences)), Values(both.take_back(recurrences)), {}};
      takeColumns(k.sub(tokens - columns, k.mul(step, columns)), rates, columnsCarried, add);
      Values after(columnsCarried.ag);
      after.append(columnsCarried.dA);
      return after;
    });
    carried.ag.assign(both.begin(), both.begin() + recurrences);
    carried.dA.assign(both.begin() + recurrences, both.end());
  }

private:
  static constexpr int64_t columns = 8; ///< tokens that share accumulators
  static constexpr int64_t slotBytes = 512, warpBytes = (tokens + 1) * slotBytes; ///< slot t: before token t

  /// Tokens first + 7 down to first.
  void takeColumns(Value first, ValueRange rates, GradCarried &carried, bool add) const {
    Value history = k.at(ownHistory(), k.mul(first, slotBytes)), C = tiles.C.at(0, first, tiles.state);
    Value cotangents = tiles.cotangents.at(0, first, tiles.channel);
    // The second operands' columns: this lane has a part of that of token first + channelLane.
    Value token = k.add(tiles.channelLane, first),
          others = k.add(k.mul(tiles.warp, warpChannels), tiles.state);
    Values b = k.packPairs(k.load(tiles.B.at(0, token, tiles.state), k.f32, states));
    Values inputs = evenAndOdd(tiles.steps.load(0, token, others, 4).second);
    Values dys = evenAndOdd(tiles.cotangents.load(0, token, others, 4).second);

    Values zero(4, k.number(0)), gB = zero, agh = zero, dB = zero, dC = zero;
    if (add)
      std::tie(gB, agh) = loadOutputs(first);
    SmallVector<Values> partial(channels, Values(columns)); // [channel][token]: sums over the thread's states
    for (int64_t column = columns - 1; column >= 0; --column) {
      Values cotangent = k.load(k.at(cotangents, column * tiles.cotangents.tokenBytes), k.f32, 2 * channels);
      Values c = k.load(k.at(C, column * tiles.C.tokenBytes), k.f32, states);
      Values before = fromMatrix(k.loadMatrix(k.at(history, column * slotBytes), 4)), g;
      for (int64_t i = 0; i < recurrences; ++i) {
        Value dt = cotangent[i / states * 2], dy = cotangent[i / states * 2 + 1];
        Value &sum = partial[i / states][column];
        g.push_back(k.fma(dy, c[i % states], carried.ag[i]));
        carried.ag[i] = k.mul(k.exp2(k.mul(dt, rates[i])), g[i]);
        Value product = k.mul(carried.ag[i], before[i]);
        carried.dA[i] = k.fma(dt, product, carried.dA[i]);
        sum = i % states == 0 ? k.mul(rates[i], product) : k.fma(rates[i], product, sum);
      }
      Value isMine = k.equal(tiles.channelLane, column);
      auto only = [&](const Values &pairs) {
        return Values{k.select(isMine, pairs[0], 0), k.select(isMine, pairs[1], 0)};
      };
      Values matrix = toMatrix(g), turned;
      for (int64_t part : {0, 2, 1, 3})
        turned.push_back(k.transposeMatrix(matrix[part]));
      Values h = k.loadMatrix(k.at(history, (column + 1) * slotBytes), 4, /*transpose=*/true);
      gB = k.mma16x8x16(matrix, only(b), gB);
      dB = k.mma16x8x16(turned, only(inputs), dB);
      dC = k.mma16x8x16({h[0], h[2], h[1], h[3]}, only(dys), dC);
      if (column % 4 == 0)
        agh = addFour(partial, column, agh);
    }
    storeOutputs(first, gB, agh);
    storeStateSums(first, 0, dB);
    storeStateSums(first, slabStates, dC);
  }

  /// The sums over states of four tokens from `column` on, over the four lanes that have parts of them.
  Values addFour(ArrayRef<Values> partial, int64_t column, Values sums) const {
    Values parts, selectors;
    for (int64_t pair : {0, 2}) {
      for (int64_t c = 0; c < channels; ++c)
        parts.push_back(k.packPair(partial[c][column + pair], partial[c][column + pair + 1]));
      constexpr int64_t one = 0x3f80; // of bf16
      Value low = k.select(k.equal(tiles.channelLane, column + pair), k.integer(one), 0);
      selectors.push_back(k.select(k.equal(tiles.channelLane, column + pair + 1), k.integer(one << 16), low));
    }
    return k.mma16x8x16(parts, selectors, sums);
  }

  /// Registers [channel][state] as the pairs of a matrix, and back.
  Values toMatrix(ValueRange x) const {
    return {k.packPair(x[0], x[1]), k.packPair(x[4], x[5]), k.packPair(x[2], x[3]), k.packPair(x[6], x[7])};
  }
  Values fromMatrix(ValueRange pairs) const {
    return k.unpackPairs({pairs[0], pairs[2], pairs[1], pairs[3]});
  }

  /// Four neighbouring channels as a second operand: the even rows, then the odd ones.
  Values evenAndOdd(const Values &x) const { return {k.packPair(x[0], x[2]), k.packPair(x[1], x[3])}; }

  /// Accumulators [channel, token]: this thread's channels at tokens first + 2 stateLane and the next.
  Value outputAt(Value first, int64_t i) const {
    return tiles.outputs.at(0, k.add(k.add(k.mul(tiles.stateLane, 2), first), i), tiles.channel);
  }
  void storeOutputs(Value first, ValueRange gB, ValueRange agh) const {
    for (int64_t i = 0; i < 2; ++i)
      k.store({gB[i], agh[i], gB[i + 2], agh[i + 2]}, outputAt(first, i), k.f32);
  }
  std::pair<Values, Values> loadOutputs(Value first) const {
    Values x = k.load(outputAt(first, 0), k.f32, 4), y = k.load(outputAt(first, 1), k.f32, 4);
    return {Values{x[0], y[0], x[2], y[2]}, Values{x[1], y[1], x[3], y[3]}};
  }

  /// Accumulators [state, token], the rows being those of a transposed matrix.
  void storeStateSums(Value first, int64_t column, ValueRange sums) const {
    Value state = k.add(k.mul(k.div(tiles.channelLane, 2), states), k.rem(tiles.channelLane, 2));
    for (int64_t i = 0; i < 4; ++i) {
      Value token = k.add(k.add(k.mul(tiles.stateLane, 2), first), i % 2);
      k.storeScalar(sums[i], tiles.stateSums.at(tiles.warp, token, k.add(state, column + i / 2 * 2)), k.f32);
    }
  }

  Value ownHistory() const {
    return k.at(k.sharedMemory(begin), k.add(k.mul(tiles.warp, warpBytes), k.mul(k.laneId(), 16)));
  }

  KernelBuilder &k;
  const GradTiles &tiles;
  const int64_t begin; ///< [warp][slot]
};

} // namespace

std::unique_ptr<ChunkScan> makeMatrixScan(KernelBuilder &k, const GradTiles &tiles, int64_t warps) {
  return std::make_unique<MatrixScan>(k, tiles, warps);
}

} // namespace samba::gpu
