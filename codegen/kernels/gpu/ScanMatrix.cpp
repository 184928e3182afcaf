//===- ScanMatrix.cpp - the selective scan forward, on the matrix units ---------------------------------===//
//
//   h_t = exp(dt_t A) h_{t-1} + (dt_t u_t) B_t        y_t = h_t C_t + D u_t
//
// A warp has 16 channels; h of one token is a matrix of 16 channels by 16 states in its registers, 2 channels
// and 4 states of each to a thread, as the matrix units leave their sums. Decaying it is 8 exp2 and 8
// products a thread. The rest is matrix products, whose second operands are zero but for what belongs to the
// token:
//
//   h_t   [channel, state]   += (dt u) [channel, 4 tokens]  times  B, zero but for row t
//   y     [channel, 8 tokens] += h_t   [channel, state]      times  C', zero but for column t
//
// dt u enters as the sum of two bf16, good to 16 bits; h as tf32, good to 11, for y, which is stored as bf16.
// The second operands lie in shared memory as the lanes take them, 16 bytes of each token to a lane; their
// zeros are written once and stay.
//
// A block walks through time in tiles of 16 tokens with one barrier each; a tile's operands are on their way
// in registers while the one before is scanned.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Evaluate.h"
#include "codegen/kernels/gpu/ScanForward.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t tokens = 16, states = 16;                                   ///< of a tile
constexpr int64_t channels = matrixScanShape.channels, warps = channels / 16; ///< of a block
constexpr int64_t vector = 8, vectors = channels / vector; ///< channels that a thread fetches; their number
constexpr int64_t threadChannels = 2, threadStates = 4;    ///< of a thread in the recurrence

/// A number for each of the block's channels of each token, 4 bytes. The upper 32 channels are permuted, so
/// that threads that take vectors of 8 do not meet in the banks; `padding` words lie between tokens.
class ChannelTile {
public:
  ChannelTile(KernelBuilder &k, int64_t padding)
      : tokenBytes(4 * (channels + padding)), k(k), copyBytes(tokens * tokenBytes),
        begin(k.reserveShared(2 * copyBytes)) {}

  /// Of a token below 4 and, as far away, of every fourth after it.
  Value at(Value copy, Value token, Value channel) const {
    Value permuted = k.bitXor(channel, k.shiftLeft(k.shiftRight(channel, 5), 2));
    return k.at(k.sharedMemory(begin),
                k.add(k.mul(copy, copyBytes), k.add(k.mul(token, tokenBytes), k.shiftLeft(permuted, 2))));
  }
  void store(Value copy, Value token, Value channel, ValueRange x) const {
    for (int64_t i = 0; i < vector; i += 4)
      k.store(x.slice(i, 4), at(copy, token, k.add(channel, i)), x[0].getType());
  }

  const int64_t tokenBytes;

private:
  KernelBuilder &k;
  const int64_t copyBytes, begin;
};

/// The second operands of each token: 16 bytes to a lane, two words of B and two of C.
class OperandTile {
public:
  static constexpr int64_t tokenBytes = 32 * 16, copyBytes = tokens * tokenBytes;

  OperandTile(KernelBuilder &k) : k(k), begin(k.reserveShared(2 * copyBytes)) {}

  void clear() const {
    constexpr int64_t threads = 32 * warps;
    Values zero(4, k.integer(0));
    Value mine = k.at(k.sharedMemory(begin), k.mul(k.threadId(), 16));
    for (int64_t offset = 0; offset < 2 * copyBytes; offset += threads * 16)
      k.storeWords(zero, k.at(mine, offset));
  }
  Value at(Value copy, Value lane) const {
    return k.at(k.sharedMemory(begin), k.add(k.mul(copy, copyBytes), k.mul(lane, 16)));
  }
  /// B and C of the states `state`, a multiple of 2, and the next, pairs.
  void store(Value copy, Value token, Value state, Value B, Value C) const {
    Value here = k.at(k.sharedMemory(begin), k.add(k.mul(copy, copyBytes), k.mul(token, tokenBytes)));
    Value four = k.div(state, 4), half = k.mul(k.rem(k.div(state, 2), 2), 4);
    Value lane = k.add(k.mul(four, 8), k.rem(token, 4)); // of column 2 four; the next column's is 4 further
    Value low = k.bitAnd(B, 0xffff), high = k.shiftRight(B, 16);
    Value place = k.at(here, k.add(k.mul(lane, 16), half));
    k.storeWords({k.bitOr(low, k.shiftLeft(B, 16))}, place);
    k.storeWords({k.bitOr(high, k.bitAnd(B, int64_t(0xffff0000)))}, k.at(place, 4 * 16));
    lane = k.add(k.mul(k.rem(token, 8), 4), four);
    k.storeWords({C}, k.at(here, k.add(k.add(k.mul(lane, 16), half), 8)));
  }

private:
  KernelBuilder &k;
  const int64_t begin;
};

