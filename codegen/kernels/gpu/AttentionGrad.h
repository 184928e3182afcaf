//===- AttentionGrad.h - the gradients of windowed attention ---------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/AttentionTile.h"

namespace samba::gpu {

/// What a gradient's kernel reads and writes: dq, or dk and dv.
struct AttentionGradOperands {
  Value q, k, v, lse, delta, dO;
  Value dq, dk, dv;
  RotaryOp turnDq, turnDk; ///< only for emitFlashGrad: dq and dk are its results; may be null
};

/// With warp-group products and TMA; where hasTensorTiles of q, k, v, dO and the results. emitFlashGrad (all
/// three gradients) and emitFlashDkv for a head_dim of 64 or 128, emitWideDkv for 256, emitFlashDq for each
/// of them.
void emitFlashGrad(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x);
void emitFlashDq(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x);
void emitFlashDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x);
void emitWideDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x);
/// For any head_dim that is a multiple of 8, any strides and any alignment.
void emitSmallDq(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x);
void emitSmallDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x);

} // namespace samba::gpu
