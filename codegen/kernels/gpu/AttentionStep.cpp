//===- AttentionStep.cpp - attention of new tokens to a ring of past keys -------------------------------===//
//
// q, o [B, T, Hq dim], k, v [B, T, Hkv dim], rings [B, R, Hkv dim], bf16; the key of position p is in slot p
// mod R or, from position[b] on, in the chunk. Decoding, up to 16 tokens, is in AttentionSplit.cpp; longer
// chunks are blocks of queries that walk over the chunk's keys and then over the ring's (FlashForward.cpp,
// SmallForward.cpp).
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/AttentionForward.h"

using namespace mlir;

namespace samba::gpu {

namespace {

struct AttentionStepKernel : GpuKernelOpInterface::ExternalModel<AttentionStepKernel, AttentionStepOp> {
  LogicalResult emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionStepOp>(operation);
    AttentionSizes sizes(op);
    if (failed(expectHeadDim(op, sizes.dim)))
      return failure();
    AttentionOperands x{
        op.getQ(), op.getK(), op.getV(), op.getRingK(), op.getRingV(), op.getPosition(), op.getO(),
        {},        {},        {}};
    for (auto update : op->getBlock()->getOps<RingUpdateOp>()) // codegen/ShareLaunches.cpp
      (update.getRing() == x.ringK ? x.nextK : x.nextV) = update.getNext();
    Value read[] = {x.q, x.k, x.v, x.ringK, x.ringV};
    bool isAligned = llvm::all_of(read, [&](Value tensor) { return k.isTmaReady(tensor); });
    if (sizes.T <= mostSplitTokens && isAligned)
      emitSplitForward(k, sizes, x);
    else if (k.isPlainOutput(x.o) && hasTensorTiles(k, sizes.dim, {x.q, x.k, x.v, x.ringK, x.ringV, x.o}))
      emitFlashForward(k, sizes, x);
    else
      emitSmallForward(k, sizes, x);
    return success();
  }
};

} // namespace

void attachAttentionStep(MLIRContext &context) {
  AttentionStepOp::attachInterface<AttentionStepKernel>(context);
}

} // namespace samba::gpu
