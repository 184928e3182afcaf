//===- DecayWithin.cpp - the gradients that the tokens of a chunk give each other, and dg ---------------===//
//
//   b_ts = scale do_t v_s    dq_t = scale exp(G_t) S do_t + sum_s b_ts exp(G_t - G_s) k_s          s <= t
//                            dk_s = exp(G_C - G_s) R v_s + sum_t b_ts exp(G_t - G_s) q_t           t >= s
//
//   dg_t = sum over the pairs s < t <= t' of what (t', s) adds to q_t' dq_t', which is what it adds to k_s
//   dk_s
//
// for each channel. A pair with both ends outside of the chunk has its part from exp(G_C) S R, one with s
// before the chunk from the sum of q dq from t on, one with t' behind it from that of k dk before t. Pairs
// inside go by levels (DecayTile.h): t' in the upper half and s in the lower one have theirs from the sum of
// q dq of the level from t to the half's end, or of k dk from the half's beginning to t. All that is added
// belongs to dg_t: nothing is cancelled.
//
// A block has a chunk of one head: first b, the first warp group with products of 64 channels of do and v at
// a time, then slices of 64 key channels. A level is two products for each half: b times k', and b^T times
// q'.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DecayTile.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class WithinBlock {
  static constexpr int64_t tokens = DecayChunks::tokens, slice = DecayTokens::slice,
                           group = DecayTokens::group, groups = DecayTokens::groups;
  static constexpr int64_t scoreBytes = 4 * tokens + 16;              ///< of a row of b
  static constexpr int64_t sourceBytes = tokens * 128, ringDepth = 2; ///< 64 channels of do, and of v
  static constexpr int64_t operandBytes = tokens * DecayTokens::bf16Bytes,
                           productBytes = tokens * DecayTokens::f32Bytes;
  static constexpr int64_t inputBytes = 4 * DecayTokens::threads; ///< of a token of every thread

public:
  WithinBlock(KernelBuilder &k, const DecayGrad &grad)
      : k(k), grad(grad), chunks(grad.chunks), mine(k, chunks), ring(k, ringDepth, 2 * sourceBytes, 4),
        scores(k.reserveShared(tokens * scoreBytes)), operands(k.reserveShared(operandBytes)),
        products(k.reserveShared(productBytes)), carries(k.reserveShared(3 * groups * slice * 4)) {}

  void emit() {
    takeScores();
    k.loop(0, k.madeHere(k.integer(chunks.keys)), slice,
           [&](Value first) { takeSlice(first); }); // even if there is one
    k.keepRolled();
    k.end();
  }

