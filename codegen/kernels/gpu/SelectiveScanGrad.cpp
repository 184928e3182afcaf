//===- SelectiveScanGrad.cpp - the selective scan backward ----------------------------------------------===//
//
//   a_t = exp(dt_t A), h_t = a_t h_{t-1} + dt_t u_t B_t     again, from the state kept before each segment
//   g_t = dy_t C_t + a_{t+1} g_{t+1}                        the cotangent of h_t, backward in time
//   du_t = D dy_t + dt_t <g_t, B_t>      ddt_t = u_t <g_t, B_t> + sum_n A a_t g_t h_{t-1}
//   dA = sum_t dt_t a_t g_t h_{t-1}      dB_t = sum_channels dt_t u_t g_t
//   dD = sum_t u_t dy_t                  dC_t = sum_channels dy_t h_t
//
// A block of 128 threads has one batch entry and 64 channels and goes through time from the end, in chunks of 16
// tokens. A warp has 16 channels, a thread two of them and 4 states of each: 8 recurrences, whose a_{t+1} g_{t+1} and
// dA stay in its registers. In each chunk
//
//   - u, dt and dy are read as 16-byte vectors of 8 channels of one token and put into shared memory, with B and C;
//   - the chunk's states are scanned again and kept, by each thread for itself, in shared memory, as they are stored
//     in `states` (bf16: 32 KB);
//   - backward in time, sums over states go across 4 lanes and sums over channels across the other 8, by
//     reduce-scatter: 3 and 7 shuffles a token for 4 and 8 sums;
//   - du and ddt leave as they came; dB and dC are added up over the four warps.
//
// Two barriers a chunk; three blocks to a multiprocessor cover them and the loads. N above 16 is taken in slabs of 16
// states, whose registers wait in scratch memory. A segment of more than 16 tokens is first scanned forward for the
// states between its chunks, half as much work again: a checkpoint of 16 costs none of it. Where a sum of dB and dC
// has more than 64 channels its parts are added up by a second launch. No atomics: the same bits in every run.
//
// Per token and channel of N = 16: 32 exp2 and about 400 instructions in all, which is 1.2 ms of issue slots at batch
// 8, 4096 tokens, 3072 channels; 10 bytes of u, dt, dy, du and ddt in bf16, 2 of states, 2 of dB and dC.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/ScanTile.h"

#include "dialect/core/Shapes.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t blockChannels = 64, chunkTokens = 16, slabStates = 16;
constexpr int64_t threadChannels = 2, threadStates = 4, recurrences = threadChannels * threadStates;
constexpr int64_t vector = 8; ///< channels that a thread reads and writes of one token
constexpr int64_t warps = scanThreads / 32;

struct Plan {
  Value u, dt, A, B, C, D, states, dy;           ///< operands
  Value du, ddt, dA, dB, dC, dD;                 ///< results
  int64_t batches, tokens, channels, dState;
  int64_t sumChannels, sums, parts; ///< channels of a sum of dB and dC; such sums; blocks of threads to each
  int64_t segment, segments;        ///< tokens scanned from one kept state, a multiple of `checkpoint`; how many
  int64_t kept, keptEach;           ///< states in `states` per batch entry; of them one in `keptEach` is read
  int64_t chunks, slabs;            ///< of a segment, of the states

