//===- AttentionForward.h - attention of blocks of queries, over a sequence and over a ring --------===//
#pragma once

#include "codegen/kernels/gpu/AttentionTile.h"

namespace samba::gpu {

/// What a forward kernel reads and writes.
struct AttentionOperands {
  Value q, k, v;
  Value ringK, ringV, position; ///< null: there is no ring
  Value o, lse;                 ///< lse null: not wanted
  Value nextK, nextV;           ///< the rings with the only new token; null: not wanted
};

/// One launch with warp-group products and TMA; where hasTensorTiles of q, k, v, o and the rings.
void emitFlashForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x);
/// One launch for any head_dim that is a multiple of 8, any strides and any alignment.
void emitSmallForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x);
/// Tokens up to which reading the keys is what counts.
constexpr int64_t mostSplitTokens = 16;
/// One launch for up to mostSplitTokens new tokens and a ring; head_dim a multiple of 8, all operands' rows
/// multiples of 16 bytes.
void emitSplitForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x);

/// Attaches the kernel of samba.attention_step.
void attachAttentionStep(mlir::MLIRContext &context);

} // namespace samba::gpu
