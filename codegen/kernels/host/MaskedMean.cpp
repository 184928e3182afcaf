//===- MaskedMean.cpp - the mean loss over targets that count, and its gradient -------------------------===//
//
//   loss = sum_r nll_r [target_r >= 0] / n,    n = sum_r [target_r >= 0];      dnll_r = dloss [target_r >= 0]
//   / n
//
// One cell: there is one number per token.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

/// body(row, column, counts) over all of `targets`, with a mask of the lanes whose target counts.
void overTargets(
    KernelBuilder &k, Value targets, ValueRange initial, Values &result,
    llvm::function_ref<Values(Value row, Value column, Value counts, Value mask, ValueRange)> body) {
  result = k.loop(0, rowsOf(targets), 1, initial, [&](Value row, ValueRange outer) {
    Value line = k.matrix(targets).from(k, row, 0).pointer;
    return k.overLanes(channelsOf(targets), outer, [&](Value column, Value mask, ValueRange carried) {
      Value counts = k.lessEqual(0, k.load(k.at(line, column, k.i32), mask, k.i32));
      return body(row, column, mask ? k.both(counts, mask) : counts, mask, carried);
    });
  });
}

struct MeanKernel : HostKernelOpInterface::ExternalModel<MeanKernel, MaskedMeanOp> {
  Schedule schedule(Operation *) const { return {}; }
  void emit(Operation *op, KernelBuilder &k) const {
    auto mean = cast<MaskedMeanOp>(op);
    Values sums; // of nll, of ones
    overTargets(k, mean.getTargets(), {k.splat(0.0), k.splat(0.0)}, sums,
                [&](Value row, Value column, Value counts, Value mask, ValueRange s) -> Values {
                  Value nll = k.loadLanes(mean.getNll(), row, column, mask);
                  return {k.add(s[0], k.select(counts, nll, 0.0)),
                          k.add(s[1], k.select(counts, k.splat(1.0), 0.0))};
                });
    Value total = k.sum(sums[0]), n = k.sum(sums[1]);
    k.storeElement(mean.getLoss(), 0, 0, k.div(total, k.max(n, 1.0)));
  }
};

struct GradKernel : HostKernelOpInterface::ExternalModel<GradKernel, MaskedMeanGradOp> {
  Schedule schedule(Operation *) const { return {}; }
  void emit(Operation *op, KernelBuilder &k) const {
    auto grad = cast<MaskedMeanGradOp>(op);
    Values sums;
    overTargets(k, grad.getTargets(), {k.splat(0.0)}, sums,
                [&](Value, Value, Value counts, Value, ValueRange s) -> Values {
                  return {k.add(s[0], k.select(counts, k.splat(1.0), 0.0))};
                });
    Value each = k.div(k.loadElement(grad.getDloss(), 0, 0), k.max(k.sum(sums[0]), 1.0));
    overTargets(k, grad.getTargets(), {}, sums,
                [&](Value row, Value column, Value counts, Value mask, ValueRange) -> Values {
                  k.storeLanes(grad.getDnll(), row, column, k.select(counts, k.splat(each), 0.0), mask);
                  return {};
                });
  }
};

} // namespace

void attachMaskedMean(MLIRContext &context) {
  MaskedMeanOp::attachInterface<MeanKernel>(context);
  MaskedMeanGradOp::attachInterface<GradKernel>(context);
}

} // namespace samba::host