  explicit Plan(SelectiveScanGradOp op)
      : u(op.getU()), dt(op.getDt()), A(op.getA()), B(op.getB()), C(op.getC()), D(op.getD()), states(op.getStates()),
        dy(op.getDy()), du(op.getDu()), ddt(op.getDdt()), dA(op.getDA()), dB(op.getDB()), dC(op.getDC()),
        dD(op.getDD()), batches(shapeOf(u)[0]), tokens(shapeOf(u)[1]), channels(channelsOf(u)),
        dState(channelsOf(A)) {
    sumChannels = std::min<int64_t>(op.getChannelBlock(), channels);
    sums = llvm::divideCeil(channels, sumChannels), parts = llvm::divideCeil(sumChannels, blockChannels);
    kept = shapeOf(states)[1];
    keptEach = std::max<int64_t>(1, chunkTokens / int64_t(op.getCheckpoint()));
    segment = keptEach * op.getCheckpoint();
    segments = llvm::divideCeil(tokens, segment);
    chunks = llvm::divideCeil(std::min(segment, tokens), chunkTokens);
    slabs = llvm::divideCeil(dState, slabStates);
  }
  bool hasRaggedChunks() const { return segment % chunkTokens || tokens % segment; }
  bool hasRaggedChannels() const { return sumChannels % blockChannels || channels % blockChannels; }
  /// Of dB and dC.
  int64_t sumRows() const { return sums * batches * tokens; }
  int64_t blocks() const { return sums * parts * batches; }
};

/// Where the parts of dB and dC wait for the second launch: [part][dB, dC][sumRows][paddedStates], f32.
struct PartialSums {
  explicit PartialSums(KernelBuilder &k, const Plan &plan)
      : rowBytes(plan.slabs * slabStates * 4), bytes(plan.sumRows() * rowBytes),
        begin(plan.parts > 1 ? k.reserveScratch(plan.parts * 2 * bytes) : 0) {}

  Value at(KernelBuilder &k, Operand part, int64_t which, Value row, Value state) const {
    Value index = part.isNumber() ? k.index(2 * part.asInteger() + which)
                                  : k.add(k.mul(k.extend(part.asValue()), 2), which);
    Value offset = k.add(k.mul(index, bytes), k.mul(k.extend(row), rowBytes));
    return k.at(k.at(k.scratch(begin), offset), k.shiftLeft(state, 2));
  }

  const int64_t rowBytes, bytes, begin;
};

/// The registers of a thread that live from chunk to chunk.
struct Carried {
  Values ag, dA; ///< [recurrences], of the slab: a_{t+1} g_{t+1}, and dA so far
  Values dD;     ///< [vector], of the channels that it reads

  Values all() const {
    Values list(ag);
    list.append(dA);
    list.append(dD);
    return list;
  }
  static Carried from(ValueRange list) {
    const size_t slab = list.size() - vector; // 0 where slabs wait in scratch memory
    return {Values(list.take_front(slab / 2)), Values(list.slice(slab / 2, slab / 2)), Values(list.take_back(vector))};
  }
};

/// The work of one block.
class GradBlock {
public:
  GradBlock(KernelBuilder &k, const Plan &plan, const PartialSums &partials, int64_t waitingSlabs, int64_t statesBetween);
  void emit();

private:
  struct Chunk {
    Value segment, index; ///< its segment, and its number there
    Value first, end;     ///< tokens
  };

  Carried takeChunk(const Chunk &chunk, Carried carried);
  void scanSegment(Value segment, Value count);
  void putSteps(const Chunk &chunk, bool withCotangents) const;
  void putInputs(const Chunk &chunk, Value slab) const;
  Values scanAgain(Values h, ValueRange rates, bool keep) const;
  void scanBackward(ValueRange h, ValueRange rates, Carried &carried) const;
  void addToOutputs(int64_t t, Value sum) const;
  void storeStateSums(const Chunk &chunk, Value slab) const;
  void storeChannels(const Chunk &chunk, Carried &carried) const;
  void storeSkip(ValueRange dD) const;

  Chunk chunkOf(Value segment, Value index) const;
  Value countChunks(Value segment) const;
  Value rowOf(const Chunk &chunk, Value token) const;
  Value exists(const Chunk &chunk, Value token) const;
  template <class Body> void overSlabs(Body body) const;
  Value firstState(Value slab) const { return k.add(k.mul(slab, slabStates), k.mul(stateLane, threadStates)); }
  Values loadStates(Value tensor, Value index, Value slab) const;
  Values loadRates(Value slab) const;
  Values statesBefore(const Chunk &chunk, Value slab) const;
  Value waitingAt(int64_t begin, Value slot, int64_t slots, int64_t bytes) const;