/// The work of one block: its channels of one batch entry, all tokens.
class MatrixScanBlock {
public:
  MatrixScanBlock(KernelBuilder &k, const Scan &s, const ScanPlace &place)
      : k(k), s(s), time(k, s, tokens, place.batch), tiles(llvm::divideCeil(s.tokens(), tokens)), steps(k, 0),
        inputs(k, 8), outputs(k, 4), operands(k), stateWidth(k.vectorWidth(s.A, threadStates)),
        behind(outputsOf(k, {s.y})) {
    stepTensors = streamsOf({s.u, s.dt});
    outputTensors =
        streamsOf(llvm::map_to_vector(behind, [&](unsigned i) -> Value { return k.kernel.outputs()[i]; }));
    Value firstChannel = k.mul(place.across, channels), thread = k.threadId(), lane = k.laneId();
    vectorToken = k.div(thread, vectors);
    vectorChannel = k.mul(k.rem(thread, vectors), vector);
    inputState = k.mul(k.rem(thread, vectors), 2);
    column = k.add(firstChannel, vectorChannel);
    stateLane = k.rem(lane, 4);
    channel = k.add(k.mul(k.div(thread, 32), channels / warps), k.mul(k.div(lane, 4), threadChannels));
    firstState = k.mul(stateLane, threadStates);
    channelRow = k.add(firstChannel, channel);
    if (s.channels() % channels) {
      columnExists = k.less(column, s.channels());
      column = k.min(column, s.channels() - vector);
      channelExists = k.less(channelRow, s.channels());
      channelRow = k.min(channelRow, s.channels() - threadChannels);
    }
    rates = ratesOf(k, loadStates(s.A, k.integer(0)), s.documents);
    skip = k.load(s.D, 0, column, vector);
  }

  void emit() {
    operands.clear();
    k.barrier();
    const Value first = k.integer(0), last = k.integer(tiles - 1);
    Raw raw = fetch(first);
    put(raw, first);
    raw = fetch(k.min(1, last));
    raw.outputs = fetchVectors(outputTensors, first);
    k.barrier();
    Values carried(threadChannels * threadStates, k.number(0)); // h
    carried.append(raw.all());
    const Raw shape = raw;
    k.loop(0, tiles, 1, carried, [&](Value tile, ValueRange carried) {
      Values h(carried.take_front(threadChannels * threadStates));
      Raw raw = shape.with(carried.drop_front(h.size()));
      keepStates(tile, 0, h);
      h = scan(tile, h);
      put(raw, k.add(tile, 1));
      Raw next = fetch(k.min(k.add(tile, 2), last));
      k.barrier();
      storeOutputs(tile, raw.outputs);
      next.outputs = fetchVectors(outputTensors, k.min(k.add(tile, 1), last));
      Values after(h);
      after.append(next.all());
      return after;
    });
  }

private:
  /// What a thread has read, as it lies in memory: of the next tile, and for the outputs of this one.
  struct Raw {
    Values steps, B, C, outputs;

    Values all() const {
      Values list(steps);
      for (const Values *more : {&B, &C, &outputs})
        list.append(*more);
      return list;
    }
    Raw with(ValueRange list) const {
      Raw raw;
      auto take = [&](const Values &like, Values &to) {
        to.assign(list.begin(), list.begin() + like.size());
        list = list.drop_front(like.size());
      };
      take(steps, raw.steps), take(B, raw.B), take(C, raw.C), take(outputs, raw.outputs);
      return raw;
    }
  };

  /// The inputs with a number for each token and channel that these tensors are made of.
  SmallVector<Value> streamsOf(ValueRange tensors) const {
    SmallVector<Value> found;
    for (Value input : inputsOf(tensors))
      if (rowsOf(input) == rowsOf(s.u) && channelsOf(input) == s.channels() && rowsOf(input) > 1 &&
          !llvm::is_contained(found, input))
        found.push_back(input);
    return found;
  }

