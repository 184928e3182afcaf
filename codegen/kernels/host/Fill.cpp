//===- Fill.cpp - constants and counters ----------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

struct FillKernel : HostKernelOpInterface::ExternalModel<FillKernel, FillOp> {
  static bool flat(FillOp fill) {
    return KernelBuilder::isFlat(fill->getParentOfType<KernelOp>(), fill.getY());
  }
  Schedule schedule(Operation *op) const {
    auto fill = cast<FillOp>(op);
    return {KernelBuilder::cellsOfElements(fill.getY(), flat(fill)), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto fill = cast<FillOp>(op);
    k.overElements(fill.getY(), flat(fill), [&](Value row, Value column, Value mask) {
      k.storeLanes(fill.getY(), row, column, k.splat(fill.getValue().convertToDouble()), mask);
    });
  }
};

/// next_b = position_b + count, i64; one cell.
struct AdvanceKernel : HostKernelOpInterface::ExternalModel<AdvanceKernel, AdvanceOp> {
  Schedule schedule(Operation *) const { return {}; }
  void emit(Operation *op, KernelBuilder &k) const {
    auto advance = cast<AdvanceOp>(op);
    k.loop(0, channelsOf(advance.getPosition()), 1, [&](Value b) {
      Value position = k.loadElement(advance.getPosition(), 0, b);
      k.storeElement(advance.getNext(), 0, b, k.add(position, int64_t(advance.getCount())));
    });
  }
};

/// begins_bt = t - (t + position_b - documents_bt) mod chunk, i32; a cell is a sequence.
struct ChunkStartsKernel : HostKernelOpInterface::ExternalModel<ChunkStartsKernel, ChunkStartsOp> {
  Schedule schedule(Operation *op) const { return {int64_t(cast<ChunkStartsOp>(op).getBatch())}; }
  void emit(Operation *op, KernelBuilder &k) const {
    auto starts = cast<ChunkStartsOp>(op);
    k.loop(0, int64_t(starts.getTokens()), 1, [&](Value t) {
      Value age = t;
      if (starts.getPosition())
        age = k.add(t, k.loadElement(starts.getPosition(), 0, k.cell));
      if (starts.getDocuments())
        age = k.sub(t, k.toInteger(k.loadElement(starts.getDocuments(), k.cell, t)));
      k.storeElement(starts.getBegins(), k.cell, t,
                     k.toInteger(k.sub(t, k.rem(age, int64_t(starts.getChunk()))), k.i32));
    });
  }
};

} // namespace

void attachFill(MLIRContext &context) {
  FillOp::attachInterface<FillKernel>(context);
  AdvanceOp::attachInterface<AdvanceKernel>(context);
  ChunkStartsOp::attachInterface<ChunkStartsKernel>(context);
}

} // namespace samba::host