  KernelBuilder &k;
  const Plan &plan;
  const PartialSums &partials;
  const int64_t waitingSlabs, statesBetween; ///< in scratch memory

  PairTile steps;      ///< (dt, dt u)
  PairTile cotangents; ///< (dy, u)
  PairTile outputs;    ///< (<g, B>, sum_n A log2(e) a g h)
  StateTile B, C;
  StateTile stateSums;     ///< [warp][token]: dB, then dC
  StateTile skips;         ///< dD by token
  const Type stored;       ///< how states are
  const int64_t historyAt; ///< [token][thread][recurrences]: h before the token
  const int64_t width, stateWidth, inputWidth;

  Value batch, sum, part, firstChannel;
  Value channelEnd, stateEnd;       ///< null where blocks and slabs fit
  Value vectorToken, vectorChannel; ///< of what this thread reads and writes, in chunk and block
  Value inputState;                 ///< the same of B and C: of the same token
  Value warp, channel;              ///< of what it scans: the first of its two channels in the block
  Value stateLane, channelLane;     ///< its place among the 4 lanes of a channel, the 8 of a state
};

GradBlock::GradBlock(KernelBuilder &k, const Plan &plan, const PartialSums &partials, int64_t waitingSlabs,
                     int64_t statesBetween)
    : k(k), plan(plan), partials(partials), waitingSlabs(waitingSlabs), statesBetween(statesBetween),
      steps(k, chunkTokens, blockChannels), cotangents(k, chunkTokens, blockChannels),
      outputs(k, chunkTokens, blockChannels), B(k, chunkTokens, slabStates), C(k, chunkTokens, slabStates),
      stateSums(k, chunkTokens, 2 * slabStates, warps), skips(k, chunkTokens, blockChannels),
      stored(k.elementOf(plan.states)),
      historyAt(k.reserveShared(chunkTokens * scanThreads * recurrences * stored.getIntOrFloatBitWidth() / 8)),
      width(k.vectorWidth(plan.u, plan.sums > 1 ? widthDividing(plan.sumChannels) : vector)),
      stateWidth(k.vectorWidth(plan.A, threadStates)), inputWidth(k.vectorWidth(plan.B, 2)) {
  batch = k.blockId(1);
  sum = k.div(k.blockId(0), plan.parts), part = k.rem(k.blockId(0), plan.parts);
  firstChannel = k.add(k.mul(sum, plan.sumChannels), k.mul(part, blockChannels));
  if (plan.hasRaggedChannels())
    channelEnd = k.min(k.mul(k.add(sum, 1), plan.sumChannels), plan.channels);
  if (plan.dState % slabStates)
    stateEnd = k.integer(plan.dState);

  Value thread = k.threadId(), lane = k.laneId();
  constexpr int64_t vectors = blockChannels / vector, warpChannels = blockChannels / warps;
  vectorToken = k.div(thread, vectors);
  vectorChannel = k.mul(k.rem(thread, vectors), vector);
  inputState = k.mul(k.rem(thread, vectors), slabStates / vectors);
  stateLane = k.rem(lane, slabStates / threadStates), channelLane = k.div(lane, slabStates / threadStates);
  warp = k.warpId();
  channel = k.add(k.mul(warp, warpChannels), k.mul(channelLane, threadChannels));
}

//===- Time ---------------------------------------------------------------------------------------------===//

GradBlock::Chunk GradBlock::chunkOf(Value segment, Value index) const {
  Value begin = k.mul(segment, plan.segment), first = k.add(begin, k.mul(index, chunkTokens));
  return {segment, index, first, k.min(k.add(begin, plan.segment), plan.tokens)};
}

Value GradBlock::countChunks(Value segment) const {
  if (plan.tokens % plan.segment == 0)
    return k.integer(plan.chunks);
  Value tokens = k.min(k.sub(plan.tokens, k.mul(segment, plan.segment)), plan.segment);
  return k.div(k.add(tokens, chunkTokens - 1), chunkTokens);
}

