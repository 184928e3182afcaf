//===- Linear.cpp - y = x w^T and its two gradients on the GPU ------------------------------------------===//
//
//   linear      y  [R, N] = x [R, K] w [N, K]^T
//   linear_dx   dx [R, K] = dy [R, N] w [N, K]
//   linear_dw   dw [N, K] = dy [R, N]^T x [R, K]
//
// Three ways:
//   gemm      TMA and wgmma (Gemm.h), where TMA can address both operands. A bf16 result is staged through
//   shared
//             memory, a f32 result (a weight's gradient, added to what there is) leaves the registers as it
//             is.
//   skinny    up to 64 rows of x (decoding): w is streamed once at the speed of memory, straight to registers
//             for up to 8 rows (SkinnyGemm.h), through shared memory for more (StreamGemm.h).
//   simple    anything else (channels that are no multiple of 8): a tile of sums in registers, in f32.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DeltaSink.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Rotary.h"
#include "codegen/kernels/gpu/RotarySink.h"
#include "codegen/kernels/gpu/SimpleGemm.h"
#include "codegen/kernels/gpu/SkinnyGemm.h"
#include "codegen/kernels/gpu/StreamGemm.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// A matrix of the kernel as an operand.
Factor factorOf(KernelBuilder &k, Value tensor, bool depthDown) {
  return {[&k, tensor](int64_t rows, int64_t columns) { return k.matrixMap(tensor, rows, columns); },
          depthDown};
}

/// How a result that is rounded to bf16 leaves.
Leaving leavingOf(KernelBuilder &k, Value result) {
  if (k.isPlainOutput(result) && k.mayTmaStore(result))
    return Leaving::copied;
  int64_t bytes = 0;
  auto count = [&](auto tensors) {
    for (Value tensor : tensors)
      bytes += shapeOf(tensor) == shapeOf(result) ? k.elementOf(tensor).getIntOrFloatBitWidth() / 8 : 0;
  };
  count(k.kernel.outputs());
  count(k.kernel.getBody().getArguments());
  return bytes > 4 ? Leaving::merged : Leaving::staged;
}

void emitProduct(Operation *op, const Product &product, KernelBuilder &k) {
  Value result = op->getResult(0);
  auto emitHeads = [&](Sink &&sink, int64_t headDim) {
    GemmSchedule schedule = scheduleHeads(product, headDim);
    overrideSchedule(op, schedule);
    emitGemm(k, product, schedule, sink);
  };
  if (auto rotary = userOf<RotaryOp>(result))
    return emitHeads(RotarySink(k, rotary, product.m, product.n), rotary.getHeadDim());
  if (auto delta = userOf<AttentionDeltaOp>(result))
    return emitHeads(DeltaSink(k, delta, product.m, product.n), product.n / delta.getNHeads());
  bool rounds = k.elementOf(result) == k.bf16;
  Leaving leaving = rounds ? leavingOf(k, result) : Leaving::registers;
  GemmSchedule schedule = scheduleGemm(product, leaving, /*mayBeSplit=*/!rounds);
  if (rounds && k.vectorWidth(result) == 1) // every element has an address and a condition
    schedule.blocksPerSm = 1;
  overrideSchedule(op, schedule);
  if (rounds) {
    StagedSink sink(k, result, product.m, product.n);
    return emitGemm(k, product, schedule, sink);
  }
  RegisterSink sink(k, result, product.m, product.n);
  emitGemm(k, product, schedule, sink);
  sink.addPartials();
}

bool isForTensorCores(KernelBuilder &k, Value operand) {
  return k.elementOf(operand) == k.bf16 && k.isTmaReady(operand);
}

struct LinearKernel : GpuKernelOpInterface::ExternalModel<LinearKernel, LinearOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto linear = cast<LinearOp>(op);
    Value x = linear.getX(), w = linear.getW(), y = linear.getY();
    int64_t rows = rowsOf(y), columns = channelsOf(y), depth = channelsOf(x);
    bool isMade = x.getDefiningOp<RmsNormOp>(); // by the same kernel
    if ((!isMade && !isForTensorCores(k, x)) || !isForTensorCores(k, w))
      emitSimpleGemm(k, {x, false}, {w, false}, y, depth);
    else if (rows <= skinnyRows)
      !isMade &&canStream(k, linear) ? emitStreamGemm(k, linear) : emitSkinnyGemm(k, linear);
    else
      emitProduct(op, {factorOf(k, x, false), factorOf(k, w, false), rows, columns, depth}, k);
    return success();
  }
};

struct LinearDxKernel : GpuKernelOpInterface::ExternalModel<LinearDxKernel, LinearDxOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto linear = cast<LinearDxOp>(op);
    Value dy = linear.getDy(), w = linear.getW(), dx = linear.getDx();
    int64_t rows = rowsOf(dx), columns = channelsOf(dx), depth = channelsOf(dy);
    if (isForTensorCores(k, dy) && isForTensorCores(k, w))
      emitProduct(op, {factorOf(k, dy, false), factorOf(k, w, true), rows, columns, depth}, k);
    else
      emitSimpleGemm(k, {dy, false}, {w, true}, dx, depth);
    return success();
  }
};

struct LinearDwKernel : GpuKernelOpInterface::ExternalModel<LinearDwKernel, LinearDwOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto linear = cast<LinearDwOp>(op);
    Value dy = linear.getDy(), x = linear.getX(), dw = linear.getDw();
    int64_t rows = rowsOf(dw), columns = channelsOf(dw), depth = rowsOf(x);
    if (isForTensorCores(k, dy) && isForTensorCores(k, x))
      emitProduct(op, {factorOf(k, dy, true), factorOf(k, x, true), rows, columns, depth}, k);
    else
      emitSimpleGemm(k, {dy, true}, {x, true}, dw, depth);
    return success();
  }
};

} // namespace

void attachLinear(MLIRContext &context) {
  LinearOp::attachInterface<LinearKernel>(context);
  LinearDxOp::attachInterface<LinearDxKernel>(context);
  LinearDwOp::attachInterface<LinearDwKernel>(context);
}

} // namespace samba::gpu
