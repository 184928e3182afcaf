//===- Attention.cpp - Windowed attention, its gradients and its ring -----------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace samba;

/// Shapes of q, k, v and the head counts; `window` positive.
template <typename Adaptor> static LogicalResult expectHeads(std::optional<Location> loc, Adaptor op) {
  if (failed(expectPositive(loc, "n_heads", op.getNHeads())) ||
      failed(expectPositive(loc, "n_kv_heads", op.getNKvHeads())) ||
      failed(expectPositive(loc, "window", op.getWindow())) ||
      failed(expectShape(loc, "q", op.getQ(), {anySize, anySize, anySize})))
    return failure();
  int64_t heads = op.getNHeads(), kvHeads = op.getNKvHeads();
  ArrayRef<int64_t> q = shapeOf(op.getQ());
  if (heads % kvHeads)
    return emitOptionalError(loc, "attribute 'n_kv_heads' expected a divisor of n_heads = ", heads, ", got ",
                             kvHeads);
  if (q[2] % heads)
    return emitOptionalError(loc, "operand 'q' expected a multiple of n_heads = ", heads, " channels, got ",
                             q[2]);
  SmallVector<int64_t> kv = {q[0], q[1], q[2] / heads * kvHeads};
  return success(succeeded(expectShape(loc, "k", op.getK(), kv)) &&
                 succeeded(expectShape(loc, "v", op.getV(), kv)));
}

/// The same, and the documents of q.
template <typename Adaptor> static LogicalResult expectPacked(std::optional<Location> loc, Adaptor op) {
  return success(succeeded(expectHeads(loc, op)) &&
                 succeeded(expectDocuments(loc, op.getDocuments(), op.getQ())));
}

template <typename Adaptor> static SmallVector<int64_t> perHead(Adaptor op, Value x) {
  return {shapeOf(x)[0], int64_t(op.getNHeads()), shapeOf(x)[1]};
}

/// Pairs (i, j) that a window of `window` shows in `tokens` tokens.
static int64_t visiblePairs(int64_t tokens, int64_t window) {
  int64_t w = std::min(tokens, window);
  return w * (w + 1) / 2 + (tokens - w) * w;
}

/// Of one product (q k^T, p v, ...) over the visible pairs of all query heads.
template <typename Op> static int64_t productFlops(Op op) {
  ArrayRef<int64_t> q = shapeOf(op.getQ());
  return 2 * q[0] * q[2] * visiblePairs(q[1], op.getWindow());
}

LogicalResult WindowedAttentionOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                    Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectPacked(loc, adaptor)))
    return failure();
  types.push_back(adaptor.getQ().getType());
  types.push_back(f32Tensor(context, perHead(adaptor, adaptor.getQ())));
  return success();
}
int64_t WindowedAttentionOp::flops() { return 2 * productFlops(*this); }

void WindowedAttentionOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                        SmallVectorImpl<Value> &operands) {
  Value d_o = cotangents[0];
  Value delta = AttentionDeltaOp::create(builder, getLoc(), getO(), d_o, getNHeads());
  Value dq = AttentionDqOp::create(builder, getLoc(), getQ(), getK(), getV(), getLse(), delta, d_o,
                                   getDocuments(), getNHeads(), getNKvHeads(), getWindow());
  auto dkv = AttentionDkvOp::create(builder, getLoc(), getQ(), getK(), getV(), getLse(), delta, d_o,
                                    getDocuments(), getNHeads(), getNKvHeads(), getWindow());
  operands.assign({dq, dkv.getDk(), dkv.getDv()});
  if (getDocuments())
    operands.push_back(Value());
}

// With s = q k / sqrt(d) and p = exp(s - lse), the entropy of a row is -sum p log p = lse - sum p s, and
// sum_j p_ij k_j is an attention whose values are the keys: the map itself never exists.
StringRef WindowedAttentionOp::probeName() { return "attention_entropy"; }
Value WindowedAttentionOp::probe(OpBuilder &builder) {
  auto heads = int64_t(getNHeads());
  double headDim = double(shapeOf(getQ())[2] / heads);
  Value meanKey = WindowedAttentionOp::create(builder, getLoc(), getQ(), getK(), getK(), getDocuments(),
                                              heads, getNKvHeads(), getWindow())
                      .getO();
  Value product = AttentionDeltaOp::create(builder, getLoc(), getQ(), meanKey, heads); // [B, heads, T]
  Value scale =
      FillOp::create(builder, getLoc(), product.getType(), builder.getF64FloatAttr(-1 / std::sqrt(headDim)));
  Value meanLogit = MulOp::create(builder, getLoc(), product, scale);
  return AddOp::create(builder, getLoc(), getLse(), meanLogit);
}

