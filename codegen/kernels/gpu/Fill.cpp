//===- Fill.cpp - constants and counters ----------------------------------------------------------------===//
//
// fill writes its result once; advance adds a number to B integers.
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

} // namespace

void attachFill(MLIRContext &context) {
  FillOp::attachInterface<FillKernel>(context);
  AdvanceOp::attachInterface<AdvanceKernel>(context);
}

} // namespace samba::gpu
