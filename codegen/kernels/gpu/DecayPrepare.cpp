//===- DecayPrepare.cpp - a chunk's keys and scores, free of decays -------------------------------------===//
//
//   q'_t = scale exp(G_t) q_t     k'_s = exp(G_C - G_s) k_s     a_ts = scale sum_c exp(G_t - G_s) q_tc k_sc
//
// A block has a chunk of one head and goes through slices of 32 channels. Each level (DecayTile.h) writes its
// operands to shared memory and multiplies them; every pair of tokens belongs to one level, and a token with
// itself is a plain sum. A level has four tiles [16, 8], one for each warp; the first has eight.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DecayTile.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class PrepareBlock {
  static constexpr int64_t tokens = DecayChunks::tokens, slice = DecayTokens::slice,
                           group = DecayTokens::group;
  static constexpr int64_t scoreBytes = 4 * tokens + 32; ///< of a row
  static constexpr int64_t fragments = 7;                ///< of a warp: two of the first level, one of others

public:
  PrepareBlock(KernelBuilder &k, const DecayChunks &chunks)
      : k(k), chunks(chunks), mine(k, chunks), tiles{k.reserveShared(tileBytes), k.reserveShared(tileBytes)},
        scores(k.reserveShared(tokens * scoreBytes)) {
    Value warp = k.warpId();
    columnTile = warp, rowTile = k.shiftRight(warp, 1);
  }

  void emit() {
    clearScores();
    Values carried =
        k.loop(0, chunks.keys, slice, zeros(k, 4 * fragments + 1), [&](Value first, ValueRange carried) {
          Values sums(carried);
          takeSlice(first, sums);
          return sums;
        });
    k.keepRolled();
    gather(carried);
    k.end();
  }

