//===- Rotary.cpp - Rotary position embedding -----------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

LogicalResult RotaryOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX();
  int64_t headDim = adaptor.getHeadDim();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectPositive(loc, "head_dim", headDim)))
    return failure();
  if (headDim % 2 || shapeOf(x)[2] % headDim)
    return emitOptionalError(loc, "attribute 'head_dim' expected an even divisor of ", shapeOf(x)[2],
                             " channels, got ", headDim);
  if (double theta = adaptor.getTheta().convertToDouble(); !(theta > 0))
    return emitOptionalError(loc, "attribute 'theta' expected a positive number, got ", theta);
  if (Value position = adaptor.getPosition())
    if (failed(expectShape(loc, "position", position, {shapeOf(x)[0]})))
      return failure();
  types.push_back(x.getType());
  return success();
}
int64_t RotaryOp::flops() { return 3 * elementsOf(getX()); }

void RotaryOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                             SmallVectorImpl<Value> &operands) {
  operands.push_back(RotaryOp::create(builder, getLoc(), cotangents[0], getPosition(), getHeadDimAttr(),
                                      getThetaAttr(), getInverse() ? UnitAttr() : builder.getUnitAttr()));
  if (getPosition())
    operands.push_back(nullptr);
}
