//===- CrossEntropy.cpp - The head with its loss --------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

template <typename Adaptor> static LogicalResult expectHeadOperands(std::optional<Location> loc, Adaptor op) {
  if (failed(expectRank(loc, "x", op.getX())))
    return failure();
  ArrayRef<int64_t> x = shapeOf(op.getX());
  return success(succeeded(expectShape(loc, "w", op.getW(), {anySize, x.back()})) &&
                 succeeded(expectShape(loc, "targets", op.getTargets(), x.drop_back())));
}

template <typename Adaptor> static LogicalResult expectGradOperands(std::optional<Location> loc, Adaptor op) {
  if (failed(expectHeadOperands(loc, op)))
    return failure();
  ArrayRef<int64_t> rows = shapeOf(op.getX()).drop_back();
  return success(succeeded(expectShape(loc, "lse", op.getLse(), rows)) &&
                 succeeded(expectShape(loc, "dnll", op.getDnll(), rows)));
}

/// Of one product with the head.
template <typename Op> static int64_t productFlops(Op op) {
  return 2 * elementsOf(op.getX()) * shapeOf(op.getW())[0];
}

LogicalResult LinearCrossEntropyOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                     Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectHeadOperands(loc, adaptor)))
    return failure();
  types.append(2, f32Tensor(context, shapeOf(adaptor.getX()).drop_back()));
  return success();
}
int64_t LinearCrossEntropyOp::flops() { return productFlops(*this); }

void LinearCrossEntropyOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                         SmallVectorImpl<Value> &operands) {
  Value dx = LinearCrossEntropyDxOp::create(builder, getLoc(), getX(), getW(), getTargets(), getLse(),
                                            cotangents[0]);
  Value dw = LinearCrossEntropyDwOp::create(builder, getLoc(), getX(), getW(), getTargets(), getLse(),
                                            cotangents[0]);
  operands.assign({dx, dw, nullptr});
}

LogicalResult LinearCrossEntropyDxOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                       Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectGradOperands(loc, adaptor)))
    return failure();
  types.push_back(adaptor.getX().getType());
  return success();
}
int64_t LinearCrossEntropyDxOp::flops() { return 2 * productFlops(*this); }

LogicalResult LinearCrossEntropyDwOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                       Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectGradOperands(loc, adaptor)))
    return failure();
  types.push_back(adaptor.getW().getType());
  return success();
}
int64_t LinearCrossEntropyDwOp::flops() { return 2 * productFlops(*this); }

LogicalResult MaskedMeanOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectShape(loc, "targets", adaptor.getTargets(), shapeOf(adaptor.getNll()))))
    return failure();
  types.push_back(f32Tensor(context, {}));
  return success();
}
int64_t MaskedMeanOp::flops() { return elementsOf(getNll()); }

void MaskedMeanOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                 SmallVectorImpl<Value> &operands) {
  operands.assign({MaskedMeanGradOp::create(builder, getLoc(), cotangents[0], getTargets()), nullptr});
}

LogicalResult MaskedMeanGradOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectShape(loc, "dloss", adaptor.getDloss(), {})))
    return failure();
  types.push_back(f32Tensor(context, shapeOf(adaptor.getTargets())));
  return success();
}
int64_t MaskedMeanGradOp::flops() { return elementsOf(getDnll()); }