LogicalResult AttentionDeltaOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value o = adaptor.getO();
  if (failed(expectShape(loc, "o", o, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "d_o", adaptor.getDO(), shapeOf(o))) ||
      failed(expectPositive(loc, "n_heads", adaptor.getNHeads())))
    return failure();
  types.push_back(f32Tensor(context, perHead(adaptor, o)));
  return success();
}
int64_t AttentionDeltaOp::flops() { return 2 * elementsOf(getO()); }

template <typename Adaptor>
static LogicalResult expectBackwardOperands(std::optional<Location> loc, Adaptor op) {
  return success(succeeded(expectPacked(loc, op)) &&
                 succeeded(expectShape(loc, "lse", op.getLse(), perHead(op, op.getQ()))) &&
                 succeeded(expectShape(loc, "delta", op.getDelta(), perHead(op, op.getQ()))) &&
                 succeeded(expectShape(loc, "d_o", op.getDO(), shapeOf(op.getQ()))));
}

LogicalResult AttentionDqOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  if (failed(expectBackwardOperands(loc, adaptor)))
    return failure();
  types.push_back(adaptor.getQ().getType());
  return success();
}
int64_t AttentionDqOp::flops() { return 3 * productFlops(*this); }

Operation *AttentionDqOp::joinWith(OpBuilder &builder, Operation *other) {
  auto dkv = dyn_cast<AttentionDkvOp>(other);
  if (!dkv || dkv.getOperands() != getOperands() ||
      dkv->getAttrDictionary() != getOperation()->getAttrDictionary())
    return nullptr;
  return AttentionGradOp::create(builder, getLoc(),
                                 TypeRange{getDq().getType(), dkv.getDk().getType(), dkv.getDv().getType()},
                                 getOperands(), getOperation()->getAttrs());
}

LogicalResult AttentionDkvOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  if (failed(expectBackwardOperands(loc, adaptor)))
    return failure();
  types.append(2, adaptor.getK().getType());
  return success();
}
int64_t AttentionDkvOp::flops() { return 4 * productFlops(*this); }

LogicalResult AttentionGradOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  if (failed(expectBackwardOperands(loc, adaptor)))
    return failure();
  types.push_back(adaptor.getQ().getType());
  types.append(2, adaptor.getK().getType());
  return success();
}
int64_t AttentionGradOp::flops() { return 5 * productFlops(*this); }

LogicalResult AttentionStepOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  if (failed(expectHeads(loc, adaptor)))
    return failure();
  ArrayRef<int64_t> k = shapeOf(adaptor.getK());
  if (failed(expectShape(loc, "ring_k", adaptor.getRingK(), {k[0], anySize, k[2]})) ||
      failed(expectShape(loc, "ring_v", adaptor.getRingV(), shapeOf(adaptor.getRingK()))) ||
      failed(expectShape(loc, "position", adaptor.getPosition(), {k[0]})))
    return failure();
  if (int64_t(adaptor.getWindow()) > shapeOf(adaptor.getRingK())[1])
    return emitOptionalError(loc, "attribute 'window' expected at most the ring's ",
                             shapeOf(adaptor.getRingK())[1], " positions, got ", adaptor.getWindow());
  types.push_back(adaptor.getQ().getType());
  return success();
}
// The longest case: the ring is full.
int64_t AttentionStepOp::flops() { return 4 * elementsOf(getQ()) * int64_t(getWindow()); }

LogicalResult RingUpdateOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX(), ring = adaptor.getRing();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "ring", ring, {shapeOf(x)[0], anySize, shapeOf(x)[2]})) ||
      failed(expectShape(loc, "position", adaptor.getPosition(), {shapeOf(x)[0]})))
    return failure();
  types.push_back(ring.getType());
  return success();
}
int64_t RingUpdateOp::flops() { return 0; }
/// In place, as it is planned wherever nobody reads the ring later, only the new rows move.
int64_t RingUpdateOp::elementsRead(unsigned operand) {
  return operand == 0 ? elementsWritten(0) : operand == 1 ? 0 : elementsOf(getPosition());
}
int64_t RingUpdateOp::elementsWritten(unsigned) {
  return std::min(elementsOf(getX()), elementsOf(getNext()));
}
int64_t RingUpdateOp::inPlaceOperand(unsigned) { return 1; }
