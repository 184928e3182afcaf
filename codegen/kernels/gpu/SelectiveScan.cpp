//===- SelectiveScan.cpp - the selective scan forward, from zero and from a state -----------------------===//
//
//   h_t = exp(dt_t A) h_{t-1} + dt_t u_t B_t        y_t = h_t C_t + D u_t
//   u, dt, y [Batch, T, D], A, h [D, N] per batch entry, B, C [Batch, T, N]   (Gu and Dao 2023, Mamba)
//
// Training in bf16 rides on the matrix units (ScanMatrix.cpp); everything else, a few states to a thread
// (ScanLanes.cpp). With few channels time is cut into spans that are scanned at once, from states that
// ScanSpans.cpp computes. One token from a state, decoding, is another kernel (ScanStep.cpp).
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/ScanForward.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// One, two or four warps to a block, as long as a thread has few states to fetch.
ScanCut cutOf(const Scan &s) {
  ScanLayout layout(s.dState());
  SmallVector<int64_t> widths{layout.channels};
  for (int64_t threads : {64, 32})
    if (ScanLayout smaller(s.dState(), threads); smaller.stateVector() <= 8)
      widths.push_back(smaller.channels);
  return chooseScanCut(s.batches(), s.tokens(), s.channels(), widths,
                       {.tile = layout.tokens,
                        .warpChannels = 32 / layout.lanes,
                        .warpsPerSm = 16,
                        .blockTraffic = 0.3,
                        .spanFactor = 1.8,
                        .launches = 600});
}

/// On the matrix units. Where all multiprocessors get as many blocks and a few are left over, the channels of
/// these go to more threads each, beside the others: one warp more on a scheduler would make all wait.
void emitMatrixScan(KernelBuilder &k, const Scan &s) {
  const auto &shape = matrixScanShape;
  const int64_t across = llvm::divideCeil(s.channels(), shape.channels), blocks = across * s.batches(),
                rest = leftOver(blocks, across, shape.perSm), whole = blocks - rest;
  ScanLayout layout(s.dState(), shape.threads, /*leastLanes=*/4 * rest <= multiprocessors ? 8 : 4);
  const int64_t parts = shape.channels / layout.channels;
  ScanCut uncut{shape.channels, 1, int64_t(llvm::alignTo(s.tokens(), layout.tokens))};
  if (!rest) {
    emitScan(k, uncut, s.batches(), across, shape.threads, shape.perSm,
             [&](const ScanPlace &place) { emitMatrixBlock(k, s, place); });
    return;
  }
  emitBeside(
      k,
      {.grid = {whole, 1, 1},
       .threads = shape.threads,
       .blocksPerSm = shape.perSm,
       .mostPerSm = whole / multiprocessors},
      [&] { emitMatrixBlock(k, s, {k.rem(k.blockId(), across), k.div(k.blockId(), across), {}}); },
      {.grid = {rest * parts, 1, 1}, .threads = shape.threads, .blocksPerSm = 4},
      [&] {
        ScanPlace place{k.add(k.blockId(), (across - rest) * parts), k.integer(s.batches() - 1), {}};
        emitLaneBlock(k, s, layout, uncut, place, /*earlier=*/nullptr);
      });
}

void emitManyTokens(KernelBuilder &k, const Scan &s) {
  ScanCut cut = cutOf(s);
  if (cut.spans == 1 && isForMatrixUnits(k, s))
    return emitMatrixScan(k, s);
  ScanLayout layout(s.dState(), cut.channels * ScanLayout(s.dState()).lanes);
  std::optional<SpanStates> earlier;
  if (cut.spans > 1) {
    earlier.emplace(
        k, SpanScan{s.u, s.dt, s.A, s.B, s.h, /*backward=*/false, cut.spans, cut.spanTokens, s.documents});
    earlier->emit();
  }
  // A block of one warp has more to fetch and, with the state after, more to keep; narrow accesses have more
  // addresses.
  const int64_t across = llvm::divideCeil(s.channels(), layout.channels),
                perSm = (k.vectorWidth(s.u, layout.vector) < layout.vector ? 256
                         : s.next && layout.threads == 32                  ? 384
                                                                           : 512) /
                        layout.threads;
  emitScan(k, cut, s.batches(), across, layout.threads, perSm, [&](const ScanPlace &place) {
    emitLaneBlock(k, s, layout, cut, place, earlier ? &*earlier : nullptr);
  });
}

//===- The ops ------------------------------------------------------------------------------------------===//

struct SelectiveScanKernel : GpuKernelOpInterface::ExternalModel<SelectiveScanKernel, SelectiveScanOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto scan = cast<SelectiveScanOp>(op);
    auto wanted = [&](Value result) { return result && k.isNeeded(result) ? result : Value(); };
    emitManyTokens(k, {scan.getU(), scan.getDt(), scan.getA(), scan.getB(), scan.getC(), scan.getD(),
                       scan.getY(), scan.getH(), wanted(scan.getNext()), wanted(scan.getStates()),
                       int64_t(scan.getCheckpoint()), scan.getDocuments()});
    return success();
  }
};

struct SelectiveScanStepKernel
    : GpuKernelOpInterface::ExternalModel<SelectiveScanStepKernel, SelectiveScanStepOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto step = cast<SelectiveScanStepOp>(op);
    Value next = k.isNeeded(step.getNext()) ? Value(step.getNext()) : Value();
    Scan scan{step.getU(), step.getDt(), step.getA(), step.getB(),        step.getC(),     step.getD(),
              step.getY(), step.getH(),  next,        /*states=*/Value(), /*checkpoint=*/1};
    if (scan.tokens() == 1)
      emitOneToken(k, scan);
    else
      emitManyTokens(k, scan);
    return success();
  }
};

} // namespace

void attachSelectiveScan(MLIRContext &context) {
  SelectiveScanOp::attachInterface<SelectiveScanKernel>(context);
  SelectiveScanStepOp::attachInterface<SelectiveScanStepKernel>(context);
}

} // namespace samba::gpu