  Values fetchVectors(ArrayRef<Value> tensors, Value tile) const {
    Values words;
    Value row = time.rowOf(k.add(k.mul(tile, tokens), vectorToken));
    for (Value tensor : tensors)
      words.append(loadRaw(k, tensor, row, column, vector));
    return words;
  }
  Known known(ArrayRef<Value> tensors, ValueRange words) const {
    Known known;
    for (Value tensor : tensors) {
      ValueRange mine = words.take_front(rawSize(k, tensor, vector));
      words = words.drop_front(mine.size());
      known[tensor] = valuesOf(k, mine);
    }
    return known;
  }

  Raw fetch(Value tile) const {
    Raw raw;
    raw.steps = fetchVectors(stepTensors, tile);
    Value row = time.rowOf(k.add(k.mul(tile, tokens), vectorToken));
    raw.B = k.loadWords(k.address(s.B, row, inputState), 1);
    raw.C = k.loadWords(k.address(s.C, row, inputState), 1);
    return raw;
  }

  void put(const Raw &raw, Value tile) const {
    Value copy = k.bitAnd(tile, 1), token = k.add(k.mul(tile, tokens), vectorToken);
    Known values = known(stepTensors, raw.steps);
    Values u = evaluateAt(k, s.u, time.rowOf(token), column, vector, values);
    Values dt = evaluateAt(k, s.dt, time.rowOf(token), column, vector, values);
    if (time.isRagged()) // a step of length 0 leaves the state alone
      for (Value &step : dt)
        step = k.select(time.exists(token), step, 0.0);
    Values input, direct; // dt u, D u
    for (auto [u, dt, d] : llvm::zip(u, dt, skip)) {
      input.push_back(k.splitPair(k.mul(dt, u)));
      direct.push_back(k.mul(d, u));
    }
    steps.store(copy, vectorToken, vectorChannel, dt);
    inputs.store(copy, vectorToken, vectorChannel, input);
    outputs.store(copy, vectorToken, vectorChannel, direct);
    operands.store(copy, vectorToken, inputState, raw.B[0], raw.C[0]);
  }

  /// The recurrence through the tile's tokens. y of 8 of them shares an accumulator, which begins at D u.
  Values scan(Value tile, Values h) {
    Value copy = k.bitAnd(tile, 1), second = operands.at(copy, k.laneId());
    Value input = inputs.at(copy, stateLane, channel), even = k.mul(stateLane, 2);
    const Value place[] = {outputs.at(copy, even, channel), outputs.at(copy, k.add(even, 1), channel)};
    Values step, dtu;
    for (int64_t t = 0; t < 4; ++t)
      step.push_back(steps.at(copy, k.integer(t), channel));
    for (int64_t first = 0; first < tokens; first += 8) {
      // Even and odd channel at tokens 2 q and 2 q + 1: of the first states and of the last, side by side.
      Values x = k.load(k.at(place[0], first * outputs.tokenBytes), k.f32, 2);
      Values y = k.load(k.at(place[1], first * outputs.tokenBytes), k.f32, 2);
      Values sums[] = {{x[0], y[0], x[1], y[1]}, Values(4, k.number(0))};
      for (int64_t t = first; t < first + 8; ++t) {
        if (t > 0)
          keepStates(tile, t, h);
        if (t % 4 == 0)
          dtu = k.loadWords(k.at(input, t * inputs.tokenBytes), threadChannels);
        Values dt = k.load(k.at(step[t % 4], t / 4 * 4 * steps.tokenBytes), k.f32, threadChannels);
        Values operand = k.loadWords(k.at(second, t * OperandTile::tokenBytes), 4);
        for (int64_t i = 0; i < int64_t(h.size()); ++i)
          h[i] = k.mul(decay(i, k.mul(dt[i / threadStates], rates[i])), h[i]);
        Values low = k.mma16x8x8(dtu, operand[0], {h[0], h[1], h[4], h[5]});
        Values high = k.mma16x8x8(dtu, operand[1], {h[2], h[3], h[6], h[7]});
        h = {low[0], low[1], high[0], high[1], low[2], low[3], high[2], high[3]};
        for (int64_t i : {0, 1}) {
          auto [even, odd] = k.unpackPair(operand[2 + i]);
          sums[i] =
              k.mma16x8x8Tf32({h[2 * i], h[2 * i + 4], h[2 * i + 1], h[2 * i + 5]}, {even, odd}, sums[i]);
        }
      }
      Values sum;
      for (auto [a, b] : llvm::zip(sums[0], sums[1]))
        sum.push_back(k.add(a, b));
      k.store({sum[0], sum[2]}, k.at(place[0], first * outputs.tokenBytes), k.f32);
      k.store({sum[1], sum[3]}, k.at(place[1], first * outputs.tokenBytes), k.f32);
    }
    return h;
  }

