//===- SelectiveScan.cpp - The selective scan, its gradient and its stateful form -----------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

template <typename Adaptor> static LogicalResult expectScanOperands(std::optional<Location> loc, Adaptor op) {
  if (failed(expectShape(loc, "u", op.getU(), {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "A", op.getA(), {shapeOf(op.getU())[2], anySize})))
    return failure();
  ArrayRef<int64_t> u = shapeOf(op.getU());
  int64_t dState = shapeOf(op.getA())[1];
  return success(succeeded(expectShape(loc, "dt", op.getDt(), u)) &&
                 succeeded(expectShape(loc, "B", op.getB(), {u[0], u[1], dState})) &&
                 succeeded(expectShape(loc, "C", op.getC(), {u[0], u[1], dState})) &&
                 succeeded(expectShape(loc, "D", op.getD(), {u[2]})));
}

/// [Batch, chunks, D, N] of the kept states.
template <typename Adaptor> static SmallVector<int64_t> statesShape(Adaptor op) {
  ArrayRef<int64_t> u = shapeOf(op.getU());
  return {u[0], ceilDiv(u[1], op.getCheckpoint()), u[2], shapeOf(op.getA())[1]};
}

/// A state [Batch, D, N], or none.
template <typename Adaptor>
static LogicalResult expectState(std::optional<Location> loc, StringRef name, Value state, Adaptor op) {
  ArrayRef<int64_t> u = shapeOf(op.getU());
  return state ? expectShape(loc, name, state, {u[0], u[2], shapeOf(op.getA())[1]}) : success();
}

LogicalResult SelectiveScanOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectScanOperands(loc, adaptor)) ||
      failed(expectPositive(loc, "checkpoint", adaptor.getCheckpoint())))
    return failure();
  if (failed(expectState(loc, "h", adaptor.getH(), adaptor)) ||
      failed(expectDocuments(loc, adaptor.getDocuments(), adaptor.getU())))
    return failure();
  types.push_back(adaptor.getU().getType());
  types.push_back(f32Tensor(context, statesShape(adaptor)));
  if (adaptor.getH())
    types.push_back(adaptor.getH().getType());
  return success();
}
// Per state: exp(dt A) and its product, dt u B, the sum, and C h; per channel: dt u and D u.
int64_t SelectiveScanOp::flops() { return elementsOf(getU()) * (7 * shapeOf(getA())[1] + 3); }
SmallVector<unsigned> SelectiveScanOp::prologueOperands() { return {0, 1}; }
bool SelectiveScanOp::takesCotangent(unsigned result) { return result != 1; }
StringRef SelectiveScanOp::probeName() { return "step_sizes"; }
Value SelectiveScanOp::probe(OpBuilder &) { return getDt(); }

void SelectiveScanOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                    SmallVectorImpl<Value> &operands) {
  // Wide enough that the partial sums of dB and dC stay small beside u.
  int64_t channelBlock = 128;
  Value dy = orZero(builder, getLoc(), cotangents[0], getY());
  Value dnext = getH() ? orZero(builder, getLoc(), cotangents[2], getNext()) : Value();
  auto grad =
      SelectiveScanGradOp::create(builder, getLoc(), getU(), getDt(), getA(), getB(), getC(), getD(),
                                  getStates(), dy, dnext, getDocuments(), getCheckpoint(), channelBlock);
  auto sum = [&](Value partials) -> Value { return SumLeadingOp::create(builder, getLoc(), partials); };
  operands.assign({grad.getDu(), grad.getDdt(), sum(grad.getDA()), sum(grad.getDB()), sum(grad.getDC()),
                   sum(grad.getDD())});
  if (getH())
    operands.push_back(grad.getDh());
  if (getDocuments())
    operands.push_back(Value());
}

LogicalResult SelectiveScanGradOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                    Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectScanOperands(loc, adaptor)) ||
      failed(expectPositive(loc, "checkpoint", adaptor.getCheckpoint())) ||
      failed(expectPositive(loc, "channel_block", adaptor.getChannelBlock())))
    return failure();
  ArrayRef<int64_t> u = shapeOf(adaptor.getU());
  if (failed(expectShape(loc, "states", adaptor.getStates(), statesShape(adaptor))) ||
      failed(expectShape(loc, "dy", adaptor.getDy(), u)) ||
      failed(expectState(loc, "dnext", adaptor.getDnext(), adaptor)) ||
      failed(expectDocuments(loc, adaptor.getDocuments(), adaptor.getU())))
    return failure();
  int64_t dState = shapeOf(adaptor.getA())[1], blocks = ceilDiv(u[2], adaptor.getChannelBlock());
  types.append({adaptor.getU().getType(), adaptor.getU().getType()});
  types.push_back(f32Tensor(context, {u[0], u[2], dState}));
  types.append(2, f32Tensor(context, {blocks, u[0], u[1], dState}));
  types.push_back(f32Tensor(context, {u[0], u[2]}));
  if (adaptor.getDnext())
    types.push_back(f32Tensor(context, {u[0], u[2], dState}));
  return success();
}
int64_t SelectiveScanGradOp::flops() { return elementsOf(getU()) * (22 * shapeOf(getA())[1] + 8); }

LogicalResult SelectiveScanStepOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                    Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectScanOperands(loc, adaptor)))
    return failure();
  if (failed(expectState(loc, "h", adaptor.getH(), adaptor)))
    return failure();
  types.append({adaptor.getU().getType(), adaptor.getH().getType()});
  return success();
}
int64_t SelectiveScanStepOp::flops() { return elementsOf(getU()) * (7 * shapeOf(getA())[1] + 3); }
SmallVector<unsigned> SelectiveScanStepOp::prologueOperands() { return {0, 1}; }
int64_t SelectiveScanStepOp::inPlaceOperand(unsigned result) { return result == 1 ? 6 : -1; }