/// The row of the chunk's token in [Batch, T, ..]; past the chunk's end that of its last token.
Value GradBlock::rowOf(const Chunk &chunk, Value token) const {
  Value t = k.add(chunk.first, token);
  return k.add(k.mul(batch, plan.tokens), plan.hasRaggedChunks() ? k.min(t, k.sub(chunk.end, 1)) : t);
}

/// i1; null: always.
Value GradBlock::exists(const Chunk &chunk, Value token) const {
  return plan.hasRaggedChunks() ? k.less(k.add(chunk.first, token), chunk.end) : Value();
}

void GradBlock::emit() {
  Carried carried;
  carried.dD.assign(vector, k.number(0));
  if (plan.slabs == 1) {
    carried.ag.assign(recurrences, k.number(0));
    carried.dA = carried.ag;
  } else {
    overSlabs([&](Value slab) {
      k.store(Values(2 * recurrences, k.number(0)),
              waitingAt(waitingSlabs, slab, plan.slabs, 2 * recurrences * 4), k.f32);
    });
  }
  Values last = k.loop(0, plan.segments, 1, carried.all(), [&](Value step, ValueRange list) {
    Value segment = k.sub(plan.segments - 1, step);
    if (plan.chunks == 1)
      return takeChunk(chunkOf(segment, k.integer(0)), Carried::from(list)).all();
    Value count = countChunks(segment);
    scanSegment(segment, count);
    return k.loop(0, count, 1, list, [&](Value step, ValueRange list) {
      Value index = k.sub(k.sub(count, 1), step);
      return takeChunk(chunkOf(segment, index), Carried::from(list)).all();
    });
  });
  carried = Carried::from(last);

  if (k.isNeeded(plan.dA))
    overSlabs([&](Value slab) {
      Values dA = carried.dA;
      if (plan.slabs > 1)
        dA = k.load(k.at(waitingAt(waitingSlabs, slab, plan.slabs, 2 * recurrences * 4), recurrences * 4), k.f32,
                    recurrences);
      for (int64_t c = 0; c < threadChannels; ++c) {
        Value column = k.add(k.add(firstChannel, channel), c);
        Value valid = channelEnd ? k.less(column, channelEnd) : Value();
        Value row = k.add(k.mul(batch, plan.channels), channelEnd ? k.min(column, plan.channels - 1) : column);
        storeBelow(k, plan.dA, row, firstState(slab), ValueRange(dA).slice(c * threadStates, threadStates),
                   stateWidth, stateEnd, valid);
      }
    });
  if (k.isNeeded(plan.dD))
    storeSkip(carried.dD);
}

template <class Body> void GradBlock::overSlabs(Body body) const {
  if (plan.slabs == 1)
    body(k.integer(0));
  else
    k.loop(0, plan.slabs, 1, [&](Value slab) { body(slab); });
}

//===- States -------------------------------------------------------------------------------------------===//

/// This thread's part of entry `index` of a tensor [.., D, N].
Values GradBlock::loadStates(Value tensor, Value index, Value slab) const {
  Values states;
  for (int64_t c = 0; c < threadChannels; ++c) {
    Value column = k.add(k.add(firstChannel, channel), c);
    Value row = k.add(k.mul(index, plan.channels), channelEnd ? k.min(column, plan.channels - 1) : column);
    states.append(loadBelow(k, tensor, row, firstState(slab), threadStates, stateWidth, stateEnd));
  }
  return states;
}

/// exp2(dt rate) = exp(dt A).
Values GradBlock::loadRates(Value slab) const {
  Values rates = loadStates(plan.A, k.integer(0), slab);
  for (Value &rate : rates)
    rate = k.mul(rate, M_LOG2E);
  return rates;
}

