//===- CausalConv.cpp - Depthwise causal convolution, its gradients and its state -----------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

/// The d_conv - 1 rows before x [B, T, C], or none.
static LogicalResult expectState(std::optional<Location> loc, Value state, Value x, int64_t dConv) {
  return state ? expectShape(loc, "state", state, {shapeOf(x)[0], dConv - 1, shapeOf(x)[2]}) : success();
}

LogicalResult CausalConvOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX(), w = adaptor.getW();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "w", w, {shapeOf(x)[2], anySize})))
    return failure();
  if (failed(expectState(loc, adaptor.getState(), x, shapeOf(w)[1])) ||
      failed(expectDocuments(loc, adaptor.getDocuments(), x)))
    return failure();
  types.push_back(x.getType());
  return success();
}
int64_t CausalConvOp::flops() { return 2 * elementsOf(getX()) * shapeOf(getW())[1]; }

void CausalConvOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                 SmallVectorImpl<Value> &operands) {
  Value dy = cotangents[0], documents = getDocuments();
  Value dx = CausalConvDxOp::create(builder, getLoc(), dy, getW(), documents);
  Value dw = CausalConvDwOp::create(builder, getLoc(), getX(), dy, getState(), documents, shapeOf(getW())[1]);
  operands.assign({dx, dw});
  if (getState())
    operands.push_back(CausalConvDstateOp::create(builder, getLoc(), dy, getW(), documents));
  if (documents)
    operands.push_back(Value());
}
bool CausalConvOp::isRecomputable() { return true; }

LogicalResult CausalConvDxOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  Value dy = adaptor.getDy();
  if (failed(expectShape(loc, "dy", dy, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "w", adaptor.getW(), {shapeOf(dy)[2], anySize})) ||
      failed(expectDocuments(loc, adaptor.getDocuments(), dy)))
    return failure();
  types.push_back(dy.getType());
  return success();
}
int64_t CausalConvDxOp::flops() { return 2 * elementsOf(getDy()) * shapeOf(getW())[1]; }

/// The only user of `value` that is an Op.
template <class Op> static Op onlyUser(Value value) {
  auto users = llvm::make_filter_range(value.getUsers(), llvm::IsaPred<Op>);
  return llvm::hasSingleElement(users) ? cast<Op>(*users.begin()) : Op();
}

/// With dw, and the bias's gradient, where dy is the cotangent of silu(causal_conv(x, w) + b) before the
/// silu, and nobody else reads it.
Operation *CausalConvDxOp::joinWith(OpBuilder &builder, Operation *other) {
  auto dw = dyn_cast<CausalConvDwOp>(other);
  auto silu = getDy().getDefiningOp<SiluGradOp>();
  if (!dw || dw.getDy() != getDy() || !silu)
    return nullptr;
  auto biased = silu->getOperand(0).getDefiningOp<AddOp>();
  auto conv = biased ? biased->getOperand(0).getDefiningOp<CausalConvOp>() : CausalConvOp();
  if (getDocuments() || dw.getDocuments() || dw.getState()) // the joint op knows neither
    return nullptr;
  if (!conv || conv.getState() || conv.getDocuments() || conv.getX() != dw.getX() || conv.getW() != getW() ||
      shapeOf(biased->getOperand(1)).size() != 1)
    return nullptr;
  auto db = onlyUser<SumRowsOp>(getDy());
  if (!llvm::all_of(getDy().getUsers(), [&](Operation *user) {
        return user == getOperation() || user == other || (db && user == db.getOperation());
      }))
    return nullptr;
  OpBuilder::InsertionGuard guard(builder);
  if (db && db->isBeforeInBlock(getOperation()))
    builder.setInsertionPoint(db);
  Type bias = db ? db.getY().getType() : f32Tensor(getContext(), {shapeOf(getDy())[2]});
  auto grad = CausalConvSiluGradOp::create(
      builder, getLoc(), TypeRange{getDx().getType(), dw.getDw().getType(), bias},
      ValueRange{dw.getX(), getW(), biased->getOperand(1), silu->getOperand(1)});
  if (db)
    db.getY().replaceAllUsesWith(grad.getDb());
  return grad;
}

LogicalResult CausalConvSiluGradOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                     Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX(), w = adaptor.getW(), b = adaptor.getB();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "w", w, {shapeOf(x)[2], anySize})) ||
      failed(expectShape(loc, "b", b, {shapeOf(x)[2]})) ||
      failed(expectShape(loc, "dy", adaptor.getDy(), shapeOf(x))))
    return failure();
  types.assign({x.getType(), f32Tensor(context, shapeOf(w)), f32Tensor(context, shapeOf(b))});
  return success();
}
int64_t CausalConvSiluGradOp::flops() { return elementsOf(getX()) * (6 * shapeOf(getW())[1] + 9); }

LogicalResult CausalConvDwOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value x = adaptor.getX();
  if (failed(expectShape(loc, "x", x, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "dy", adaptor.getDy(), shapeOf(x))) ||
      failed(expectPositive(loc, "d_conv", adaptor.getDConv())) ||
      failed(expectState(loc, adaptor.getState(), x, adaptor.getDConv())) ||
      failed(expectDocuments(loc, adaptor.getDocuments(), x)))
    return failure();
  types.push_back(f32Tensor(context, {shapeOf(x)[2], int64_t(adaptor.getDConv())}));
  return success();
}
int64_t CausalConvDwOp::flops() { return 2 * elementsOf(getX()) * int64_t(getDConv()); }

LogicalResult CausalConvDstateOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                   Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value dy = adaptor.getDy();
  if (failed(expectShape(loc, "dy", dy, {anySize, anySize, anySize})) ||
      failed(expectShape(loc, "w", adaptor.getW(), {shapeOf(dy)[2], anySize})) ||
      failed(expectDocuments(loc, adaptor.getDocuments(), dy)))
    return failure();
  types.push_back(f32Tensor(context, {shapeOf(dy)[0], shapeOf(adaptor.getW())[1] - 1, shapeOf(dy)[2]}));
  return success();
}
// The taps that reach before the first token.
int64_t CausalConvDstateOp::flops() {
  int64_t dConv = shapeOf(getW())[1];
  return shapeOf(getDy())[0] * shapeOf(getDy())[2] * dConv * (dConv - 1);
}

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

void ConvStateOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                SmallVectorImpl<Value> &operands) {
  auto grad = ConvStateGradOp::create(builder, getLoc(), cotangents[0], shapeOf(getX())[1]);
  operands.assign({grad.getDx(), grad.getDstate()});
}

LogicalResult ConvStateGradOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Value dnext = adaptor.getDnext();
  if (failed(expectShape(loc, "dnext", dnext, {anySize, anySize, anySize})) ||
      failed(expectPositive(loc, "tokens", adaptor.getTokens())))
    return failure();
  types.push_back(f32Tensor(context, {shapeOf(dnext)[0], int64_t(adaptor.getTokens()), shapeOf(dnext)[2]}));
  types.push_back(dnext.getType());
  return success();
}
int64_t ConvStateGradOp::flops() { return 0; }
