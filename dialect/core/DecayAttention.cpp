//===- DecayAttention.cpp - Attention with decay, its gradient and its stateful form --------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"
#include <cmath>

using namespace mlir;
using namespace samba;

template <typename Adaptor>
static LogicalResult expectDecayOperands(std::optional<Location> loc, Adaptor op) {
  if (failed(expectShape(loc, "q", op.getQ(), {anySize, anySize, anySize})) ||
      failed(expectPositive(loc, "n_heads", op.getNHeads())))
    return failure();
  ArrayRef<int64_t> q = shapeOf(op.getQ());
  if (failed(expectShape(loc, "k", op.getK(), q)) ||
      failed(expectShape(loc, "v", op.getV(), {q[0], q[1], anySize})))
    return failure();
  int64_t heads = op.getNHeads(), values = shapeOf(op.getV())[2];
  if (q[2] % heads || values % heads)
    return emitOptionalError(loc, "attribute 'n_heads' expected a divisor of ", q[2], " key and ", values,
                             " value channels, got ", heads);
  std::optional<ArrayRef<double>> decays = op.getLogDecays();
  if (bool(op.getG()) == decays.has_value())
    return emitOptionalError(loc, "expected either operand 'g' or attribute 'log_decays', got ",
                             op.getG() ? "both" : "neither");
  if (op.getG())
    return expectShape(loc, "g", op.getG(), q);
  if (int64_t(decays->size()) != heads)
    return emitOptionalError(loc, "attribute 'log_decays' expected ", heads, " numbers, got ",
                             decays->size());
  for (double decay : *decays)
    if (!(decay <= 0))
      return emitOptionalError(loc, "attribute 'log_decays' expected numbers that are not positive, got ",
                               decay);
  return success();
}

/// K V of all heads, for every token: the elements that one step of the recurrence changes.
template <typename Op> static int64_t stateSteps(Op op) {
  return elementsOf(op.getQ()) * (shapeOf(op.getV())[2] / int64_t(op.getNHeads()));
}

LogicalResult DecayAttentionOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  if (failed(expectDecayOperands(loc, adaptor)))
    return failure();
  types.push_back(adaptor.getV().getType());
  return success();
}
// The decay's product, k v and its sum, S q.
int64_t DecayAttentionOp::flops() { return 5 * stateSteps(*this); }

void DecayAttentionOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                     SmallVectorImpl<Value> &operands) {
  auto grad = DecayAttentionGradOp::create(builder, getLoc(), getQ(), getK(), getV(), cotangents[0], getG(),
                                           getNHeadsAttr(), getScaleAttr(), getLogDecaysAttr());
  operands.assign({grad.getDq(), grad.getDk(), grad.getDv()});
  if (getG())
    operands.push_back(grad.getDg());
}

LogicalResult DecayAttentionGradOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                     Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectDecayOperands(loc, adaptor)) ||
      failed(expectShape(loc, "d_o", adaptor.getDO(), shapeOf(adaptor.getV()))))
    return failure();
  types.append({adaptor.getQ().getType(), adaptor.getK().getType(), adaptor.getV().getType()});
  if (adaptor.getG())
    types.push_back(adaptor.getG().getType());
  return success();
}
// Three recurrences.
int64_t DecayAttentionGradOp::flops() { return 15 * stateSteps(*this); }

LogicalResult DecayAttentionStepOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                     Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectDecayOperands(loc, adaptor)))
    return failure();
  ArrayRef<int64_t> q = shapeOf(adaptor.getQ());
  int64_t valueDim = shapeOf(adaptor.getV())[2] / int64_t(adaptor.getNHeads());
  if (failed(expectShape(loc, "state", adaptor.getState(), {q[0], q[2], valueDim})))
    return failure();
  types.append({adaptor.getV().getType(), adaptor.getState().getType()});
  return success();
}
int64_t DecayAttentionStepOp::flops() { return 5 * stateSteps(*this); }
int64_t DecayAttentionStepOp::inPlaceOperand(unsigned result) { return result == 1 ? 3 : -1; }