/// Of this thread and this slot, in scratch memory: [block][slot][thread].
Value GradBlock::waitingAt(int64_t begin, Value slot, int64_t slots, int64_t bytes) const {
  Value block = k.add(k.mul(k.extend(batch), plan.sums * plan.parts), k.extend(k.blockId(0)));
  Value place = k.add(k.mul(k.add(k.mul(block, slots), k.extend(slot)), scanThreads), k.extend(k.threadId()));
  return k.at(k.scratch(begin), k.mul(place, bytes));
}

Values GradBlock::statesBefore(const Chunk &chunk, Value slab) const {
  if (plan.chunks == 1)
    return loadStates(plan.states,
                      k.add(k.mul(batch, plan.kept), k.mul(chunk.segment, plan.keptEach)), slab);
  Value slot = k.add(k.mul(slab, plan.chunks), chunk.index);
  int64_t bytes = recurrences * stored.getIntOrFloatBitWidth() / 8;
  return k.load(waitingAt(statesBetween, slot, plan.slabs * plan.chunks, bytes), stored, recurrences);
}

/// The states before each of the segment's chunks, to scratch memory.
void GradBlock::scanSegment(Value segment, Value count) {
  overSlabs([&](Value slab) {
    auto keep = [&](Value index, ValueRange h) {
      Value slot = k.add(k.mul(slab, plan.chunks), index);
      int64_t bytes = recurrences * stored.getIntOrFloatBitWidth() / 8;
      k.store(h, waitingAt(statesBetween, slot, plan.slabs * plan.chunks, bytes), stored);
    };
    Values rates = loadRates(slab);
    Values h = loadStates(plan.states, k.add(k.mul(batch, plan.kept), k.mul(segment, plan.keptEach)), slab);
    Value last = k.sub(count, 1);
    h = k.loop(0, last, 1, h, [&](Value index, ValueRange h) {
      keep(index, h);
      Chunk chunk = chunkOf(segment, index);
      putSteps(chunk, /*withCotangents=*/false);
      putInputs(chunk, slab);
      k.barrier();
      Values after = scanAgain(Values(h), rates, /*keep=*/false);
      k.barrier();
      return after;
    });
    keep(last, h);
  });
}

//===- A chunk ------------------------------------------------------------------------------------------===//

Carried GradBlock::takeChunk(const Chunk &chunk, Carried carried) {
  putSteps(chunk, /*withCotangents=*/true);
  overSlabs([&](Value slab) {
    Value waiting;
    if (plan.slabs > 1) {
      waiting = waitingAt(waitingSlabs, slab, plan.slabs, 2 * recurrences * 4);
      Values both = k.load(waiting, k.f32, 2 * recurrences);
      carried.ag.assign(both.begin(), both.begin() + recurrences);
      carried.dA.assign(both.begin() + recurrences, both.end());
    }
    putInputs(chunk, slab);
    Values h = statesBefore(chunk, slab), rates = loadRates(slab);
    k.barrier();
    h = scanAgain(h, rates, /*keep=*/true);
    scanBackward(h, rates, carried);
    k.barrier();
    storeStateSums(chunk, slab);
    if (plan.slabs > 1) {
      Values both(carried.ag);
      both.append(carried.dA);
      k.store(both, waiting, k.f32);
      carried.ag.clear(), carried.dA.clear();
    }
  });
  storeChannels(chunk, carried);
  return carried;
}

/// (dt, dt u) and (dy, u) of the chunk; nothing happens in steps of length 0, past the end of time or channels.
void GradBlock::putSteps(const Chunk &chunk, bool withCotangents) const {
  Value row = rowOf(chunk, vectorToken), column = k.add(firstChannel, vectorChannel);
  Value valid = exists(chunk, vectorToken);
  auto read = [&](Value tensor) {
    Values values = loadBelow(k, tensor, row, column, vector, width, channelEnd);
    if (valid)
      for (Value &value : values)
        value = k.select(valid, value, 0.0);
    return values;
  };
  Values u = read(plan.u), dt = read(plan.dt), dy, input;
  if (withCotangents)
    dy = read(plan.dy);
  for (auto [x, step] : llvm::zip(u, dt))
    input.push_back(k.mul(x, step));
  steps.store(0, vectorToken, vectorChannel, dt, input);
  if (!withCotangents)
    return;
  cotangents.store(0, vectorToken, vectorChannel, dy, u);
  if (plan.slabs > 1) { // which add to it
    Values zero(vector, k.number(0));
    outputs.store(0, vectorToken, vectorChannel, zero, zero);
  }
}

