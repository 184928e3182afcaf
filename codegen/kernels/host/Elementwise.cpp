//===- Elementwise.cpp - element-wise ops, inside other kernels and alone -------------------------------===//
//
// y[r, c] = f(x[r, c], ..). Alone, a kernel streams its operands once: a cell takes about 16,384 elements.
// Where every argument is dense and none is a channel vector, rows are one long row; otherwise a cell takes
// whole rows.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/Elementwise.h"
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

/// The external model of an op whose equation is `equation(k, operands)`.
template <class Op, Value (*equation)(LaneBuilder &, ValueRange)>
struct Lanes : HostLanesOpInterface::ExternalModel<Lanes<Op, equation>, Op> {
  Value emitLanes(Operation *, LaneBuilder &k, ValueRange operands) const { return equation(k, operands); }
};

} // namespace

void attachElementwise(MLIRContext &context) { attachEquations<LaneBuilder, Lanes>(context); }

// ---- a kernel of its own --------------------------------------------------------------------------------

Schedule scheduleElementwise(KernelOp kernel) {
  Value output = kernel.outputs().front();
  return {KernelBuilder::cellsOfElements(output, KernelBuilder::isFlat(kernel, output)), 0};
}

void emitElementwise(KernelBuilder &k) {
  Value output = k.kernel.outputs().front();
  k.overElements(output, KernelBuilder::isFlat(k.kernel, output), [&](Value row, Value column, Value mask) {
    // All outputs before the first store: an output may be the buffer of an input.
    Values results;
    for (Value result : k.kernel.outputs())
      results.push_back(k.loadLanes(result, row, column, mask));
    for (auto [i, result] : llvm::enumerate(results))
      k.storeOutput(i, row, column, result, mask);
  });
}

} // namespace samba::host
