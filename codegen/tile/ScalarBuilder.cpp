//===- ScalarBuilder.cpp - arithmetic and control that all kernel vocabularies share ---------------===//
#include "codegen/tile/ScalarBuilder.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace samba {

ScalarBuilder::ScalarBuilder(OpBuilder builder, Location loc, Type counter)
    : b(builder), loc(loc), f32(b.getF32Type()), f64(b.getF64Type()), i1(b.getI1Type()), i32(b.getI32Type()),
      i64(b.getI64Type()), counter(counter) {}

static bool isFloat(Value x) { return isa<FloatType>(getElementTypeOrSelf(x)); }

// ---- constants -------------------------------------------------------------------------------------------

Value ScalarBuilder::index(int64_t value) { return make<arith::ConstantOp>(b.getI64IntegerAttr(value)); }
Value ScalarBuilder::number(double value) { return constant(f32, value); }

Value ScalarBuilder::constant(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr scalar = isa<FloatType>(element) ? TypedAttr(b.getFloatAttr(element, value))
                                             : TypedAttr(b.getIntegerAttr(element, int64_t(value)));
  if (auto vector = dyn_cast<VectorType>(type))
    return make<arith::ConstantOp>(DenseElementsAttr::get(vector, Attribute(scalar)));
  return make<arith::ConstantOp>(scalar);
}

// ---- arithmetic ------------------------------------------------------------------------------------------

/// A vector of the same shape with another element, or the element.
static Type withElement(Type shape, Type element) {
  if (auto vector = dyn_cast<VectorType>(shape))
    return vector.clone(element);
  return element;
}

Value ScalarBuilder::materialize(const Operand &x, Type type) {
  if (x.isNumber()) {
    if (isa<IntegerType>(getElementTypeOrSelf(type)) && !isa<VectorType>(type))
      return make<arith::ConstantOp>(b.getIntegerAttr(type, x.asInteger()));
    return constant(type, x.asNumber());
  }
  Value value = x.asValue();
  if (!isa<VectorType>(type) || isa<VectorType>(value.getType()))
    return value;
  return make<vector::BroadcastOp>(withElement(type, value.getType()), value);
}

std::pair<Value, Value> ScalarBuilder::unify(const Operand &x, const Operand &y) {
  assert((x.asValue() || y.asValue()) && "at least one operand must be a value");
  Type type = x.isNumber() ? y.asValue().getType() : x.asValue().getType();
  if (!y.isNumber() && isa<VectorType>(y.asValue().getType()))
    type = y.asValue().getType();
  return {materialize(x, type), materialize(y, type)};
}

template <class IntOp, class FloatOp> Value ScalarBuilder::binary(const Operand &x, const Operand &y) {
  auto [l, r] = unify(x, y);
  if (isFloat(l))
    return make<FloatOp>(l, r);
  return b.createOrFold<IntOp>(loc, l, r);
}

Value ScalarBuilder::add(Operand x, Operand y) { return binary<arith::AddIOp, arith::AddFOp>(x, y); }
Value ScalarBuilder::sub(Operand x, Operand y) { return binary<arith::SubIOp, arith::SubFOp>(x, y); }
Value ScalarBuilder::mul(Operand x, Operand y) { return binary<arith::MulIOp, arith::MulFOp>(x, y); }
Value ScalarBuilder::div(Operand x, Operand y) { return binary<arith::DivUIOp, arith::DivFOp>(x, y); }
Value ScalarBuilder::rem(Operand x, Operand y) { return binary<arith::RemUIOp, arith::RemFOp>(x, y); }

// A comparison and a select are what the back end turns into one vminps; arith.minnumf would be five.
Value ScalarBuilder::min(Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  return select(less(l, r), l, r);
}
Value ScalarBuilder::max(Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  return select(less(r, l), l, r);
}

Value ScalarBuilder::neg(Value x) { return isFloat(x) ? Value(make<arith::NegFOp>(x)) : sub(0, x); }
Value ScalarBuilder::abs(Value x) { return make<LLVM::FAbsOp>(x.getType(), x); }

Value ScalarBuilder::fma(Operand x, Operand y, Operand z) {
  Type type;
  for (const Operand *operand : {&x, &y, &z})
    if (!operand->isNumber() && (!type || isa<VectorType>(operand->asValue().getType())))
      type = operand->asValue().getType();
  assert(type && "at least one operand must be a value");
  return make<LLVM::FMAOp>(type, materialize(x, type), materialize(y, type), materialize(z, type));
}

