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
    h = k.loop(0, tokens, 1, h, [&](Value t, ValueRange before) {
      Values h(before), step = own(tiles.steps, t), b = own(tiles.B, t);
      if (keep)
        k.store(h, k.at(ownHistory(), k.mul(t, tokenBytes)), stored);
      for (int64_t i = 0; i < recurrences; ++i) {
        Value dt = step[i / states * 2], input = step[i / states * 2 + 1];
        h[i] = k.fma(k.exp2(k.mul(dt, rates[i])), h[i], k.mul(input, b[i % states]));
      }
      return h;
    });
    k.keepRolled();
    return h;
  }

  void backward(ValueRange h, ValueRange rates, GradCarried &carried, bool add) const override {
    // The eight lanes of a state get dB of the thread's four states, then dC of them.
    Value column = k.add(k.mul(k.div(tiles.channelLane, states), slabStates),
                         k.add(tiles.state, k.rem(tiles.channelLane, states)));
    Value sums = tiles.stateSums.at(tiles.warp, 0, column);
    Values all(carried.ag);
    all.append(carried.dA), all.append(h.begin(), h.end());
    all = k.loop(0, tokens, 1, all, [&](Value step, ValueRange list) {
      Value t = k.sub(tokens - 1, step);
      Values ag(list.take_front(recurrences)), dA(list.slice(recurrences, recurrences));
      ValueRange after = list.take_back(recurrences);
      Values steps = own(tiles.steps, t), cotangents = own(tiles.cotangents, t);
      Values b = own(tiles.B, t), c = own(tiles.C, t);
      Values before = k.load(k.at(ownHistory(), k.mul(t, tokenBytes)), stored, recurrences);
      Values overStates(2 * channels, k.number(0)); // <g, B> of each channel, then sum_n rate a g h
      Values overChannels(2 * states, k.number(0)); // dB of each state, then dC
      auto accumulate = [&](Value &sum, Value x, Value y) { sum = k.fma(x, y, sum); };
      for (int64_t i = 0; i < recurrences; ++i) {
        const int64_t channel = i / states, n = i % states;
        Value dt = steps[2 * channel], input = steps[2 * channel + 1], dy = cotangents[2 * channel + 1];
        Value g = k.fma(dy, c[n], ag[i]);
        ag[i] = k.mul(k.exp2(k.mul(dt, rates[i])), g);
        Value agh = k.mul(ag[i], before[i]);
        dA[i] = k.fma(dt, agh, dA[i]);
        accumulate(overStates[channel], g, b[n]);
        accumulate(overStates[channels + channel], rates[i], agh);
        accumulate(overChannels[n], input, g);
        accumulate(overChannels[states + n], dy, after[i]);
      }
      putOutput(t, k.sumScatter(overStates), add);
      k.storeScalar(k.sumScatter(overChannels, states), k.at(sums, k.mul(t, tiles.stateSums.tokenBytes)),
                    k.f32);
      Values next(ag);
      next.append(dA), next.append(before);
      return next;
    });
    k.keepRolled();
    carried.ag.assign(all.begin(), all.begin() + recurrences);
    carried.dA.assign(all.begin() + recurrences, all.begin() + 2 * recurrences);
  }

private:
  /// What token t has for this thread: a pair of each of its channels; its states.
  Values own(const PairTile &tile, Value t) const {
    return k.load(k.at(tile.at(0, 0, tiles.channel), k.mul(t, tile.tokenBytes)), k.f32, 2 * channels);
  }
  Values own(const StateTile &tile, Value t) const {
    return k.load(k.at(tile.at(0, 0, tiles.state), k.mul(t, tile.tokenBytes)), k.f32, states);
  }

  /// The four lanes of a pair of channels have <g, B> of each channel, then sum_n rate a g h.
  void putOutput(Value t, Value sum, bool add) const {
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
