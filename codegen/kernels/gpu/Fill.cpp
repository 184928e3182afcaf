//===- Fill.cpp - constants and counters ----------------------------------------------------------------===//
//
// fill writes its result once; advance adds a number to B integers; chunk_starts makes an integer a thread.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

using namespace mlir;

namespace samba::gpu {

namespace {

struct FillKernel : GpuKernelOpInterface::ExternalModel<FillKernel, FillOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto fill = cast<FillOp>(op);
    Value y = fill.getY();
    VectorGrid grid(rowsOf(y), channelsOf(y), streamWidth(k, y), /*most=*/4);
    k.begin(grid.shape());
    SmallVector<Place> places = grid.places(k);
    Values vector(grid.width, k.number(fill.getValue().convertToDouble()));
    k.store(y, places, SmallVector<Values>(places.size(), vector));
    k.end();
    return success();
  }
};

/// next_b = position_b + count, i64.
struct AdvanceKernel : GpuKernelOpInterface::ExternalModel<AdvanceKernel, AdvanceOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    constexpr int64_t threads = 128;
    auto advance = cast<AdvanceOp>(op);
    const int64_t B = channelsOf(advance.getPosition());
    k.begin({{int64_t(llvm::divideCeil(B, threads)), 1, 1}, threads});
    Value b = k.add(k.mul(k.blockId(), threads), k.threadId());
    k.when(k.less(b, B), [&] {
      Value next = k.add(k.loadInteger(advance.getPosition(), b), int64_t(advance.getCount()));
      k.storeScalar(next, k.at(k.pointer(advance.getNext()), k.mul(k.extend(b), 8)), k.i64);
    });
    k.end();
    return success();
  }
};

/// begins_bt = t - (t + position_b - documents_bt) mod chunk, i32.
struct ChunkStartsKernel : GpuKernelOpInterface::ExternalModel<ChunkStartsKernel, ChunkStartsOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    constexpr int64_t threads = 128;
    auto starts = cast<ChunkStartsOp>(op);
    const int64_t B = starts.getBatch(), T = starts.getTokens();
    k.begin({{int64_t(llvm::divideCeil(T, threads)), B, 1}, threads});
    Value t = k.add(k.mul(k.blockId(), threads), k.threadId()), b = k.blockId(1);
    k.when(k.less(t, T), [&] {
      Value place = k.add(k.mul(k.extend(b), T), k.extend(t)), age = k.extend(t);
      if (starts.getPosition())
        age = k.add(age, k.loadInteger(starts.getPosition(), b));
      if (starts.getDocuments()) // none begins after the token
        age = k.extend(k.sub(t, k.loadInteger(starts.getDocuments(), place)));
      Value begin = k.toInteger(k.sub(k.extend(t), k.rem(age, int64_t(starts.getChunk()))), k.i32);
      k.storeScalar(begin, k.at(k.pointer(starts.getBegins()), k.mul(place, 4)), k.i32);
    });
    k.end();
    return success();
  }
};

} // namespace

void attachFill(MLIRContext &context) {
  FillOp::attachInterface<FillKernel>(context);
  AdvanceOp::attachInterface<AdvanceKernel>(context);
  ChunkStartsOp::attachInterface<ChunkStartsKernel>(context);
}

} // namespace samba::gpu