  /// exp(dt A). The special functions are what there is least of: one state in eight goes by a polynomial.
  Value decay(int64_t i, Value exponent) const {
    return i == 0 ? k.exp2Polynomial(exponent) : k.exp2(exponent);
  }

  void storeOutputs(Value tile, ValueRange raw) const {
    Value token = k.add(k.mul(tile, tokens), vectorToken), row = time.rowOf(token), copy = k.bitAnd(tile, 1);
    Known values = known(outputTensors, raw);
    Values &y = values[s.y];
    for (int64_t i = 0; i < vector; i += 4)
      y.append(k.load(outputs.at(copy, vectorToken, k.add(vectorChannel, i)), k.f32, 4));
    Value valid = columnExists;
    if (Value exists = time.exists(token))
      valid = valid ? k.both(valid, exists) : exists;
    auto store = [&] { samba::gpu::storeOutputs(k, behind, row, column, vector, values); };
    if (valid)
      k.when(valid, store);
    else
      store();
  }

  /// Keeps h, the state before token t of the tile, if that is one to be kept.
  void keepStates(Value tile, int64_t t, ValueRange h) const {
    if (std::optional<ScanTokens::Kept> kept = time.keptBefore(tile, t))
      storeStates(s.states, kept->entry, h, kept->wanted);
  }

  /// This thread's part of entry `index` of a tensor [.., D, N].
  Values loadStates(Value tensor, Value index) const {
    Values list;
    for (int64_t c = 0; c < threadChannels; ++c) {
      Value row = k.add(k.mul(index, s.channels()), k.add(channelRow, c));
      list.append(loadBelow(k, tensor, row, firstState, threadStates, stateWidth));
    }
    return list;
  }
  void storeStates(Value result, Value index, ValueRange h, Value valid) const {
    if (channelExists)
      valid = valid ? k.both(valid, channelExists) : channelExists;
    for (int64_t c = 0; c < threadChannels; ++c) {
      Value row = k.add(k.mul(index, s.channels()), k.add(channelRow, c));
      storeBelow(k, result, row, firstState, h.slice(c * threadStates, threadStates), stateWidth, {}, valid);
    }
  }

  KernelBuilder &k;
  const Scan &s;
  const ScanTokens time;
  const int64_t tiles;
  ChannelTile steps, inputs, outputs; ///< dt; dt u as two bf16; y
  OperandTile operands;
  const int64_t stateWidth;
  SmallVector<unsigned> behind; ///< outputs that hang on y
  SmallVector<Value> stepTensors, outputTensors;
  Value vectorToken, vectorChannel, inputState, column; ///< of what this thread fetches and stores
  Value stateLane, channel, firstState;                 ///< of what this thread scans, in the block
  Value channelRow;                                     ///< the first of its two channels in the tensor
  Value columnExists, channelExists;                    ///< null: yes
  Values rates, skip;
};

} // namespace

bool isForMatrixUnits(KernelBuilder &k, const Scan &s) {
  auto isPlain = [&](Value x) { return isa<BlockArgument>(x) && k.elementOf(x) == k.bf16; };
  return !s.h && !s.next && !s.documents && s.dState() == states && isPlain(s.B) && isPlain(s.C) &&
         k.elementOf(s.y) == k.bf16 && k.vectorWidth(s.u, vector) == vector && k.vectorWidth(s.B, 8) == 8 &&
         k.vectorWidth(s.C, 8) == 8;
}

void emitMatrixBlock(KernelBuilder &k, const Scan &s, const ScanPlace &place) {
  MatrixScanBlock(k, s, place).emit();
}

} // namespace samba::gpu
