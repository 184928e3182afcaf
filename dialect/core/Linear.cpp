//===- Linear.cpp - Matrix products with a weight, and their gradients ----------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

/// `x`'s shape with `channels` as its last size.
static Type withChannels(MLIRContext *context, Value x, int64_t channels) {
  SmallVector<int64_t> shape(shapeOf(x));
  shape.back() = channels;
  return f32Tensor(context, shape);
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX(), w = adaptor.getW();
  if (failed(expectRank(loc, "x", x)) || failed(expectShape(loc, "w", w, {anySize, shapeOf(x).back()})))
    return failure();
  types.push_back(withChannels(context, x, shapeOf(w)[0]));
  return success();
}
int64_t LinearOp::flops() { return 2 * elementsOf(getY()) * shapeOf(getW())[1]; }

void LinearOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                             SmallVectorImpl<Value> &operands) {
  Value dx = LinearDxOp::create(builder, getLoc(), cotangents[0], getW());
  Value dw = LinearDwOp::create(builder, getLoc(), getX(), cotangents[0]);
  operands.assign({dx, dw});
}

LogicalResult LinearDxOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  Value dy = adaptor.getDy(), w = adaptor.getW();
  if (failed(expectRank(loc, "dy", dy)) || failed(expectShape(loc, "w", w, {shapeOf(dy).back(), anySize})))
    return failure();
  types.push_back(withChannels(context, dy, shapeOf(w)[1]));
  return success();
}
int64_t LinearDxOp::flops() { return 2 * elementsOf(getDx()) * shapeOf(getW())[0]; }

LogicalResult LinearDwOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX(), dy = adaptor.getDy();
  if (failed(expectRank(loc, "x", x)))
    return failure();
  SmallVector<int64_t> expected(shapeOf(x));
  expected.back() = anySize;
  if (failed(expectShape(loc, "dy", dy, expected)))
    return failure();
  types.push_back(f32Tensor(context, {shapeOf(dy).back(), shapeOf(x).back()}));
  return success();
}
int64_t LinearDwOp::flops() { return 2 * elementsOf(getDw()) * rowsOf(getX()); }
