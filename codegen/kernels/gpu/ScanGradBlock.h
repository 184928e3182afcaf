//===- ScanGradBlock.h - the work of one block of the selective scan backward ---------------------------===//
#pragma once

#include "codegen/kernels/gpu/ScanGrad.h"
#include "codegen/kernels/gpu/ScanSpans.h"

namespace samba::gpu {

/// The work of one block.
class GradBlock {
public:
  static constexpr int64_t chunkTokens = GradLayout::tokens, slabStates = GradLayout::slabStates;
  static constexpr int64_t threadChannels = GradLayout::channels, threadStates = GradLayout::states;
  static constexpr int64_t recurrences = GradLayout::recurrences;
  static constexpr int64_t vector = 8; ///< channels that a thread reads and writes of one token

  GradBlock(KernelBuilder &k, const GradPlan &plan, const ScanPlace &place, const PartialSums &partials,
            const SpanSums &spanSums, const SpanStates *later, int64_t waitingSlabs, int64_t statesBetween);
  void emit();

private:
  struct Chunk {
    Value segment, index; ///< its segment, and its number there
    Value first, end;     ///< tokens
  };

  GradCarried takeChunk(const Chunk &chunk, GradCarried carried);
  void scanSegment(Value segment, Value count);
  void putSteps(const Chunk &chunk, bool withCotangents) const;
  void putInputs(const Chunk &chunk, Value slab) const;
  void callEarlier(const Chunk &chunk) const;
  void storeStateSums(const Chunk &chunk, Value slab) const;
  void storeChannels(const Chunk &chunk, GradCarried &carried) const;
  void storeRates(const GradCarried &carried) const;
  void storeFirst(const GradCarried &carried) const;
  void storeSkip(ValueRange dD) const;

  Chunk chunkOf(Value segment, Value index) const;
  Value countChunks(Value segment) const;
  Value rowOf(const Chunk &chunk, Value token) const;
  Value exists(const Chunk &chunk, Value token) const;
  template <class Body> void overSlabs(Body body) const {
    if (plan.slabs == 1)
      body(k.integer(0));
    else
      k.loop(0, plan.slabs, 1, [&](Value slab) { body(slab); });
  }
  Value firstState(Value slab) const { return k.add(k.mul(slab, slabStates), tiles.state); }
  Value channelOf(int64_t c) const { return k.add(k.add(firstChannel, tiles.channel), c); } ///< thread's c-th
  Value inside(Value channel) const { return channelEnd ? k.min(channel, plan.channels - 1) : channel; }
  Values loadStates(Value tensor, Value index, Value slab) const;
  Values loadRates(Value slab) const;
  Values cotangentsAfter(Value slab) const;
  Values statesBefore(const Chunk &chunk, Value slab) const;
  Value waitingAt(int64_t begin, Value slot, int64_t slots, int64_t bytes) const;

  KernelBuilder &k;
  const GradPlan &plan;
  const PartialSums &partials;
  const SpanSums &spanSums;
  const SpanStates *later;                   ///< null where the block's time is not cut
  const int64_t waitingSlabs, statesBetween; ///< in scratch memory

  GradTiles tiles;
  const Type stored; ///< how states are
  std::unique_ptr<ChunkScan> scan;
  const int64_t vectors, inputs; ///< threads that read one token; states that each of them reads
  const int64_t width, stateWidth, inputWidth;

  const ScanPlace place;
  const Value batch, span; ///< its
  Value sum, part, firstChannel;
  Value channelEnd, stateEnd;       ///< null where blocks and slabs fit
  Value vectorToken, vectorChannel; ///< of what this thread reads and writes, in chunk and block
  Value inputState;                 ///< the same of B and C: of the same token
};

} // namespace samba::gpu
