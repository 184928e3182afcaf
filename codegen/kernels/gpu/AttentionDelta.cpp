//===- AttentionDelta.cpp - what softmax's gradient subtracts -------------------------------------------===//
//
//   delta [B, H, T] = sum over a head's channels of o do        o, do [B, T, H hd]
//
// o and do are read once: 4 bytes per element in bf16. A few neighbouring lanes have one head of one token
// (16, where hd = 128), each vectors of 16 bytes, and add up by shuffles; several heads of a thread are under
// way together.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

struct AttentionDeltaKernel : GpuKernelOpInterface::ExternalModel<AttentionDeltaKernel, AttentionDeltaOp> {
  static constexpr int64_t threads = 256, mostHeads = 4;

  LogicalResult emit(Operation *operation, KernelBuilder &k) const {
    auto op = cast<AttentionDeltaOp>(operation);
    Value o = op.getO();
    const int64_t T = shapeOf(o)[1], heads = op.getNHeads(), dim = channelsOf(o) / heads,
                  total = rowsOf(o) * heads;
    int64_t width = streamWidth(k, o);
    while (dim % width)
      width /= 2;
    const int64_t vectors = dim / width, lanes = std::min<int64_t>(32, llvm::PowerOf2Ceil(vectors));
    const int64_t perBlock = threads / lanes;
    int64_t perThread = mostHeads;
    while (perThread > 1 && total * lanes < fewThreads * perThread)
      perThread /= 2;

    k.begin({{int64_t(llvm::divideCeil(total, perBlock * perThread)), 1, 1}, threads});
    Value lane = k.rem(k.threadId(), lanes), block = k.extend(k.blockId());
    Value first = k.add(k.mul(block, perBlock * perThread), k.extend(k.div(k.threadId(), lanes)));
    Values items, sums;
    for (int64_t i = 0; i < perThread; ++i) {
      Value item = k.add(first, i * perBlock), clamped = k.min(item, total - 1); // a head of a token, i64
      Value row = k.div(clamped, heads), firstColumn = k.mul(k.toInteger(k.rem(clamped, heads), k.i32), dim);
      Value sum = k.number(0);
      for (int64_t piece = 0; piece < vectors; piece += lanes) {
        Value vector = k.add(lane, piece),
              column = k.add(firstColumn, k.mul(k.min(vector, vectors - 1), width));
        Value part = sum;
        for (auto [a, b] : llvm::zip(k.load(o, row, column, width), k.load(op.getDO(), row, column, width)))
          part = k.fma(a, b, part);
        sum = piece + lanes <= vectors ? part : k.select(k.less(vector, vectors), part, sum);
      }
      items.push_back(item);
      sums.push_back(sum);
    }
    for (auto [item, sum] : llvm::zip(items, sums)) {
      Value delta = k.sumLanes(sum, lanes);
      k.when(k.both(k.equal(lane, 0), k.less(item, total)), [&, item = item] {
        Value row = k.div(item, heads), head = k.rem(item, heads);
        k.store(op.getDelta(), k.add(k.mul(k.div(row, T), heads), head), k.rem(row, T), delta);
      });
    }
    k.end();
    return success();
  }
};

} // namespace

void attachAttentionDelta(MLIRContext &context) {
  AttentionDeltaOp::attachInterface<AttentionDeltaKernel>(context);
}

} // namespace samba::gpu
