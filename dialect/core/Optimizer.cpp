//===- Optimizer.cpp - The optimizer's update -----------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

/// Length of the `hyper` operand: lr, beta1, beta2, eps, weight_decay, clip, scale, 1 - beta1^t, 1 - beta2^t.
static constexpr int64_t hyperSize = 9;

LogicalResult SumSquaresOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  int64_t block = adaptor.getBlock();
  if (failed(expectShape(loc, "g", adaptor.getG(), {anySize})) || failed(expectPositive(loc, "block", block)))
    return failure();
  types.push_back(f32Tensor(context, {(shapeOf(adaptor.getG())[0] + block - 1) / block}));
  return success();
}
int64_t SumSquaresOp::flops() { return 2 * elementsOf(getG()); }

LogicalResult GradNormOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  if (failed(expectShape(loc, "partials", adaptor.getPartials(), {anySize})) ||
      failed(expectShape(loc, "hyper", adaptor.getHyper(), {hyperSize})))
    return failure();
  types.push_back(f32Tensor(context, {}));
  return success();
}
int64_t GradNormOp::flops() { return elementsOf(getPartials()); }

LogicalResult AdamWOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  Value p = adaptor.getP();
  if (failed(expectShape(loc, "p", p, {anySize})) ||
      failed(expectShape(loc, "g", adaptor.getG(), shapeOf(p))) ||
      failed(expectShape(loc, "m", adaptor.getM(), shapeOf(p))) ||
      failed(expectShape(loc, "v", adaptor.getV(), shapeOf(p))) ||
      failed(expectShape(loc, "hyper", adaptor.getHyper(), {hyperSize})) ||
      failed(expectShape(loc, "norm", adaptor.getNorm(), {})))
    return failure();
  if (int64_t decay = adaptor.getDecayElements(); decay < 0 || decay > shapeOf(p)[0])
    return emitOptionalError(loc, "attribute 'decay_elements' expected 0 to ", shapeOf(p)[0], ", got ",
                             decay);
  types.append(adaptor.getWorking() ? 5 : 4, p.getType());
  return success();
}
int64_t AdamWOp::flops() { return 14 * elementsOf(getP()); }
int64_t AdamWOp::inPlaceOperand(unsigned result) { return result < 4 ? result : -1; }
