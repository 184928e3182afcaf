//===- Sample.cpp - The next token from the logits ------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

LogicalResult SampleOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  if (failed(expectShape(loc, "logits", adaptor.getLogits(), {anySize, 1, anySize})))
    return failure();
  int64_t batch = shapeOf(adaptor.getLogits())[0];
  if (failed(expectShape(loc, "position", adaptor.getPosition(), {batch})) ||
      failed(expectShape(loc, "sampling", adaptor.getSampling(), {4})) ||
      failed(expectShape(loc, "seed", adaptor.getSeed(), {2})))
    return failure();
  types.append(2, RankedTensorType::get({batch, 1}, IntegerType::get(context, 32)));
  return success();
}

/// An exponential and the comparisons, once per logit.
int64_t SampleOp::flops() { return 4 * elementsOf(getLogits()); }
