//===- CausalConv.cpp - Depthwise causal convolution, its gradients and its state -----------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

LogicalResult CausalConvOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX(), w = adaptor.getW();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "w", w, {shapeOf(x)[2], anySize})))
    return failure();
  if (Value state = adaptor.getState())
    if (failed(expectShape(loc, "state", state, {shapeOf(x)[0], shapeOf(w)[1] - 1, shapeOf(x)[2]})))
      return failure();
  types.push_back(x.getType());
  return success();
}
int64_t CausalConvOp::flops() { return 2 * elementsOf(getX()) * shapeOf(getW())[1]; }

void CausalConvOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                 SmallVectorImpl<Value> &operands) {
  Value dx = CausalConvDxOp::create(builder, getLoc(), cotangents[0], getW());
  Value dw = CausalConvDwOp::create(builder, getLoc(), getX(), cotangents[0], shapeOf(getW())[1]);
  operands.assign({dx, dw});
}
bool CausalConvOp::isRecomputable() { return true; }

LogicalResult CausalConvDxOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  Value dy = adaptor.getDy();
  if (failed(expectShape(loc, "dy", dy, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "w", adaptor.getW(), {shapeOf(dy)[2], anySize})))
    return failure();
  types.push_back(dy.getType());
  return success();
}
int64_t CausalConvDxOp::flops() { return 2 * elementsOf(getDy()) * shapeOf(getW())[1]; }

LogicalResult CausalConvDwOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "dy", adaptor.getDy(), shapeOf(x))) ||
      failed(expectPositive(loc, "d_conv", adaptor.getDConv())))
    return failure();
  types.push_back(f32Tensor(context, {shapeOf(x)[2], int64_t(adaptor.getDConv())}));
  return success();
}
int64_t CausalConvDwOp::flops() { return 2 * elementsOf(getX()) * int64_t(getDConv()); }

LogicalResult ConvStateOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX(), state = adaptor.getState();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "state", state, {shapeOf(x)[0], anySize, shapeOf(x)[2]})))
    return failure();
  types.push_back(state.getType());
  return success();
}
int64_t ConvStateOp::flops() { return 0; }
int64_t ConvStateOp::inPlaceOperand(unsigned) { return 1; }
