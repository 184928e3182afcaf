//===- Reduce.cpp - sums over rows and over partials, in a fixed order ----------------------------------===//
//
//   sum_rows      y [C]  = sum_r x[r, :]       a cell owns 64 channels; groups of 64 rows are summed first,
//   which keeps
//                                              the rounding error of long sums small
//   sum_leading   y [..] = sum_p x[p, ..]      a cell owns some elements of y
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

namespace {

struct SumRowsKernel : HostKernelOpInterface::ExternalModel<SumRowsKernel, SumRowsOp> {
  static constexpr int64_t channelsPerCell = 64, rowsPerGroup = 64;

  Schedule schedule(Operation *op) const {
    return {int64_t(llvm::divideCeil(channelsOf(cast<SumRowsOp>(op).getX()), channelsPerCell)), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto sum = cast<SumRowsOp>(op);
    int64_t rows = rowsOf(sum.getX()), channels = channelsOf(sum.getX()), count = channelsPerCell / k.lanes;
    Value first = k.mul(k.cell, channelsPerCell);
    Values columns, masks;
    for (int64_t v = 0; v < count; ++v) {
      columns.push_back(k.add(first, v * k.lanes));
      masks.push_back(channels % channelsPerCell ? k.maskBelow(k.sub(channels, columns[v])) : Value());
    }
    Values zeros(count, k.splat(0.0));
    auto addAll = [&](ValueRange a, ValueRange b) {
      Values total;
      for (int64_t v = 0; v < count; ++v)
        total.push_back(k.add(a[v], b[v]));
      return total;
    };
    Values total = k.loop(0, rows, rowsPerGroup, zeros, [&](Value group, ValueRange outer) {
      Value end = k.min(k.add(group, rowsPerGroup), rows);
      Values partial = k.loop(group, end, 1, zeros, [&](Value row, ValueRange inner) {
        Values xs;
        for (int64_t v = 0; v < count; ++v)
          xs.push_back(k.loadLanes(sum.getX(), row, columns[v], masks[v]));
        return addAll(inner, xs);
      });
      return addAll(outer, partial);
    });
    for (int64_t v = 0; v < count; ++v)
      k.storeLanes(sum.getY(), 0, columns[v], total[v], masks[v]);
  }
};

struct SumLeadingKernel : HostKernelOpInterface::ExternalModel<SumLeadingKernel, SumLeadingOp> {
  static bool flat(SumLeadingOp sum) {
    return KernelBuilder::isFlat(sum->getParentOfType<KernelOp>(), sum.getY(), sum.getX());
  }
  Schedule schedule(Operation *op) const {
    auto sum = cast<SumLeadingOp>(op);
    return {KernelBuilder::cellsOfElements(sum.getY(), flat(sum)), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto sum = cast<SumLeadingOp>(op);
    int64_t partials = shapeOf(sum.getX())[0];
    int64_t stride = flat(sum) ? elementsOf(sum.getY()) : rowsOf(sum.getY()) * k.rowStride(sum.getX());
    k.overElements(sum.getY(), flat(sum), [&](Value row, Value column, Value mask) {
      Value from = k.matrix(sum.getX()).from(k, row, column).pointer;
      Value total = k.loop(0, partials, 1, {k.splat(0.0)}, [&](Value p, ValueRange s) -> Values {
        return {k.add(s[0], k.load(k.at(from, k.mul(p, stride)), mask))};
      })[0];
      k.storeLanes(sum.getY(), row, column, total, mask);
    });
  }
};

} // namespace

void attachReduce(MLIRContext &context) {
  SumRowsOp::attachInterface<SumRowsKernel>(context);
  SumLeadingOp::attachInterface<SumLeadingKernel>(context);
}

} // namespace samba::host