/// B and C of the chunk and the slab.
void GradBlock::putInputs(const Chunk &chunk, Value slab) const {
  Value row = rowOf(chunk, vectorToken), column = k.add(k.mul(slab, slabStates), inputState);
  for (auto [tensor, tile] : {std::pair(plan.B, &B), std::pair(plan.C, &C)})
    k.store(loadBelow(k, tensor, row, column, 2, inputWidth, stateEnd), tile->at(0, vectorToken, inputState), k.f32);
}

/// The chunk's states from those before it; `keep`: the state before each token goes to shared memory.
Values GradBlock::scanAgain(Values h, ValueRange rates, bool keep) const {
  const int64_t bytes = recurrences * stored.getIntOrFloatBitWidth() / 8;
  Value stepsHere = steps.at(0, 0, channel), BHere = B.at(0, 0, k.mul(stateLane, threadStates));
  Value history = k.at(k.sharedMemory(historyAt), k.mul(k.threadId(), bytes));
  for (int64_t t = 0; t < chunkTokens; ++t) {
    Values step = k.load(k.at(stepsHere, t * steps.tokenBytes), k.f32, 2 * threadChannels); // dt, dt u of each channel
    Values b = k.load(k.at(BHere, t * B.tokenBytes), k.f32, threadStates);
    if (keep)
      k.store(h, k.at(history, t * scanThreads * bytes), stored);
    for (int64_t i = 0; i < recurrences; ++i) {
      Value dt = step[i / threadStates * 2], input = step[i / threadStates * 2 + 1];
      h[i] = k.fma(k.exp2(k.mul(dt, rates[i])), h[i], k.mul(input, b[i % threadStates]));
    }
  }
  return h;
}

/// From h, the state after the chunk's last token, backward to its first.
void GradBlock::scanBackward(ValueRange h, ValueRange rates, Carried &carried) const {
  const int64_t bytes = recurrences * stored.getIntOrFloatBitWidth() / 8;
  Value stepsHere = steps.at(0, 0, channel), cotangentsHere = cotangents.at(0, 0, channel);
  Value state = k.mul(stateLane, threadStates), BHere = B.at(0, 0, state), CHere = C.at(0, 0, state);
  Value history = k.at(k.sharedMemory(historyAt), k.mul(k.threadId(), bytes));
  // The eight lanes of a state get dB of the thread's four states, then dC of them.
  Value sumColumn = k.add(k.mul(k.div(channelLane, threadStates), slabStates),
                          k.add(state, k.rem(channelLane, threadStates)));
  Value sumsHere = stateSums.at(warp, 0, sumColumn);

  struct Token {
    Values step, cotangent, b, c, before;
  };
  auto read = [&](int64_t t) -> Token {
    return {k.load(k.at(stepsHere, t * steps.tokenBytes), k.f32, 2 * threadChannels),
            k.load(k.at(cotangentsHere, t * cotangents.tokenBytes), k.f32, 2 * threadChannels),
            k.load(k.at(BHere, t * B.tokenBytes), k.f32, threadStates),
            k.load(k.at(CHere, t * C.tokenBytes), k.f32, threadStates),
            k.load(k.at(history, t * scanThreads * bytes), stored, recurrences)};
  };
  Values after(h);
  Token following = read(chunkTokens - 1);
  for (int64_t t = chunkTokens - 1; t >= 0; --t) {
    Token token = following;
    if (t > 0)
      following = read(t - 1); // before this token's stores, which it cannot pass
    Values overStates(2 * threadChannels, k.number(0)); // <g, B> of each channel, then sum_n rate a g h
    Values overChannels(2 * threadStates, k.number(0)); // dB of each state, then dC
    for (int64_t i = 0; i < recurrences; ++i) {
      const int64_t c = i / threadStates, n = i % threadStates;
      Value dt = token.step[2 * c], input = token.step[2 * c + 1], dy = token.cotangent[2 * c];
      auto accumulate = [&](Value &sum, bool isFirst, Value x, Value y) {
        sum = isFirst ? k.mul(x, y) : k.fma(x, y, sum);
      };
      Value g = k.fma(dy, token.c[n], carried.ag[i]);
      carried.ag[i] = k.mul(k.exp2(k.mul(dt, rates[i])), g);
      Value agh = k.mul(carried.ag[i], token.before[i]);
      carried.dA[i] = k.fma(dt, agh, carried.dA[i]);
      accumulate(overStates[c], n == 0, g, token.b[n]);
      accumulate(overStates[threadChannels + c], n == 0, rates[i], agh);
      accumulate(overChannels[n], c == 0, input, g);
      accumulate(overChannels[threadStates + n], c == 0, dy, after[i]);
    }
    after = token.before;
    addToOutputs(t, k.sumScatter(overStates));
    k.storeScalar(k.sumScatter(overChannels, threadStates), k.at(sumsHere, t * stateSums.tokenBytes), k.f32);
  }
}

