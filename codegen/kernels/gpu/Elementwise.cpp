//===- Elementwise.cpp - element-wise ops, inside other kernels and alone -------------------------------===//
//
//   y[r, c] = f(x[r, c], ..)
//
// Alone, a kernel reads each operand and writes each result once: C bytes(x) + .. per row, and nothing else
// counts. A thread takes 1 to 4 vectors of 16 bytes, all loads before the first store (an output may be the
// buffer of an input). Two special functions per element, as silu has, still fit into the time of its 4
// bytes.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/Elementwise.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// The external model of an op whose equation is `equation(k, operands)`.
template <class Op, Value (*equation)(TileBuilder &, ValueRange)>
struct Lane : GpuLaneOpInterface::ExternalModel<Lane<Op, equation>, Op> {
  Value emitLane(Operation *, TileBuilder &k, ValueRange operands) const { return equation(k, operands); }
};

} // namespace

void attachElementwise(MLIRContext &context) { attachEquations<TileBuilder, Lane>(context); }

//===- A kernel of its own ------------------------------------------------------------------------------===//

/// Vectors of a thread, so that 64 bytes or a little more are under way for each.
static int64_t vectorsInFlight(KernelBuilder &k) { return k.kernel.getBody().getNumArguments() > 2 ? 2 : 4; }

LogicalResult emitElementwise(KernelBuilder &k) {
  OperandRange outputs = k.kernel.outputs();
  Value like = outputs.front();
  VectorGrid grid(rowsOf(like), channelsOf(like), streamWidth(k, like), vectorsInFlight(k));
  k.begin(grid.shape());
  SmallVector<Place> places = grid.places(k);
  SmallVector<SmallVector<Values>> results; // [place][output]
  for (const Place &place : places)
    results.push_back(llvm::map_to_vector(
        outputs, [&](Value output) { return k.load(output, place.row, place.column, grid.width); }));
  for (auto [place, values] : llvm::zip(places, results)) {
    auto store = [&, &place = place, &values = values] {
      for (auto [i, value] : llvm::enumerate(values))
        k.storeOutput(i, place.row, place.column, value);
    };
    if (place.valid)
      k.when(place.valid, store);
    else
      store();
  }
  k.end();
  return success();
}

} // namespace samba::gpu
