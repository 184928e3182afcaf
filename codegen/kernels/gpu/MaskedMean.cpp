//===- MaskedMean.cpp - the mean loss over targets that count, and its gradient -------------------------===//
//
//   loss = sum_r nll_r [target_r >= 0] / n,    n = sum_r [target_r >= 0];      dnll_r = dloss [target_r >= 0]
//   / n
//
// One block counts and sums: there are 8 bytes per token. The gradient divides in that block and spreads the
// quotient in a second launch.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t threads = 1024, tokensInFlight = 8;

/// Sums over all tokens with a target, in one block: of ones, and of nll unless it is null. Every thread gets
/// them.
std::pair<Value, Value> sumTargets(KernelBuilder &k, Value targets, Value nll) {
  const int64_t n = elementsOf(targets), T = channelsOf(targets);
  Values sums = k.loop(k.threadId(), n, threads * tokensInFlight, {k.number(0), k.number(0)},
                       [&](Value first, ValueRange carried) {
                         Values counts, terms;
                         for (int64_t i = 0; i < tokensInFlight; ++i) {
                           Value token = k.add(first, i * threads), inside = k.less(token, n);
                           token = k.min(token, n - 1);
                           counts.push_back(k.both(inside, k.lessEqual(0, k.loadInteger(targets, token))));
                           terms.push_back(nll ? k.load(nll, k.div(token, T), k.rem(token, T)) : k.number(0));
                         }
                         Value ones = carried[0], total = carried[1];
                         for (auto [counts, term] : llvm::zip(counts, terms)) {
                           ones = k.add(ones, k.select(counts, k.number(1), 0.0));
                           total = k.add(total, k.select(counts, term, 0.0));
                         }
                         return Values{ones, total};
                       });
  Value shared = k.sharedMemory(k.reserveShared(128));
  Value ones = k.sumBlock(sums[0], threads, shared);
  return {ones, nll ? k.sumBlock(sums[1], threads, shared) : Value()};
}

struct MeanKernel : GpuKernelOpInterface::ExternalModel<MeanKernel, MaskedMeanOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto mean = cast<MaskedMeanOp>(op);
    k.begin({{1, 1, 1}, threads});
    auto [n, total] = sumTargets(k, mean.getTargets(), mean.getNll());
    Value loss = k.div(total, k.max(n, 1.0));
    k.when(k.equal(k.threadId(), 0), [&] { k.store(mean.getLoss(), 0, 0, loss); });
    k.end();
    return success();
  }
};

struct GradKernel : GpuKernelOpInterface::ExternalModel<GradKernel, MaskedMeanGradOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto grad = cast<MaskedMeanGradOp>(op);
    const int64_t each = k.reserveScratch(4);
    k.begin({{1, 1, 1}, threads});
    Value n = sumTargets(k, grad.getTargets(), Value()).first;
    k.when(k.equal(k.threadId(), 0), [&] {
      Value dloss = k.loadScalar(k.pointer(grad.getDloss()), k.f32);
      k.storeScalar(k.div(dloss, k.max(n, 1.0)), k.scratch(each), k.f32);
    });
    k.end();

    const int64_t T = channelsOf(grad.getTargets());
    VectorGrid grid(rowsOf(grad.getTargets()), T, /*width=*/1, /*most=*/1);
    k.begin(grid.shape());
    for (const Place &place : grid.places(k)) {
      Value target =
          k.loadInteger(grad.getTargets(), k.add(k.mul(k.extend(place.row), T), k.extend(place.column)));
      Value dnll = k.select(k.lessEqual(0, target), k.loadScalar(k.scratch(each), k.f32), 0.0);
      k.store(grad.getDnll(), place, Values{dnll});
    }
    k.end();
    return success();
  }
};

} // namespace

void attachMaskedMean(MLIRContext &context) {
  MaskedMeanOp::attachInterface<MeanKernel>(context);
  MaskedMeanGradOp::attachInterface<GradKernel>(context);
}

} // namespace samba::gpu
