//===- AttentionGrad.cpp - the gradients of windowed attention -------------------------------------===//
//
// q, do, dq [B, T, Hq dim], k, v, dk, dv [B, T, Hkv dim], operands bf16; lse, delta [B, Hq, T] f32. Scores
// are computed again, tile by tile, and every sum has a fixed order: the same bits each time. All gradients
// of heads of 64 or 128 channels come in one pass, FlashGrad.cpp, in which blocks add to dq in turn.
// Otherwise each gradient is written by one block: FlashDq.cpp, FlashDkv.cpp (dim 64 or 128) and WideDkv.cpp
// (256), with warp-group products and TMA, and SmallGrad.cpp (any other).
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionGrad.h"
#include "codegen/SharedLaunch.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Rotary.h"

using namespace mlir;

namespace samba::gpu {

namespace {

template <class Op> AttentionGradOperands operandsOf(Op op) {
  return {op.getQ(), op.getK(), op.getV(), op.getLse(), op.getDelta(), op.getDO(), {}, {}, {}, {}, {}};
}

/// Of operands and results.
bool hasTensorTiles(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x,
                    ArrayRef<Value> results) {
  Values tensors{x.q, x.k, x.v, x.dO};
  llvm::append_range(tensors, results);
  return llvm::all_of(results, [&](Value result) { return k.isPlainOutput(result); }) &&
         gpu::hasTensorTiles(k, sizes.dim, tensors);
}

void emitDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x, bool hasTiles) {
  if (!hasTiles)
    emitSmallDkv(k, sizes, x);
  else if (sizes.dim == 256)
    emitWideDkv(k, sizes, x);
  else
    emitFlashDkv(k, sizes, x);
}

struct AttentionDqKernel : GpuKernelOpInterface::ExternalModel<AttentionDqKernel, AttentionDqOp> {
  LogicalResult emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionDqOp>(operation);
    AttentionSizes sizes(op);
    if (failed(expectHeadDim(op, sizes.dim)))
      return failure();
    AttentionGradOperands x = operandsOf(op);
    x.dq = op.getDq();
    if (hasTensorTiles(k, sizes, x, {x.dq}))
      emitFlashDq(k, sizes, x);
    else
      emitSmallDq(k, sizes, x);
    return success();
  }
};

struct AttentionDkvKernel : GpuKernelOpInterface::ExternalModel<AttentionDkvKernel, AttentionDkvOp> {
  LogicalResult emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionDkvOp>(operation);
    AttentionSizes sizes(op);
    if (failed(expectHeadDim(op, sizes.dim)))
      return failure();
    AttentionGradOperands x = operandsOf(op);
    x.dk = op.getDk(), x.dv = op.getDv();
    emitDkv(k, sizes, x, hasTensorTiles(k, sizes, x, {x.dk, x.dv}));
    return success();
  }
};

struct AttentionGradKernel : GpuKernelOpInterface::ExternalModel<AttentionGradKernel, AttentionGradOp> {
  LogicalResult emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionGradOp>(operation);
    AttentionSizes sizes(op);
    if (failed(expectHeadDim(op, sizes.dim)))
      return failure();
    AttentionGradOperands x = operandsOf(op);
    x.dq = op.getDq(), x.dk = op.getDk(), x.dv = op.getDv();
    for (auto [result, rotary] : {std::pair(&x.dq, &x.turnDq), {&x.dk, &x.turnDk}})
      if ((*rotary = userOf<RotaryOp>(*result)))
        *result = rotary->getY();
    // A group of several roots is one that has tiles: codegen/ShareLaunches.cpp.
    bool hasTiles = op->hasAttr(rootMark) || hasTensorTiles(k, sizes, x, {x.dq, x.dk, x.dv});
    if (hasTiles && sizes.dim <= 128) {
      emitFlashGrad(k, sizes, x);
      return success();
    }
    (hasTiles ? emitFlashDq : emitSmallDq)(k, sizes, x);
    emitDkv(k, sizes, x, hasTiles);
    return success();
  }
};

} // namespace

void attachAttentionGrad(MLIRContext &context) {
  AttentionDqOp::attachInterface<AttentionDqKernel>(context);
  AttentionDkvOp::attachInterface<AttentionDkvKernel>(context);
  AttentionGradOp::attachInterface<AttentionGradKernel>(context);
}

} // namespace samba::gpu
