//===- Reduce.cpp - sums over rows and over partials, in a fixed order ----------------------------------===//
//
//   sum_rows      y [C]  = sum_r x[r, :]
//   sum_leading   y [..] = sum_p x[p, ..]
//
// Both read x once, and what is fused before it; y is small. See ColumnSum.h.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ColumnSum.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

struct SumRowsKernel : GpuKernelOpInterface::ExternalModel<SumRowsKernel, SumRowsOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto sum = cast<SumRowsOp>(op);
    Value x = sum.getX();
    const int64_t width = streamWidth(k, x);
    ColumnSum(rowsOf(x), channelsOf(x), width)
        .emit(
            k, [&](Value row, Value column) { return k.load(x, row, column, width); },
            [&](Value column, ValueRange y) { k.store(sum.getY(), 0, column, y); });
    return success();
  }
};

struct SumLeadingKernel : GpuKernelOpInterface::ExternalModel<SumLeadingKernel, SumLeadingOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto sum = cast<SumLeadingOp>(op);
    Value x = sum.getX(), y = sum.getY();
    const int64_t C = channelsOf(y), width = streamWidth(k, y);
    ColumnSum(shapeOf(x)[0], elementsOf(y), width)
        .emit(
            k,
            [&](Value p, Value i) {
              return k.load(x, k.add(k.mul(p, rowsOf(y)), k.div(i, C)), k.rem(i, C), width);
            },
            [&](Value i, ValueRange total) { k.store(y, k.div(i, C), k.rem(i, C), total); });
    return success();
  }
};

} // namespace

void attachReduce(MLIRContext &context) {
  SumRowsOp::attachInterface<SumRowsKernel>(context);
  SumLeadingOp::attachInterface<SumLeadingKernel>(context);
}

} // namespace samba::gpu