private:
  static constexpr int64_t tileBytes = tokens * DecayTokens::bf16Bytes;

  void takeSlice(Value first, Values &sums) {
    Values products, q = mine.load(chunks.q, first), keys = mine.load(chunks.keysOf, first);
    DecayTokens::Sums decays = mine.sums(first);
    Value place = mine.scratchPlace(chunks.readKeys, first);
    for (int64_t i = 0; i < group; ++i) {
      Value decay = k.exp2(mine.decayTo(decays, i, decays.before));
      mine.storeScratch(place, i, k.mul(q[i], k.mul(decay, chunks.scale)));
      products.push_back(k.mul(q[i], keys[i]));
    }
    storeWritten(first, keys, decays);
    sums.back() = k.add(sums.back(), k.sumScatter(products)); // of token lane % 16 with itself
    k.when(k.equal(mine.myGroup, 0), [&] {
      Value place = k.add(k.mul(mine.number, chunks.keys), k.add(first, mine.channel));
      k.storeScalar(k.exp2(k.add(decays.inGroup.back(), decays.after)),
                    k.at(k.scratch(chunks.ends), k.shiftLeft(place, 2)), k.f32);
    });
    auto *sum = sums.begin();
    for (auto [i, h] : llvm::enumerate(DecayTokens::levels)) {
      Value tile = k.sharedMemory(tiles[i % 2]); // whoever still reads the level before reads the other
      mine.storeOperands(tile, decays, h, [&](int64_t i) { return std::pair(q[i], keys[i]); });
      k.barrier();
      for (int64_t row = 0; row < (h == 32 ? 2 : 1); ++row, sum += 4)
        llvm::copy(multiply(tile, h, h == 32 ? k.integer(row) : rowTile, ArrayRef<Value>(sum, 4)), sum);
    }
  }

  void storeWritten(Value first, ValueRange keys, const DecayTokens::Sums &decays) {
    Value place = mine.scratchPlace(chunks.writtenKeys, first), ofRest;
    if (chunks.rest)
      ofRest = mine.scratchPlace(*chunks.rest, first);
    for (int64_t i = 0; i < group; ++i) {
      Value x = k.mul(keys[i], k.exp2(mine.decayFrom(decays, i, decays.after)));
      if (chunks.rest) {
        auto [greater, less] = k.unpackPair(k.splitPair(x));
        mine.storeScratch(ofRest, i, less);
        x = greater;
      }
      mine.storeScratch(place, i, x);
    }
  }

  /// sums [16 upper, 8 lower tokens] += over the slice.
  Values multiply(Value tile, int64_t h, Value rowTile, ValueRange sums) {
    Value lane = k.laneId();
    Value row = k.add(k.shiftLeft(rowTile, 4), k.bitAnd(lane, 15));
    Value column = k.add(k.shiftLeft(columnTile, 3), k.bitAnd(lane, 7));
    Value left = k.at(tile, k.add(k.mul(k.add(mine.lowerToken(h, row), h), DecayTokens::bf16Bytes),
                                  k.shiftLeft(k.shiftRight(lane, 4), 4)));
    Value right = k.at(tile, k.add(k.mul(mine.lowerToken(h, column), DecayTokens::bf16Bytes),
                                   k.shiftLeft(k.shiftRight(lane, 3), 4)));
    Values b = k.loadMatrix(right, 4), all(sums);
    for (int64_t step = 0; step < 2; ++step)
      all = k.mma16x8x16(k.loadMatrix(k.at(left, 32 * step), 4), ValueRange(b).slice(2 * step, 2), all);
    return all;
  }

  // ---- the scores of the chunk ------------------------------------------------------------------------

  Value scorePlace(Value t, Value s) {
    return k.at(k.sharedMemory(scores), k.add(k.mul(t, scoreBytes), k.shiftLeft(s, 2)));
  }
  /// A thread has half a row.
  static constexpr int64_t half = tokens / 2;
  Value halfPlace() {
    Value thread = k.threadId();
    return scorePlace(k.shiftRight(thread, 1), k.mul(k.bitAnd(thread, 1), half));
  }
  void clearScores() {
    for (int64_t i = 0; i < half; i += 4)
      k.store(zeros(k, 4), k.at(halfPlace(), 4 * i), k.f32);
  }

  /// body(where a warp's sum number i belongs)
  void overSums(function_ref<void(Value place, int64_t i)> body) {
    int64_t i = 0;
    Value lane = k.laneId(), column = k.add(k.shiftLeft(columnTile, 3), k.shiftLeft(k.bitAnd(lane, 3), 1));
    for (int64_t h : DecayTokens::levels)
      for (int64_t tile = 0; tile < (h == 32 ? 2 : 1); ++tile)
        for (int64_t j = 0; j < 4; ++j, ++i) {
          Value row = k.add(k.shiftLeft(h == 32 ? k.integer(tile) : rowTile, 4),
                            k.add(k.shiftRight(lane, 2), 8 * rowOf(j)));
          Value s = k.add(column, j % 2);
          auto emit = [&] { body(scorePlace(k.add(mine.lowerToken(h, row), h), mine.lowerToken(h, s)), i); };
          const int64_t bits = llvm::Log2_64(h);
          if (h >= 16)
            emit();
          else
            k.when(k.equal(k.shiftRight(row, bits), k.shiftRight(s, bits)), emit);
        }
  }

  void gather(ValueRange sums) {
    overSums([&](Value place, int64_t i) { k.storeScalar(sums[i], place, k.f32); });
    Value token = k.add(k.mul(mine.myGroup, group), k.bitAnd(k.laneId(), group - 1));
    k.storeScalar(k.add(sums.back(), k.shuffleXor(sums.back(), group)), scorePlace(token, token), k.f32);
    k.barrier();
    Value to = k.at(k.scratch(chunks.scores), k.add(k.mul(k.extend(mine.number), tokens * tokens * 2),
                                                    k.extend(k.mul(k.threadId(), half * 2))));
    for (int64_t i = 0; i < half; i += 8) {
      Values a = k.load(k.at(halfPlace(), 4 * i), k.f32, 8);
      for (Value &x : a)
        x = k.mul(x, chunks.scale);
      k.storeWords(k.packPairs(a), k.at(to, 2 * i));
    }
  }

  KernelBuilder &k;
  const DecayChunks &chunks;
  const DecayTokens mine;
  const int64_t tiles[2], scores; ///< in shared memory
  Value columnTile, rowTile;      ///< of this warp
};

} // namespace

void emitDecayPrepare(KernelBuilder &k, const DecayChunks &chunks) {
  k.begin(DecayTokens::shape(chunks, /*blocksPerSm=*/3));
  PrepareBlock(k, chunks).emit();
}

} // namespace samba::gpu