/// The four lanes of a pair of channels have <g, B> of each channel, then sum_n rate a g h.
void GradBlock::addToOutputs(int64_t t, Value sum) const {
  Value mine = k.add(channel, k.rem(stateLane, threadChannels));
  Value place = k.at(outputs.at(0, t, mine), k.mul(k.div(stateLane, threadChannels), 4));
  if (plan.slabs > 1)
    sum = k.add(k.loadScalar(place, k.f32), sum);
  k.storeScalar(sum, place, k.f32);
}

/// dB and dC of the chunk, over the block's channels: a thread has two states of one token.
void GradBlock::storeStateSums(const Chunk &chunk, Value slab) const {
  Value row = k.add(k.mul(k.add(k.mul(sum, plan.batches), batch), plan.tokens), k.add(chunk.first, vectorToken));
  Value state = k.add(k.mul(slab, slabStates), inputState), valid = exists(chunk, vectorToken);
  for (int64_t which : {0, 1}) {
    Value result = which ? plan.dC : plan.dB;
    if (!k.isNeeded(result))
      continue;
    Values total;
    for (int64_t w = 0; w < warps; ++w) {
      Values part = k.load(stateSums.at(w, vectorToken, k.add(inputState, which * slabStates)), k.f32, 2);
      for (int64_t i = 0; i < 2; ++i)
        w == 0 ? total.push_back(part[i]) : void(total[i] = k.add(total[i], part[i]));
    }
    if (plan.parts == 1)
      storeBelow(k, result, row, state, total, inputWidth, stateEnd, valid);
    else if (valid)
      k.when(valid, [&] { k.store(total, partials.at(k, part, which, row, state), k.f32); });
    else
      k.store(total, partials.at(k, part, which, row, state), k.f32);
  }
}

