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
  auto grad = LinearCrossEntropyGradOp::create(builder, getLoc(), getX(), getW(), getTargets(), getLse(),
                                               cotangents[0]);
  operands.assign({grad.getDx(), grad.getDw(), nullptr});
}

LogicalResult LinearCrossEntropyGradOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                         Adaptor op, SmallVectorImpl<Type> &types) {
  if (failed(expectHeadOperands(loc, op)))
    return failure();
  ArrayRef<int64_t> rows = shapeOf(op.getX()).drop_back();
  if (failed(expectShape(loc, "lse", op.getLse(), rows)) ||
      failed(expectShape(loc, "dnll", op.getDnll(), rows)))
    return failure();
  types.assign({op.getX().getType(), op.getW().getType()});
  return success();
}
int64_t LinearCrossEntropyGradOp::flops() { return 3 * productFlops(*this); }
unsigned LinearCrossEntropyGradOp::epilogueResult() { return 1; }

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