Value ScalarBuilder::compare(arith::CmpIPredicate ints, arith::CmpFPredicate floats, const Operand &x,
                             const Operand &y) {
  auto [l, r] = unify(x, y);
  if (isFloat(l))
    return make<arith::CmpFOp>(floats, l, r);
  return make<arith::CmpIOp>(ints, l, r);
}

Value ScalarBuilder::less(Operand x, Operand y) {
  return compare(arith::CmpIPredicate::slt, arith::CmpFPredicate::OLT, x, y);
}
Value ScalarBuilder::lessEqual(Operand x, Operand y) {
  return compare(arith::CmpIPredicate::sle, arith::CmpFPredicate::OLE, x, y);
}
Value ScalarBuilder::equal(Operand x, Operand y) {
  return compare(arith::CmpIPredicate::eq, arith::CmpFPredicate::OEQ, x, y);
}
Value ScalarBuilder::both(Value p, Value q) {
  auto [l, r] = unify(p, q);
  return make<arith::AndIOp>(l, r);
}
Value ScalarBuilder::either(Value p, Value q) {
  auto [l, r] = unify(p, q);
  return make<arith::OrIOp>(l, r);
}

Value ScalarBuilder::select(Value condition, Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  if (isa<VectorType>(condition.getType()))
    l = materialize(l, condition.getType()), r = materialize(r, condition.getType());
  return make<arith::SelectOp>(condition, l, r);
}

Value ScalarBuilder::toFloat(Value x, Type element) {
  Type type = withElement(x.getType(), element ? element : f32);
  if (type == x.getType())
    return x;
  if (!isFloat(x))
    return make<arith::SIToFPOp>(type, x);
  if (getElementTypeOrSelf(type) == f64)
    return make<arith::ExtFOp>(type, x);
  return make<arith::TruncFOp>(type, x);
}

Value ScalarBuilder::toInteger(Value x, Type element) {
  Type type = withElement(x.getType(), element ? element : i64);
  if (type == x.getType())
    return x;
  if (isFloat(x))
    return make<arith::FPToSIOp>(type, x);
  if (getElementTypeOrSelf(type) == i64)
    return make<arith::ExtSIOp>(type, x);
  return make<arith::TruncIOp>(type, x);
}

Value ScalarBuilder::bits(Value x, Type element) {
  return make<arith::BitcastOp>(withElement(x.getType(), element), x);
}

// ---- control ---------------------------------------------------------------------------------------------

Values ScalarBuilder::loop(Operand low, Operand high, Operand step, ValueRange initial, const Body &body) {
  Type type = counter;
  for (const Operand *bound : {&step, &low, &high})
    if (!bound->isNumber())
      type = bound->asValue().getType();
  auto op =
      scf::ForOp::create(b, loc, materialize(low, type), materialize(high, type), materialize(step, type),
                         initial, [](OpBuilder &, Location, Value, ValueRange) {});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(op.getBody());
  make<scf::YieldOp>(body(op.getInductionVar(), op.getRegionIterArgs()));
  return Values(op.getResults());
}

void ScalarBuilder::loop(Operand low, Operand high, Operand step, function_ref<void(Value)> body) {
  loop(low, high, step, ValueRange{}, [&](Value i, ValueRange) -> Values {
    body(i);
    return {};
  });
}

void ScalarBuilder::when(Value condition, function_ref<void()> then) {
  auto op = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  then();
}

Values ScalarBuilder::choose(Value condition, function_ref<Values()> then, function_ref<Values()> otherwise) {
  // Both parts are written where they will stand, for they may look for symbols of the module; only then are
  // the results' types known.
  auto draft = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/true);
  SmallVector<Type> types;
  auto fill = [&](Block *block, function_ref<Values()> part) {
    OpBuilder::InsertionGuard guard(b);
    block->getTerminator()->erase();
    b.setInsertionPointToEnd(block);
    Values results = part();
    make<scf::YieldOp>(results);
    types = llvm::to_vector(ValueRange(results).getTypes());
  };
  fill(draft.thenBlock(), then);
  fill(draft.elseBlock(), otherwise);
  if (types.empty())
    return {};
  auto chosen = scf::IfOp::create(b, loc, types, condition, /*addThenBlock=*/false, /*addElseBlock=*/false);
  chosen.getThenRegion().takeBody(draft.getThenRegion());
  chosen.getElseRegion().takeBody(draft.getElseRegion());
  draft.erase();
  return Values(chosen.getResults());
}

} // namespace samba
