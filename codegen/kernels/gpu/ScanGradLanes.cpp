//===- ScanGradLanes.cpp - a chunk of the scan's backward, all in f32 -----------------------------------===//
//
// Sums over states go across 4 lanes and sums over channels across the other 8, by reduce-scatter: 3 and 7
// shuffles a token for 4 and 8 sums. The states before each token wait in shared memory, each thread's own.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ScanGrad.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class LaneScan : public ChunkScan, GradLayout {
public:
  LaneScan(KernelBuilder &k, const GradTiles &tiles, int64_t warps, Type stored)
      : k(k), tiles(tiles), stored(stored), stateBytes(recurrences * stored.getIntOrFloatBitWidth() / 8),
        tokenBytes(warps * 32 * stateBytes), begin(k.reserveShared(tokens * tokenBytes)) {}

  Values forward(Values h, ValueRange rates, bool keep) const override {
    Value steps = tiles.steps.at(0, 0, tiles.channel), B = tiles.B.at(0, 0, tiles.state),
          history = ownHistory();
    for (int64_t t = 0; t < tokens; ++t) {
      Values step =
          k.load(k.at(steps, t * tiles.steps.tokenBytes), k.f32, 2 * channels); // dt, dt u of each channel
      Values b = k.load(k.at(B, t * tiles.B.tokenBytes), k.f32, states);
      if (keep)
        k.store(h, k.at(history, t * tokenBytes), stored);
      for (int64_t i = 0; i < recurrences; ++i) {
        Value dt = step[i / states * 2], input = step[i / states * 2 + 1];
        h[i] = k.fma(k.exp2(k.mul(dt, rates[i])), h[i], k.mul(input, b[i % states]));
      }
    }
    return h;
  }

  void backward(ValueRange h, ValueRange rates, GradCarried &carried, bool add) const override {
    // The eight lanes of a state get dB of the thread's four states, then dC of them.
    Value column = k.add(k.mul(k.div(tiles.channelLane, states), slabStates),
                         k.add(tiles.state, k.rem(tiles.channelLane, states)));
    Value sums = tiles.stateSums.at(tiles.warp, 0, column);
    Values after(h);
    Token following = read(tokens - 1);
    for (int64_t t = tokens - 1; t >= 0; --t) {
      Token token = following;
      if (t > 0)
        following = read(t - 1);                    // before this token's stores, which it cannot pass
      Values overStates(2 * channels, k.number(0)); // <g, B> of each channel, then sum_n rate a g h
      Values overChannels(2 * states, k.number(0)); // dB of each state, then dC
      for (int64_t i = 0; i < recurrences; ++i) {
        const int64_t c = i / states, n = i % states;
        Value dt = token.step[2 * c], input = token.step[2 * c + 1], dy = token.cotangent[2 * c + 1];
        auto accumulate = [&](Value &sum, bool isFirst, Value x, Value y) {
          sum = isFirst ? k.mul(x, y) : k.fma(x, y, sum);
        };
        Value g = k.fma(dy, token.c[n], carried.ag[i]);
        carried.ag[i] = k.mul(k.exp2(k.mul(dt, rates[i])), g);
        Value agh = k.mul(carried.ag[i], token.before[i]);
        carried.dA[i] = k.fma(dt, agh, carried.dA[i]);
        accumulate(overStates[c], n == 0, g, token.b[n]);
        accumulate(overStates[channels + c], n == 0, rates[i], agh);
        accumulate(overChannels[n], c == 0, input, g);
        accumulate(overChannels[states + n], c == 0, dy, after[i]);
      }
      after = token.before;
      putOutput(t, k.sumScatter(overStates), add);
      k.storeScalar(k.sumScatter(overChannels, states), k.at(sums, t * tiles.stateSums.tokenBytes), k.f32);
    }
  }

private:
  struct Token {
    Values step, cotangent, b, c, before;
  };
  Token read(int64_t t) const {
    auto token = [&](Value first, int64_t bytes, int64_t n) {
      return k.load(k.at(first, t * bytes), k.f32, n);
    };
    return {token(tiles.steps.at(0, 0, tiles.channel), tiles.steps.tokenBytes, 2 * channels),
            token(tiles.cotangents.at(0, 0, tiles.channel), tiles.cotangents.tokenBytes, 2 * channels),
            token(tiles.B.at(0, 0, tiles.state), tiles.B.tokenBytes, states),
            token(tiles.C.at(0, 0, tiles.state), tiles.C.tokenBytes, states),
            k.load(k.at(ownHistory(), t * tokenBytes), stored, recurrences)};
  }

  /// The four lanes of a pair of channels have <g, B> of each channel, then sum_n rate a g h.
  void putOutput(int64_t t, Value sum, bool add) const {
    Value mine = k.add(tiles.channel, k.rem(tiles.stateLane, channels));
    Value place = k.at(tiles.outputs.at(0, t, mine), k.mul(k.div(tiles.stateLane, channels), 4));
    k.storeScalar(add ? k.add(k.loadScalar(place, k.f32), sum) : sum, place, k.f32);
  }

  Value ownHistory() const { return k.at(k.sharedMemory(begin), k.mul(k.threadId(), stateBytes)); }

  KernelBuilder &k;
  const GradTiles &tiles;
  const Type stored;
  const int64_t stateBytes, tokenBytes, begin; ///< [token][thread][recurrences]: h before the token
};

} // namespace

std::unique_ptr<ChunkScan> makeLaneScan(KernelBuilder &k, const GradTiles &tiles, int64_t warps,
                                        Type stored) {
  return std::make_unique<LaneScan>(k, tiles, warps, stored);
}

} // namespace samba::gpu
