//===- Reduce.cpp - Sums over rows and over partials ----------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

LogicalResult SumRowsOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "x", adaptor.getX(), 2)))
    return failure();
  ArrayRef<int64_t> x = shapeOf(adaptor.getX());
  types.push_back(f32Tensor(context, {x.back()}));
  return success();
}
int64_t SumRowsOp::flops() { return elementsOf(getX()); }
SmallVector<unsigned> SumRowsOp::prologueOperands() { return {0}; }

LogicalResult SumLeadingOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "x", adaptor.getX(), 2)))
    return failure();
  ArrayRef<int64_t> x = shapeOf(adaptor.getX());
  types.push_back(f32Tensor(context, x.drop_front()));
  return success();
}
int64_t SumLeadingOp::flops() { return elementsOf(getX()); }
