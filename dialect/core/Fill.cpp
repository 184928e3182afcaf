//===- Fill.cpp - Constants and counters ----------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

int64_t FillOp::flops() { return 0; }

LogicalResult AdvanceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  if (failed(expectShape(loc, "position", adaptor.getPosition(), {anySize})) ||
      failed(expectPositive(loc, "count", adaptor.getCount())))
    return failure();
  types.push_back(adaptor.getPosition().getType());
  return success();
}
int64_t AdvanceOp::flops() { return 0; }
int64_t AdvanceOp::inPlaceOperand(unsigned) { return 0; }
// A constant depends on nothing.
void FillOp::differentiate(OpBuilder &, ArrayRef<Value>, SmallVectorImpl<Value> &) {}