private:
  // ---- b ----------------------------------------------------------------------------------------------

  Value scorePlace(Value t, Value s) {
    return k.at(k.sharedMemory(scores), k.add(k.mul(t, scoreBytes), k.shiftLeft(s, 2)));
  }

  void takeScores() {
    Value mapDO = headMap(k, grad.dO, chunks.heads, tokens), mapV = headMap(k, grad.v, chunks.heads, tokens);
    const int64_t steps = chunks.values / 64;
    Value isFirst = k.equal(k.threadId(), 0);
    auto ask = [&](Value step) {
      k.when(k.both(isFirst, k.less(step, steps)), [&] {
        ring.waitEmpty(step);
        ring.expect(step, 2 * sourceBytes);
        Value token = k.mul(mine.chunk, tokens), column = k.mul(step, 64), tile = ring.tile(step);
        k.tmaLoad(tile, mapDO, {column, mine.head, token, mine.batch}, ring.full(step));
        k.tmaLoad(k.at(tile, sourceBytes), mapV, {column, mine.head, token, mine.batch}, ring.full(step));
      });
    };
    k.when(isFirst, [&] {
      ring.init();
      k.fenceBarrierInit();
    });
    k.barrier();
    for (int64_t step = 0; step < ringDepth; ++step)
      ask(k.integer(step));
    Values b = k.loop(0, steps, 1, undefined(k, tokens / 2), [&](Value step, ValueRange carried) {
      ring.waitFull(step);
      Value left = k.descriptor(ring.tile(step)), right = k.descriptor(k.at(ring.tile(step), sourceBytes));
      Values b(carried);
      k.wgmmaFence();
      for (int64_t i = 0; i < 4; ++i)
        b = i ? k.wgmma(b, k.add(left, 2 * i), k.add(right, 2 * i), /*zero=*/false)
              : k.wgmmaIf(k.less(0, step), b, left, right);
      k.wgmmaCommit();
      b = k.wgmmaWait(0, b);
      ring.release(step);
      ask(k.add(step, ringDepth));
      return b;
    });
    Value column = fragmentColumn(k);
    for (int64_t i = 0; i < tokens / 2; ++i)
      k.storeScalar(k.mul(b[i], chunks.scale),
                    scorePlace(k.fragmentRow(i), k.add(column, TileBuilder::fragmentColumn(i))), k.f32);
    k.barrier();
  }

  // ---- a slice ----------------------------------------------------------------------------------------

  /// What a thread has of its channel.
  struct Slice {
    Values dq, dk, dg;
    Value offset;                   ///< of all of dg
    Value before, after, neighbour; ///< of DecayTokens::Sums
  };

  /// q, k and the sums of g of this thread's tokens lie for the time of a slice in shared memory, where do
  /// and v were. There are no registers for them.
  Value inputPlace(int64_t i) {
    return k.at(ring.tile(k.integer(0)), k.add(k.shiftLeft(mine.thread, 2), i * inputBytes));
  }
  Slice keepInputs(Value first) {
    Values q = mine.load(chunks.q, first), keys = mine.load(chunks.keysOf, first);
    for (int64_t i = 0; i < group; ++i)
      k.storeWords({k.packPair(q[i], keys[i])}, inputPlace(i));
    DecayTokens::Sums sums = mine.sums(first);
    for (int64_t i = 0; i < group; ++i)
      k.storeScalar(sums.inGroup[i], inputPlace(group + i), k.f32);
    Slice s;
    s.before = sums.before, s.after = sums.after, s.neighbour = sums.neighbour;
    return s;
  }
  std::pair<Value, Value> qAndKey(int64_t i) { return k.unpackPair(k.loadWords(inputPlace(i), 1)[0]); }
  DecayTokens::Sums sumsOf(const Slice &s) {
    DecayTokens::Sums sums{{}, s.before, s.after, s.neighbour};
    for (int64_t i = 0; i < group; ++i)
      sums.inGroup.push_back(k.loadScalar(inputPlace(group + i), k.f32));
    return sums;
  }
  /// The sums are taken here: LLVM would move what leads to them past later branches, and keep all that they
  /// are made of.
  void settle(Slice &s) {
    for (Values *sums : {&s.dq, &s.dk, &s.dg})
      for (Value &sum : *sums)
        sum = k.bits(k.madeHere(k.bits(sum, k.i32)), k.f32);
  }

  void takeSlice(Value first) {
    mine.askAgain();
    Slice s = keepInputs(first);
    s.dq = s.dk = zeros(k, group);
    if (grad.dg)
      s.dg = zeros(k, group), s.offset = k.number(0);
    for (int64_t h : DecayTokens::levels) {
      mine.storeOperands(k.sharedMemory(operands), sumsOf(s), h, [&](int64_t i) {
        mine.pause(i);
        return qAndKey(i);
      });
      k.barrier();
      multiply(h);
      k.barrier();
      mine.askAgain();
      h < group ? addLevel(s, h) : addWideLevel(s, h);
      settle(s);
    }
    addTokens(s);
    addOutside(s, first, /*before=*/true);
    keepResult(0, s.dq);
    addOutside(s, first, /*before=*/false);
    keepResult(1, s.dk);
    if (grad.dg) {
      k.barrier(); // the carries are there
      s.offset = k.add(k.add(s.offset, throughChunk(first, s)), carriesOfOthers());
      for (Value &x : s.dg)
        x = k.add(x, s.offset);
      keepResult(2, s.dg);
    }
    Value column = mine.columnOf(first), from = inputPlace(0);
    mine.overTokens([&](Value i, Value row) {
      Value place = k.at(from, k.mul(i, inputBytes));
      for (auto [which, result] : llvm::enumerate(Values{grad.dq, grad.dk, grad.dg}))
        if (result)
          k.store(result, row, column, {k.loadScalar(k.at(place, resultOffset(which)), k.f32)});
    });
  }
  /// Results lie beside the inputs, the last where the sums were.
  static constexpr int64_t resultOffset(int64_t which) {
    return (which == 2 ? 1 : 2 + which) * group * inputBytes;
  }
  void keepResult(int64_t which, ValueRange numbers) {
    for (int64_t i = 0; i < group; ++i)
      k.storeScalar(numbers[i], k.at(inputPlace(i), resultOffset(which)), k.f32);
  }

  /// What the state before the chunk adds to dq, or that after it to dk.
  void addOutside(Slice &s, Value first, bool before) {
    DecayTokens::Sums sums = sumsOf(s);
    Values places = partPlaces(before ? grad.dqPlace : grad.dkPlace, first);
    auto add = [&](int64_t i) {
      mine.pause(before ? group - 1 - i : i);
      Value decay = k.exp2(before ? mine.decayTo(sums, i, s.before) : mine.decayFrom(sums, i, s.after));
      Value here = k.mul(sumOfParts(places, i), before ? k.mul(decay, chunks.scale) : decay);
      Value &sum = (before ? s.dq : s.dk)[i];
      sum = k.add(sum, here);
      auto [q, key] = qAndKey(i);
      return k.mul(before ? q : key, here);
    };
    if (grad.dg)
      return keepCarry(before ? 0 : 1,
                       before ? addSumsAfter(s, 0, group, add) : addSumsBefore(s, 0, group, add));
    for (int64_t i = 0; i < group; ++i)
      add(before ? group - 1 - i : i);
  }
  Values partPlaces(int64_t place, Value first) {
    Values places;
    for (int64_t part = 0; part < grad.parts; ++part)
      places.push_back(mine.scratchPlace(place, first, part));
    return places;
  }
  Value sumOfParts(ValueRange places, int64_t i) {
    Value sum;
    for (Value place : places) {
      Value x = k.loadScalar(k.at(place, i * mine.scratchStride()), k.bf16);
      sum = sum ? k.add(sum, x) : x;
    }
    return sum;
  }
  /// What a token gives itself.
  void addTokens(Slice &s) {
    Value token = k.mul(mine.myGroup, group), diagonal = scorePlace(token, token);
    for (int64_t i = 0; i < group; ++i) {
      mine.pause(i);
      auto [q, key] = qAndKey(i);
      Value b = k.loadScalar(k.at(diagonal, i * (scoreBytes + 4)), k.f32);
      s.dq[i] = k.fma(b, key, s.dq[i]), s.dk[i] = k.fma(b, q, s.dk[i]);
    }
  }

  // ---- sums of q dq from a token on, and of k dk before it --------------------------------------------

  using Term = function_ref<Value(int64_t i)>;
  /// Adds to dg of tokens [begin, end) the terms from each on; returns all.
  Value addSumsAfter(Slice &s, int64_t begin, int64_t end, Term term) {
    Value sum = k.number(0);
    for (int64_t i = end - 1; i >= begin; --i) {
      sum = k.add(sum, term(i));
      s.dg[i] = k.add(s.dg[i], sum);
    }
    return sum;
  }
  Value addSumsBefore(Slice &s, int64_t begin, int64_t end, Term term) {
    Value sum = k.number(0);
    for (int64_t i = begin; i < end; ++i) {
      s.dg[i] = k.add(s.dg[i], sum);
      sum = k.add(sum, term(i));
    }
    return sum;
  }

  /// Of pairs whose ends are both outside.
  Value throughChunk(Value first, const Slice &s) {
    Value sum;
    for (int64_t part = 0; part < grad.parts; ++part) {
      Value row = k.add(k.mul(mine.number, grad.parts), part), channel = k.add(first, mine.channel);
      Value index = k.add(k.mul(k.extend(row), chunks.keys), k.extend(channel));
      Value x = k.loadScalar(k.at(k.scratch(*grad.through), k.mul(index, 4)), k.f32);
      sum = sum ? k.add(sum, x) : x;
    }
    Value all = k.add(k.add(s.before, k.loadScalar(inputPlace(2 * group - 1), k.f32)), s.after);
    return k.mul(sum, k.exp2(all));
  }

  /// A group's sums for the others: of q dq from outside, of k dk from outside, of level 32.
  void keepCarry(int64_t which, Value total) { k.storeScalar(total, carryPlace(which, mine.myGroup), k.f32); }
  Value carryPlace(int64_t which, Value group) {
    return k.at(k.sharedMemory(carries),
                k.add(k.mul(k.add(group, which * groups), slice * 4), k.shiftLeft(mine.channel, 2)));
  }
  Value carriesOfOthers() {
    Value sum = k.number(0);
    auto addIf = [&](Value condition, int64_t which, int64_t group) {
      sum = k.add(sum, k.select(condition, k.loadScalar(carryPlace(which, k.integer(group)), k.f32), 0.0));
    };
    for (int64_t other = 0; other < groups; ++other) {
      addIf(k.less(mine.myGroup, other), 0, other);
      addIf(k.less(other, mine.myGroup), 1, other);
    }
    addIf(k.equal(mine.myGroup, 1), 2, 0);
    addIf(k.equal(mine.myGroup, 2), 2, 3);
    return sum;
  }

  // ---- levels -----------------------------------------------------------------------------------------

  /// The sums of upper tokens over b k', and those of lower ones over b^T q', of all channels of the slice.
  /// Warp: 16 tokens of one of them.
  void multiply(int64_t h) {
    const int64_t bits = llvm::Log2_64(h);
    Value warp = k.madeHere(k.warpId()), lane = k.madeHere(k.laneId()); // places are not kept over slices
    Value isUpper = k.equal(k.bitAnd(warp, 2), 0);
    Value firstRow = k.shiftLeft(k.bitAnd(warp, 1), 4);
    Value rowBytes = k.select(isUpper, k.integer(scoreBytes), 4),
          columnBytes = k.select(isUpper, k.integer(4), scoreBytes);
    Values sums = zeros(k, 16);
    for (int64_t step = 0; step < (h == 32 ? 2 : 1); ++step) {
      Value firstColumn = h == 32 ? k.integer(16 * step) : firstRow;
      Values b; // a fragment [16, 16]
      for (int64_t i = 0; i < 8; ++i) {
        Value row = k.add(firstRow, k.add(k.shiftRight(lane, 2), 8 * rowOf(i)));
        Value column =
            k.add(firstColumn, k.add(k.shiftLeft(k.bitAnd(lane, 3), 1), TileBuilder::fragmentColumn(i)));
        Value offset =
            k.add(k.mul(mine.lowerToken(h, row), rowBytes), k.mul(mine.lowerToken(h, column), columnBytes));
        Value x = k.loadScalar(k.at(k.sharedMemory(scores + h * scoreBytes), offset), k.f32);
        b.push_back(h >= 16 ? x
                            : k.select(k.equal(k.shiftRight(row, bits), k.shiftRight(column, bits)), x, 0.0));
      }
      Value token = k.add(mine.lowerToken(h, k.add(firstColumn, k.bitAnd(lane, 15))),
                          k.select(isUpper, k.integer(0), h));
      Value column = k.shiftLeft(k.shiftRight(lane, 4), 3);
      Value from =
          k.at(k.sharedMemory(operands), k.add(k.mul(token, DecayTokens::bf16Bytes), k.shiftLeft(column, 1)));
      Values left = k.packPairs(b);
      for (int64_t j = 0; j < 2; ++j) {
        Values right = k.loadMatrix(k.at(from, 32 * j), 4, /*transpose=*/true);
        for (int64_t half = 0; half < 2; ++half) {
          auto *sum = sums.begin() + 8 * j + 4 * half;
          llvm::copy(k.mma16x8x16(left, ValueRange(right).slice(2 * half, 2), ArrayRef<Value>(sum, 4)), sum);
        }
      }
    }
    Value column = k.shiftLeft(k.bitAnd(lane, 3), 1);
    for (int64_t i = 0; i < 16; i += 2) {
      Value row = k.add(firstRow, k.add(k.shiftRight(lane, 2), 8 * rowOf(i)));
      Value token = k.add(mine.lowerToken(h, row), k.select(isUpper, k.integer(h), 0));
      Value place = k.add(k.mul(token, DecayTokens::f32Bytes), k.shiftLeft(column, 2));
      k.store(ValueRange(sums).slice(i, 2),
              k.at(k.sharedMemory(products), k.add(place, 4 * TileBuilder::fragmentColumn(i))), k.f32);
    }
  }

  /// What the level adds to token i.
  Value added(const DecayTokens::Sums &sums, int64_t h, int64_t i) {
    Value place = mine.place(k.sharedMemory(products), DecayTokens::f32Bytes, 4, i);
    return k.mul(k.loadScalar(place, k.f32), mine.decay(sums, h, i));
  }

  void addLevel(Slice &s, int64_t h) {
    DecayTokens::Sums sums = sumsOf(s);
    auto ofUpper = [&](int64_t i) {
      Value x = added(sums, h, i);
      s.dq[i] = k.add(s.dq[i], x);
      return k.mul(qAndKey(i).first, x);
    };
    auto ofLower = [&](int64_t i) {
      Value x = added(sums, h, i);
      s.dk[i] = k.add(s.dk[i], x);
      return k.mul(qAndKey(i).second, x);
    };
    for (int64_t begin = 0; begin < group; begin += 2 * h) {
      mine.pause(begin);
      if (grad.dg) {
        addSumsBefore(s, begin, begin + h, ofLower);
        addSumsAfter(s, begin + h, begin + 2 * h, ofUpper);
        continue;
      }
      for (int64_t i = begin; i < begin + h; ++i)
        ofLower(i), ofUpper(i + h);
    }
  }

  /// A level whose halves are whole groups.
  void addWideLevel(Slice &s, int64_t h) {
    DecayTokens::Sums sums = sumsOf(s);
    Value isUpper = mine.isUpper(h), sum = k.number(0), sign = k.select(isUpper, k.number(-1), 1.0);
    for (int64_t i = 0; i < group; ++i) {
      mine.pause(i);
      Value x = added(sums, h, i);
      s.dq[i] = k.add(s.dq[i], k.select(isUpper, x, 0.0));
      s.dk[i] = k.add(s.dk[i], k.select(isUpper, 0.0, x));
      if (!grad.dg)
        continue;
      s.dg[i] = k.fma(sign, sum, s.dg[i]);
      auto [q, key] = qAndKey(i);
      sum = k.fma(k.select(isUpper, q, key), x, sum);
    }
    if (!grad.dg)
      return;
    s.offset = k.add(s.offset, k.select(isUpper, sum, 0.0));
    if (h == 32)
      keepCarry(2, sum);
  }

  KernelBuilder &k;
  const DecayGrad &grad;
  const DecayChunks &chunks;
  DecayTokens mine;
  TileRing ring;
  const int64_t scores, operands, products, carries; ///< in shared memory
};

} // namespace

void emitDecayWithin(KernelBuilder &k, const DecayGrad &grad) {
  k.begin(DecayTokens::shape(grad.chunks, /*blocksPerSm=*/2));
  WithinBlock(k, grad).emit();
}

} // namespace samba::gpu
