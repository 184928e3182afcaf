//===- RmsNorm.cpp - the root-mean-square norm and its gradients ----------------------------------------===//
//
//   r = (mean_c x^2 + eps)^-1/2      y = x r w
//   dx = r (w dy - x r^2 mean_c(w dy x))
//   dw = sum_rows dy x r
//
// x, y [.., C], r [..], w [C]. A cell of y and dx is about 8192 elements in whole rows: a row is read twice,
// the second time from the first-level cache. A cell of dw is 32 channels of all rows. All three run at the
// speed of memory.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

int64_t rowsPerCell(Value x) { return std::max<int64_t>(1, 8192 / channelsOf(x)); }

struct RmsNormKernel : HostKernelOpInterface::ExternalModel<RmsNormKernel, RmsNormOp> {
  Schedule schedule(Operation *op) const {
    Value x = cast<RmsNormOp>(op).getX();
    return {KernelBuilder::cellsOfRows(x, rowsPerCell(x)), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormOp>(op);
    Value x = norm.getX();
    const int64_t C = channelsOf(x);
    k.overRows(x, rowsPerCell(x), [&](Value row) {
      Values squares = k.overLanes(C, {k.splat(0.0)}, [&](Value c, Value mask, ValueRange sum) -> Values {
        Value lanes = k.loadLanes(x, row, c, mask); // [L]
        return {k.fma(lanes, lanes, sum[0])};
      });
      Value r = k.rsqrt(k.fma(k.sum(squares[0]), 1.0 / double(C), norm.getEps().convertToDouble()));
      k.overLanes(C, [&](Value c, Value mask) {
        Value w = k.loadLanes(norm.getW(), 0, c, mask);
        k.storeLanes(norm.getY(), row, c, k.mul(k.mul(k.loadLanes(x, row, c, mask), r), w), mask);
      });
      k.storePerRow(norm.getR(), row, r);
    });
  }
};

struct RmsNormDxKernel : HostKernelOpInterface::ExternalModel<RmsNormDxKernel, RmsNormDxOp> {
  Schedule schedule(Operation *op) const {
    Value x = cast<RmsNormDxOp>(op).getX();
    return {KernelBuilder::cellsOfRows(x, rowsPerCell(x)), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormDxOp>(op);
    Value x = norm.getX();
    const int64_t C = channelsOf(x);
    k.overRows(x, rowsPerCell(x), [&](Value row) {
      auto weighted = [&](Value c, Value mask) { // w dy [L]
        return k.mul(k.loadLanes(norm.getW(), 0, c, mask), k.loadLanes(norm.getDy(), row, c, mask));
      };
      Values products = k.overLanes(C, {k.splat(0.0)}, [&](Value c, Value mask, ValueRange sum) -> Values {
        return {k.fma(weighted(c, mask), k.loadLanes(x, row, c, mask), sum[0])};
      });
      Value r = k.loadPerRow(norm.getR(), row);
      Value correction =
          k.mul(k.mul(k.mul(r, r), k.sum(products[0])), -1.0 / double(C)); // - r^2 mean(w dy x)
      k.overLanes(C, [&](Value c, Value mask) {
        Value sum = k.fma(k.loadLanes(x, row, c, mask), correction, weighted(c, mask));
        k.storeLanes(norm.getDx(), row, c, k.mul(sum, r), mask);
      });
    });
  }
};

struct RmsNormDwKernel : HostKernelOpInterface::ExternalModel<RmsNormDwKernel, RmsNormDwOp> {
  static constexpr int64_t channelsPerCell = 32;
  static constexpr int64_t partialRows = 64; // summed apart, so that rounding errors of long sums stay small

  Schedule schedule(Operation *op) const {
    return {int64_t(llvm::divideCeil(channelsOf(cast<RmsNormDwOp>(op).getX()), channelsPerCell)), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<RmsNormDwOp>(op);
    Value x = norm.getX();
    Value first = k.mul(k.cell, channelsPerCell);
    k.overLanes(k.min(k.sub(channelsOf(x), first), channelsPerCell), [&](Value c, Value mask) {
      Value channel = k.add(first, c);
      Values dw =
          k.loop(0, rowsOf(x), partialRows, {k.splat(0.0)}, [&](Value block, ValueRange total) -> Values {
            Value end = k.min(k.add(block, partialRows), rowsOf(x));
            Values partial = k.loop(block, end, 1, {k.splat(0.0)}, [&](Value row, ValueRange sum) -> Values {
              Value xr = k.mul(k.loadLanes(x, row, channel, mask), k.loadPerRow(norm.getR(), row));
              return {k.fma(k.loadLanes(norm.getDy(), row, channel, mask), xr, sum[0])};
            });
            return {k.add(total[0], partial[0])};
          });
      k.storeLanes(norm.getDw(), 0, channel, dw[0], mask);
    });
  }
};

} // namespace

void attachRmsNorm(MLIRContext &context) {
  RmsNormOp::attachInterface<RmsNormKernel>(context);
  RmsNormDxOp::attachInterface<RmsNormDxKernel>(context);
  RmsNormDwOp::attachInterface<RmsNormDwKernel>(context);
}

} // namespace samba::host
