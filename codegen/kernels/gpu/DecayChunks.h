//===- DecayChunks.h - attention with decay in chunks of 64 tokens, for the tensor cores ----------------===//
//
//   S_t = exp(g_t) S_{t-1} + k_t v_t^T        o_t = scale S_t^T q_t
//
// With G_t = g_1 + .. + g_t inside a chunk of C tokens, S the state before it and
//
//   q'_t = scale exp(G_t) q_t      k'_s = exp(G_C - G_s) k_s      a_ts = scale sum_c exp(G_t - G_s) q_t k_s
//
// for s <= t, the decays are gone from all that is large:
//
//   o_t = S^T q'_t + sum_s a_ts v_s                     S  <-  exp(G_C) S + sum_s k'_s v_s^T
//   dv_s = R^T k'_s + sum_t a_ts do_t                   R  <-  exp(G_C) R + sum_t q'_t do_t^T    backward
//   dq_t = scale exp(G_t) S do_t + within the chunk     dk_s = exp(G_C - G_s) R v_s + within the chunk
//
// DecayPrepare.cpp writes q', k', exp(G_C) and a; DecayWalk.cpp walks over the chunks and is each of the four
// lines; DecayWithin.cpp adds what the tokens of a chunk give each other, and has dg. Every exponent is that
// of a sum of g over tokens that lie between two others: none is positive, whatever g is.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/Recurrence.h"
#include "codegen/kernels/gpu/AttentionTile.h"

namespace samba::gpu {

/// The chunks of an op, and what is kept of them in scratch memory. A chunk's number counts over batch
/// entries, heads, and time.
class DecayChunks {
public:
  static constexpr int64_t tokens = 64; ///< of a chunk

  /// `exactState`: what adds to the state is good to 16 bits.
  template <class Op>
  DecayChunks(KernelBuilder &k, Op op, bool exactState = false)
      : B(shapeOf(op.getQ())[0]), T(shapeOf(op.getQ())[1]), heads(op.getNHeads()),
        keys(channelsOf(op.getQ()) / heads), values(channelsOf(op.getV()) / heads),
        chunks(llvm::divideCeil(T, tokens)), scale(op.getScale().convertToDouble()), q(op.getQ()),
        keysOf(op.getK()), g(op.getG()), logDecays(op.getLogDecays()) {
    reserve(k, exactState);
  }

  /// Whether the op is one for the chunked kernels; `read`, `written`: what TMA reads and writes.
  template <class Op> static bool fits(KernelBuilder &k, Op op, ValueRange read, ValueRange written) {
    return fits(k, op.getQ(), op.getK(), op.getV(), op.getNHeads(), read, written);
  }

  const int64_t B, T, heads, keys, values, chunks;
  const double scale;
  const Value q, keysOf, g;
  const std::optional<llvm::ArrayRef<double>> logDecays;

  int64_t count() const { return B * heads * chunks; }
  Value number(KernelBuilder &k, Value batch, Value head, Value chunk) const {
    return k.add(k.mul(k.add(k.mul(batch, heads), head), chunks), chunk);
  }

  int64_t readKeys, writtenKeys; ///< q' and k', [B, chunks 64, heads keys] bf16
  std::optional<int64_t> rest;   ///< what rounding took from k', if that is wanted, likewise
  int64_t ends;                  ///< exp(G_C), [number, keys] f32
  int64_t scores;                ///< a, [number, 64, 64] bf16, 0 where s > t

  /// Boxes of 64 tokens by 64 channels of a head of a tensor [B, chunks 64, heads dim] in scratch memory.
  Value scratchMap(KernelBuilder &k, int64_t place, int64_t batch, int64_t dim) const;
  Value scoresMap(KernelBuilder &k) const;

private:
  static bool fits(KernelBuilder &k, Value q, Value keys, Value v, int64_t heads, ValueRange read,
                   ValueRange written);
  void reserve(KernelBuilder &k, bool exactState);
};

/// The launch that writes what DecayChunks keeps.
void emitDecayPrepare(KernelBuilder &k, const DecayChunks &chunks);

/// One of the four walks. M [rows, lanes] is a head's S or R, or its transpose:
///
///   out_t = M^T z_t + sum_s p_ts y_s        M  <-  exp(G_C) M + sum_t x_t y_t^T
struct DecayWalk {
  const DecayChunks &chunks;
  bool backward = false, turned = false; ///< turned: rows are values and lanes are keys, and there is no p
  Value source;                          ///< v or do, [B, T, heads values]
  Value otherSource = {};                ///< turned: what z is, do or v
  Value out = {};                        ///< [B, T, heads values]; turned: null
  int64_t outPlace = 0;                  ///< turned: in scratch memory, [part, B, chunks 64, heads keys] bf16
  Value before = {}, after = {};         ///< f32 states [B, heads keys, values], or null
  /// Turned, in scratch memory: S before each chunk, which the walk forward writes, and, backward, the sum
  /// over values of S R, [number, part, keys] f32.
  std::optional<int64_t> states = {}, through = {};

  /// Rows are shared out to so many blocks, each of which adds a part of `out`.
  static int64_t partsOf(int64_t rows);
};
void emitDecayWalk(KernelBuilder &k, const DecayWalk &walk);

/// What the chunks' tokens give each other, added to what the walks left in scratch memory.
struct DecayGrad {
  const DecayChunks &chunks;
  Value v, dO;
  Value dq, dk, dg;                ///< dg: null where there is no g
  int64_t parts, dqPlace, dkPlace; ///< outPlace of the walks of S do and R v
  std::optional<int64_t> through;
};
void emitDecayWithin(KernelBuilder &k, const DecayGrad &grad);

} // namespace samba::gpu
