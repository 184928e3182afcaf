//===- ScanGrad.h - the pieces of the selective scan's backward kernel ----------------------------------===//
//
// SelectiveScanGrad.cpp says what is computed and how a block goes through time. Here is what it shares with
// the recurrences of one chunk, of which there are two: one multiplies and adds all in f32, the other sums
// over states and channels with the matrix units.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/ScanTile.h"

namespace samba::gpu {

/// How a warp shares a chunk: 16 channels, 2 of them and 4 states of each to a thread.
struct GradLayout {
  static constexpr int64_t tokens = 16,
                           slabStates = 16; ///< of a chunk; of a slab, all states if there are 16
  static constexpr int64_t warpChannels = 16, channels = 2, states = 4;
  static constexpr int64_t recurrences = channels * states; ///< of a thread: [channel][state]
};

/// Operands, results and sizes of the op, and how the work is cut.
struct GradPlan {
  Value u, dt, A, B, C, D, states, dy; ///< operands
  Value dnext, documents;              ///< operands; may be null
  Value du, ddt, dA, dB, dC, dD, dh;   ///< results; dh null without dnext
  int64_t batches, tokens, channels, dState;
  int64_t blockChannels, warps;     ///< of a block
  int64_t sumChannels, sums, parts; ///< channels of a sum of dB and dC; such sums; blocks to each
  int64_t segment, segments;   ///< tokens scanned from one kept state, a multiple of `checkpoint`; how many
  int64_t kept, keptEach;      ///< states in `states` per batch entry; of them one in `keptEach` is read
  int64_t chunks, slabs;       ///< of a segment, of the states
  int64_t spans, spanSegments; ///< of time, taken at once; segments of each but the last
  ScanCut cut;                 ///< whose blocks of the last batch entry may be all that have spans

  explicit GradPlan(SelectiveScanGradOp op);
  int64_t threads() const { return 32 * warps; }
  int64_t paddedStates() const { return slabs * GradLayout::slabStates; }
  bool hasRaggedChunks() const { return segment % GradLayout::tokens || tokens % segment; }
  bool hasRaggedChannels() const { return sumChannels % blockChannels || channels % sumChannels; }
  bool isPlain() const { return slabs == 1 && chunks == 1; }
  bool isBf16() const { return mlir::getElementTypeOrSelf(states).isBF16(); } ///< the kept states
  int64_t warpsPerSm() const { return isBf16() && isPlain() ? 12 : 8; }       ///< others take more registers
  /// Of dB and dC.
  int64_t sumRows() const { return sums * batches * tokens; }
  int64_t across() const { return sums * parts; }
  int64_t blocks() const { return batches * across() * spans; } ///< if none is whole
  /// Where time is cut: from there on.
  int64_t firstBatch() const { return cut.whole ? batches - 1 : 0; }
  int64_t firstChannel() const {
    const int64_t block = cut.whole % across();
    return block / parts * sumChannels + block % parts * blockChannels;
  }
};

/// Where the parts of dB and dC wait to be added up, if a sum has several: [part][dB,
/// dC][sumRows][paddedStates], f32.
class PartialSums {
public:
  PartialSums(KernelBuilder &k, const GradPlan &plan);
  Value at(KernelBuilder &k, Operand part, int64_t which, Value row, Value state) const;
  void emitSums(KernelBuilder &k) const; ///< the launch that adds them up, in order

private:
  const GradPlan &plan;
  const int64_t rowBytes, bytes, begin;
};

/// Where dA and dD of the spans wait to be added up, if there are several: [span][batch][channel] from
/// plan.firstBatch() and plan.firstChannel() on, of dA with [paddedStates], f32.
class SpanSums {
public:
  SpanSums(KernelBuilder &k, const GradPlan &plan);
  Value rowOf(KernelBuilder &k, Operand span, Value batch, Value channel) const;
  Value ofA(KernelBuilder &k, Value row, Value state) const;
  Value ofD(KernelBuilder &k, Value row) const;
  void emitSums(KernelBuilder &k) const; ///< the launch that adds them up, in order

private:
  const GradPlan &plan;
  const int64_t batches, channels;
  int64_t dA = 0, dD = 0;
};

/// The registers of a thread that live from chunk to chunk.
struct GradCarried {
  Values ag, dA; ///< [recurrences], of the slab: a_{t+1} g_{t+1}, and dA so far
  Values dD;     ///< of the channels that the thread reads
};

/// What the block's threads share of a chunk, and where this thread stands in it.
struct GradTiles {
  GradTiles(KernelBuilder &k, int64_t warps);

  PairTile steps;      ///< (dt, dt u)
  PairTile cotangents; ///< (dt, dy)
  PairTile outputs;    ///< (<g, B>, sum_n A log2(e) a g h)
  StateTile u;         ///< [token][channel]
  StateTile B, C;      ///< of the slab
  StateTile stateSums; ///< [warp][token]: dB of the slab, then dC
  Value warp, channel; ///< the first of the thread's two channels in the block
  Value state;         ///< the first of its four states in the slab
  Value stateLane;     ///< its place among the 4 lanes of a channel
  Value channelLane;   ///< its place among the 8 lanes of a state
};

/// The recurrences of one chunk and one slab.
class ChunkScan {
public:
  virtual ~ChunkScan() = default;
  /// The states after the chunk from those before it. `keep`: for backward(), too.
  virtual Values forward(Values h, ValueRange rates, bool keep) const = 0;
  /// From h, the states after the chunk, backward through its tokens: fills outputs and stateSums. `add`:
  /// outputs hold sums over other slabs already.
  virtual void backward(ValueRange h, ValueRange rates, GradCarried &carried, bool add) const = 0;
};

/// Sums by shuffles, exact; states between forward and backward are kept as `stored`.
std::unique_ptr<ChunkScan> makeLaneScan(KernelBuilder &k, const GradTiles &tiles, int64_t warps, Type stored);
/// Sums by matrix units: what is summed is rounded to bf16 first.
std::unique_ptr<ChunkScan> makeMatrixScan(KernelBuilder &k, const GradTiles &tiles, int64_t warps);

} // namespace samba::gpu
