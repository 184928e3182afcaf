//===- RmsNorm.cpp - Root-mean-square norm and its gradients --------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

LogicalResult RmsNormOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX();
  if (failed(expectRank(loc, "x", x)) || failed(expectShape(loc, "w", adaptor.getW(), {shapeOf(x).back()})))
    return failure();
  types.push_back(x.getType());
  types.push_back(f32Tensor(context, shapeOf(x).drop_back()));
  return success();
}
int64_t RmsNormOp::flops() { return 4 * elementsOf(getX()); }

void RmsNormOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                              SmallVectorImpl<Value> &operands) {
  Value dx = RmsNormDxOp::create(builder, getLoc(), getX(), getW(), getR(), cotangents[0]);
  Value dw = RmsNormDwOp::create(builder, getLoc(), getX(), getR(), cotangents[0]);
  operands.assign({dx, dw});
}
bool RmsNormOp::isRecomputable() { return true; }

/// Of the ops that have the operands of rms_norm_dx.
template <typename Adaptor> static LogicalResult expectGradOperands(std::optional<Location> loc, Adaptor op) {
  Value x = op.getX();
  return success(succeeded(expectRank(loc, "x", x)) &&
                 succeeded(expectShape(loc, "w", op.getW(), {shapeOf(x).back()})) &&
                 succeeded(expectShape(loc, "r", op.getR(), shapeOf(x).drop_back())) &&
                 succeeded(expectShape(loc, "dy", op.getDy(), shapeOf(x))));
}

LogicalResult RmsNormDxOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  if (failed(expectGradOperands(loc, adaptor)))
    return failure();
  types.push_back(adaptor.getX().getType());
  return success();
}
int64_t RmsNormDxOp::flops() { return 8 * elementsOf(getX()); }

Operation *RmsNormDxOp::joinWith(OpBuilder &builder, Operation *other) {
  auto dw = dyn_cast<RmsNormDwOp>(other);
  if (!dw || dw.getX() != getX() || dw.getR() != getR() || dw.getDy() != getDy())
    return nullptr;
  return RmsNormGradOp::create(builder, getLoc(), TypeRange{getDx().getType(), dw.getDw().getType()},
                               getOperation()->getOperands());
}

LogicalResult RmsNormGradOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectGradOperands(loc, adaptor)))
    return failure();
  Type x = adaptor.getX().getType();
  types.assign({x, f32Tensor(context, {shapeOf(adaptor.getX()).back()})});
  return success();
}
int64_t RmsNormGradOp::flops() { return 11 * elementsOf(getX()); }

LogicalResult RmsNormDwOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX();
  if (failed(expectRank(loc, "x", x)) ||
      failed(expectShape(loc, "r", adaptor.getR(), shapeOf(x).drop_back())) ||
      failed(expectShape(loc, "dy", adaptor.getDy(), shapeOf(x))))
    return failure();
  types.push_back(f32Tensor(context, {shapeOf(x).back()}));
  return success();
}
int64_t RmsNormDwOp::flops() { return 3 * elementsOf(getX()); }
