//===- AttentionForward.h - attention of blocks of queries, over a sequence and over a ring
//-----------------===//
#pragma once

#include "codegen/kernels/gpu/AttentionTile.h"

namespace samba::gpu {

/// What a forward kernel reads and writes.
struct AttentionOperands {
  Value q, k, v;
  Value ringK, ringV, position; ///< null: there is no ring
  Value o, lse;                 ///< lse null: not wanted
};

/// One launch with warp-group products and TMA; where hasTensorTiles of q, k, v, o and the rings.
void emitFlashForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x);
/// One launch for any head_dim that is a multiple of 8, any strides and any alignment.
void emitSmallForward(KernelBuilder &k, const AttentionSizes &sizes, const AttentionOperands &x);

} // namespace samba::gpu
