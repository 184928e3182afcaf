//===- Attention.cpp - windowed attention over a sequence ------------------------------------------===//
//
// q, o [B, T, Hq dim], k, v [B, T, Hkv dim], bf16; query head h reads key head h Hkv / Hq; lse [B, Hq, T]
// f32. The equations and their schedules are in FlashForward.cpp (warp-group products, TMA; dim 64, 128 or
// 256) and in SmallForward.cpp (any other).
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionForward.h"
#include "codegen/kernels/gpu/Kernels.h"

using namespace mlir;

namespace samba::gpu {

namespace {

struct WindowedAttentionKernel
    : GpuKernelOpInterface::ExternalModel<WindowedAttentionKernel, WindowedAttentionOp> {
  LogicalResult emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<WindowedAttentionOp>(operation);
    AttentionSizes sizes(op);
    if (failed(expectHeadDim(op, sizes.dim)))
      return failure();
    AttentionOperands x{op.getQ(), op.getK(), op.getV(), {}, {}, {}, op.getO(), {}, {}, {}};
    if (k.isNeeded(op.getLse()))
      x.lse = op.getLse();
    if (k.isPlainOutput(x.o) && hasTensorTiles(k, sizes.dim, {x.q, x.k, x.v, x.o}))
      emitFlashForward(k, sizes, x);
    else
      emitSmallForward(k, sizes, x);
    return success();
  }
};

} // namespace

void attachAttention(MLIRContext &context) {
  WindowedAttentionOp::attachInterface<WindowedAttentionKernel>(context);
  attachAttentionStep(context);
}

} // namespace samba::gpu