/// du and ddt of the chunk, where u, dt and dy were read.
void GradBlock::storeChannels(const Chunk &chunk, Carried &carried) const {
  Value column = k.add(firstChannel, vectorChannel), row = rowOf(chunk, vectorToken);
  auto [dt, input] = steps.load(0, vectorToken, vectorChannel, vector);
  auto [dy, u] = cotangents.load(0, vectorToken, vectorChannel, vector);
  auto [gB, gA] = outputs.load(0, vectorToken, vectorChannel, vector);
  Values d = loadBelow(k, plan.D, k.integer(0), column, vector, width, channelEnd), du, ddt;
  for (int64_t i = 0; i < vector; ++i) {
    du.push_back(k.fma(d[i], dy[i], k.mul(dt[i], gB[i])));
    ddt.push_back(k.fma(u[i], gB[i], k.mul(gA[i], M_LN2)));
    carried.dD[i] = k.fma(u[i], dy[i], carried.dD[i]);
  }
  Value valid = exists(chunk, vectorToken);
  storeBelow(k, plan.du, row, column, du, width, channelEnd, valid);
  storeBelow(k, plan.ddt, row, column, ddt, width, channelEnd, valid);
}

/// dD: the sum over the threads that read the same channels.
void GradBlock::storeSkip(ValueRange dD) const {
  k.store(dD, skips.at(0, vectorToken, vectorChannel), k.f32);
  k.barrier();
  Value mine = k.threadId(), column = k.add(firstChannel, mine), wanted = k.less(mine, blockChannels);
  if (channelEnd)
    wanted = k.both(wanted, k.less(column, channelEnd));
  k.when(wanted, [&] {
    Value total = k.loadScalar(skips.at(0, 0, mine), k.f32);
    for (int64_t t = 1; t < chunkTokens; ++t)
      total = k.add(total, k.loadScalar(skips.at(0, t, mine), k.f32));
    k.store(plan.dD, batch, column, total);
  });
}

//===- The launches -------------------------------------------------------------------------------------===//

/// dB and dC from their parts, in order.
void addParts(KernelBuilder &k, const Plan &plan, const PartialSums &partials) {
  constexpr int64_t threads = 256;
  const int64_t width = k.vectorWidth(plan.dB, 4), perRow = plan.dState / width, total = plan.sumRows() * perRow;
  k.begin({.grid = {int64_t(llvm::divideCeil(total, threads)), 1, 1}, .threads = threads});
  Value index = k.add(k.mul(k.extend(k.blockId()), threads), k.extend(k.threadId()));
  k.when(k.less(index, total), [&] {
    Value row = k.div(index, perRow), state = k.mul(k.rem(index, perRow), width);
    for (int64_t which : {0, 1}) {
      Value result = which ? plan.dC : plan.dB;
      if (!k.isNeeded(result))
        continue;
      Values sums(width, k.number(0));
      for (int64_t part = 0; part < plan.parts; ++part)
        for (auto [sum, x] : llvm::zip(sums, k.load(partials.at(k, part, which, row, state), k.f32, width)))
          sum = k.add(sum, x);
      k.store(result, row, state, sums);
    }
  });
  k.end();
}

struct SelectiveScanGradKernel
    : GpuKernelOpInterface::ExternalModel<SelectiveScanGradKernel, SelectiveScanGradOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    Plan plan(cast<SelectiveScanGradOp>(op));
    PartialSums partials(k, plan);
    const bool isBf16 = k.elementOf(plan.states) == k.bf16;
    const int64_t waiting = plan.blocks() * plan.slabs * scanThreads * recurrences;
    int64_t waitingSlabs = plan.slabs > 1 ? k.reserveScratch(waiting * 2 * 4) : 0;
    int64_t statesBetween = plan.chunks > 1 ? k.reserveScratch(waiting * plan.chunks * (isBf16 ? 2 : 4)) : 0;
    k.begin({.grid = {plan.sums * plan.parts, plan.batches, 1},
             .threads = scanThreads,
             .blocksPerSm = isBf16 ? 3 : 2});
    GradBlock(k, plan, partials, waitingSlabs, statesBetween).emit();
    k.end();
    if (plan.parts > 1 && (k.isNeeded(plan.dB) || k.isNeeded(plan.dC)))
      addParts(k, plan, partials);
    return success();
  }
};

} // namespace

void attachSelectiveScanGrad(MLIRContext &context) {
  SelectiveScanGradOp::attachInterface<SelectiveScanGradKernel>(context);
}

} // namespace samba::gpu
