//===- LaneBuilder.cpp - arithmetic, memory and control of the host vocabulary --------------------------===//
#include "codegen/tile/host/LaneBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SmallString.h"

#include <numeric>

using namespace mlir;

namespace samba::host {

LaneBuilder::LaneBuilder(OpBuilder builder, Location loc, int64_t lanes)
    : b(builder), loc(loc), lanes(lanes), f32(b.getF32Type()), f64(b.getF64Type()), i1(b.getI1Type()),
      i32(b.getI32Type()), i64(b.getI64Type()), ptr(LLVM::LLVMPointerType::get(b.getContext())) {
  Operation *parent = b.getInsertionBlock()->getParentOp();
  module = isa<ModuleOp>(parent) ? cast<ModuleOp>(parent) : parent->getParentOfType<ModuleOp>();
}

static bool isFloat(Value x) { return isa<FloatType>(getElementTypeOrSelf(x)); }

// ---- constants -------------------------------------------------------------------------------------------

Value LaneBuilder::index(int64_t value) { return make<arith::ConstantOp>(b.getI64IntegerAttr(value)); }
Value LaneBuilder::number(double value) { return constant(f32, value); }

Value LaneBuilder::constant(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr scalar = isa<FloatType>(element) ? TypedAttr(b.getFloatAttr(element, value))
                                             : TypedAttr(b.getIntegerAttr(element, int64_t(value)));
  if (auto vector = dyn_cast<VectorType>(type))
    return make<arith::ConstantOp>(DenseElementsAttr::get(vector, Attribute(scalar)));
  return make<arith::ConstantOp>(scalar);
}

Value LaneBuilder::splat(Operand scalar) {
  if (!scalar.value)
    return constant(lanesOf(f32), scalar.number);
  if (isa<VectorType>(scalar.value.getType()))
    return scalar.value;
  return make<vector::BroadcastOp>(lanesOf(scalar.value.getType()), scalar.value);
}

Value LaneBuilder::iota(Type element) {
  SmallVector<Attribute> values;
  for (int64_t i = 0; i < lanes; ++i)
    values.push_back(b.getIntegerAttr(element, i));
  return make<arith::ConstantOp>(DenseElementsAttr::get(cast<VectorType>(lanesOf(element)), values));
}

Value LaneBuilder::table(ArrayRef<float> values) {
  return addressOfTable(DenseElementsAttr::get(RankedTensorType::get({int64_t(values.size())}, f32), values));
}

Value LaneBuilder::table(ArrayRef<double> values) {
  return addressOfTable(DenseElementsAttr::get(RankedTensorType::get({int64_t(values.size())}, f64), values));
}

Value LaneBuilder::addressOfTable(DenseElementsAttr values) {
  auto tables = module.getOps<LLVM::GlobalOp>();
  auto known = llvm::find_if(tables, [&](LLVM::GlobalOp g) { return g.getValueAttr() == values; });
  LLVM::GlobalOp global = known != tables.end() ? *known : LLVM::GlobalOp();
  if (!global) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    auto type = LLVM::LLVMArrayType::get(values.getElementType(), values.getNumElements());
    std::string name = "table_" + std::to_string(std::distance(tables.begin(), tables.end()));
    global = make<LLVM::GlobalOp>(type, /*isConstant=*/true, LLVM::Linkage::Internal, name, values,
                                  /*alignment=*/64);
  }
  return make<LLVM::AddressOfOp>(global);
}

// ---- arithmetic ------------------------------------------------------------------------------------------

/// A number as a constant of `type`; a scalar Value broadcast where `type` is lanes.
Value LaneBuilder::materialize(const Operand &x, Type type) {
  if (!x.value) {
    if (isa<IntegerType>(getElementTypeOrSelf(type)) && !isa<VectorType>(type))
      return make<arith::ConstantOp>(b.getIntegerAttr(type, x.integer));
    return constant(type, x.number);
  }
  return isa<VectorType>(type) ? splat(x.value) : x.value;
}

std::pair<Value, Value> LaneBuilder::unify(const Operand &x, const Operand &y) {
  assert((x.value || y.value) && "at least one operand must be a value");
  Type type = x.value ? x.value.getType() : y.value.getType();
  if (y.value && isa<VectorType>(y.value.getType()))
    type = y.value.getType();
  return {materialize(x, type), materialize(y, type)};
}

template <class IntOp, class FloatOp> Value LaneBuilder::binary(const Operand &x, const Operand &y) {
  auto [l, r] = unify(x, y);
  if (isFloat(l))
    return make<FloatOp>(l, r);
  return b.createOrFold<IntOp>(loc, l, r);
}

Value LaneBuilder::add(Operand x, Operand y) { return binary<arith::AddIOp, arith::AddFOp>(x, y); }
Value LaneBuilder::sub(Operand x, Operand y) { return binary<arith::SubIOp, arith::SubFOp>(x, y); }
Value LaneBuilder::mul(Operand x, Operand y) { return binary<arith::MulIOp, arith::MulFOp>(x, y); }
Value LaneBuilder::div(Operand x, Operand y) { return binary<arith::DivUIOp, arith::DivFOp>(x, y); }
Value LaneBuilder::rem(Operand x, Operand y) { return binary<arith::RemUIOp, arith::RemFOp>(x, y); }

// A comparison and a select are what the back end turns into one vminps; arith.minnumf would be five.
Value LaneBuilder::min(Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  return select(less(l, r), l, r);
}
Value LaneBuilder::max(Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  return select(less(r, l), l, r);
}

Value LaneBuilder::neg(Value x) { return isFloat(x) ? Value(make<arith::NegFOp>(x)) : sub(0, x); }
Value LaneBuilder::abs(Value x) { return make<LLVM::FAbsOp>(x.getType(), x); }

Value LaneBuilder::fma(Operand x, Operand y, Operand z) {
  Type type;
  for (const Operand *operand : {&x, &y, &z})
    if (operand->value && (!type || isa<VectorType>(operand->value.getType())))
      type = operand->value.getType();
  assert(type && "at least one operand must be a value");
  return make<LLVM::FMAOp>(type, materialize(x, type), materialize(y, type), materialize(z, type));
}

Value LaneBuilder::compare(arith::CmpIPredicate ints, arith::CmpFPredicate floats, const Operand &x,
                           const Operand &y) {
  auto [l, r] = unify(x, y);
  if (isFloat(l))
    return make<arith::CmpFOp>(floats, l, r);
  return make<arith::CmpIOp>(ints, l, r);
}

Value LaneBuilder::less(Operand x, Operand y) {
  return compare(arith::CmpIPredicate::slt, arith::CmpFPredicate::OLT, x, y);
}
Value LaneBuilder::lessEqual(Operand x, Operand y) {
  return compare(arith::CmpIPredicate::sle, arith::CmpFPredicate::OLE, x, y);
}
Value LaneBuilder::equal(Operand x, Operand y) {
  return compare(arith::CmpIPredicate::eq, arith::CmpFPredicate::OEQ, x, y);
}
Value LaneBuilder::both(Value p, Value q) {
  auto [l, r] = unify(p, q);
  return make<arith::AndIOp>(l, r);
}
Value LaneBuilder::either(Value p, Value q) {
  auto [l, r] = unify(p, q);
  return make<arith::OrIOp>(l, r);
}

Value LaneBuilder::select(Value condition, Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  if (isa<VectorType>(condition.getType()))
    l = splat(l), r = splat(r);
  return make<arith::SelectOp>(condition, l, r);
}

static Type withElement(Type shape, Type element) {
  if (auto vector = dyn_cast<VectorType>(shape))
    return vector.clone(element);
  return element;
}

Value LaneBuilder::toFloat(Value x, Type element) {
  Type type = withElement(x.getType(), element ? element : f32);
  if (type == x.getType())
    return x;
  if (!isFloat(x))
    return make<arith::SIToFPOp>(type, x);
  if (getElementTypeOrSelf(type) == f64)
    return make<arith::ExtFOp>(type, x);
  return make<arith::TruncFOp>(type, x);
}

Value LaneBuilder::toInteger(Value x, Type element) {
  Type type = withElement(x.getType(), element ? element : i64);
  if (type == x.getType())
    return x;
  if (isFloat(x))
    return make<arith::FPToSIOp>(type, x);
  if (getElementTypeOrSelf(type) == i64)
    return make<arith::ExtSIOp>(type, x);
  return make<arith::TruncIOp>(type, x);
}

Value LaneBuilder::bits(Value x, Type element) {
  return make<arith::BitcastOp>(withElement(x.getType(), element), x);
}

// ---- memory ----------------------------------------------------------------------------------------------

Value LaneBuilder::at(Value pointer, Operand offset, Type element) {
  if (!offset.value && offset.integer == 0)
    return pointer;
  if (!element)
    element = f32;
  if (!offset.value && llvm::isInt<30>(offset.integer))
    return make<LLVM::GEPOp>(ptr, element, pointer, ArrayRef<LLVM::GEPArg>{int32_t(offset.integer)});
  return make<LLVM::GEPOp>(ptr, element, pointer, ArrayRef<LLVM::GEPArg>{materialize(offset, i64)});
}

static unsigned elementBytes(Type type) { return getElementTypeOrSelf(type).getIntOrFloatBitWidth() / 8; }

Value LaneBuilder::load(Value pointer, Value mask, Type element) {
  Type type = lanesOf(element ? element : f32);
  if (!mask)
    return make<LLVM::LoadOp>(type, pointer, elementBytes(type));
  return make<LLVM::MaskedLoadOp>(type, pointer, mask, constant(type, 0), elementBytes(type));
}

Value LaneBuilder::loadScalar(Value pointer, Type type) {
  return make<LLVM::LoadOp>(type ? type : f32, pointer);
}

void LaneBuilder::store(Value value, Value pointer, Value mask) {
  if (mask)
    make<LLVM::MaskedStoreOp>(value, pointer, mask, elementBytes(value.getType()));
  else if (isa<VectorType>(value.getType()))
    make<LLVM::StoreOp>(value, pointer, elementBytes(value.getType()));
  else
    make<LLVM::StoreOp>(value, pointer);
}

Value LaneBuilder::maskBelow(Operand count) {
  // Compared in 32 bits: one instruction on the i32 lane numbers instead of two on i64.
  Value bounded = count.value ? toInteger(min(count, lanes), i32) : constant(i32, count.number);
  return less(iota(i32), bounded);
}

void LaneBuilder::prefetch(Value pointer) {
  make<LLVM::Prefetch>(pointer, /*rw=*/0u, /*hint=*/3u, /*cache=*/1u);
}

// ---- across lanes ----------------------------------------------------------------------------------------

Value LaneBuilder::sum(Value x) {
  return make<LLVM::vector_reduce_fadd>(f32, number(-0.0), x, LLVM::FastmathFlags::reassoc);
}

Value LaneBuilder::maximum(Value x) {
  return make<LLVM::vector_reduce_fmax>(f32, x, LLVM::FastmathFlags::nnan);
}

Value LaneBuilder::extract(Value x, int64_t lane) {
  return make<vector::ExtractOp>(x, ArrayRef<int64_t>{lane});
}

Value LaneBuilder::shuffle(Value x, Value y, ArrayRef<int32_t> pick) {
  return make<LLVM::ShuffleVectorOp>(x, y, pick);
}

// Butterflies: in round r, rows whose numbers differ in bit r exchange the columns that differ in bit r.
std::pair<Value, Value> LaneBuilder::exchange(Value x, Value y, int64_t bit) {
  SmallVector<int32_t> even, odd;
  for (int64_t i = 0; i < lanes; ++i) {
    even.push_back(i & bit ? lanes + (i ^ bit) : i);
    odd.push_back(i & bit ? lanes + i : i ^ bit);
  }
  return {shuffle(x, y, even), shuffle(x, y, odd)};
}

Values LaneBuilder::transpose(Values rows) {
  assert(int64_t(rows.size()) == lanes && "a square of lanes");
  for (int64_t bit = 1; bit < lanes; bit *= 2)
    for (int64_t i = 0; i < lanes; ++i)
      if (!(i & bit))
        std::tie(rows[i], rows[i | bit]) = exchange(rows[i], rows[i | bit], bit);
  return rows;
}

// The same butterflies, the two halves added in each round.
Value LaneBuilder::sumEach(Values rows) {
  assert(int64_t(rows.size()) == lanes && "a square of lanes");
  for (int64_t bit = 1; bit < lanes; bit *= 2) {
    Values halves;
    for (size_t i = 0; i < rows.size(); i += 2) {
      auto [even, odd] = exchange(rows[i], rows[i + 1], bit);
      halves.push_back(add(even, odd));
    }
    rows = halves;
  }
  return rows.front();
}

// ---- control ---------------------------------------------------------------------------------------------

Values LaneBuilder::loop(Operand low, Operand high, Operand step, ValueRange initial, const Body &body) {
  auto op = scf::ForOp::create(b, loc, materialize(low, i64), materialize(high, i64), materialize(step, i64),
                               initial, [](OpBuilder &, Location, Value, ValueRange) {});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(op.getBody());
  make<scf::YieldOp>(body(op.getInductionVar(), op.getRegionIterArgs()));
  return Values(op.getResults());
}

void LaneBuilder::loop(Operand low, Operand high, Operand step, function_ref<void(Value)> body) {
  loop(low, high, step, ValueRange{}, [&](Value i, ValueRange) -> Values {
    body(i);
    return {};
  });
}

Values LaneBuilder::overLanes(int64_t n, ValueRange initial, const LanesBody &body) {
  int64_t full = n / lanes * lanes;
  Values carried(initial);
  if (full == lanes)
    carried = body(index(0), Value(), carried);
  else if (full)
    carried = loop(0, full, lanes, carried, [&](Value i, ValueRange c) { return body(i, Value(), c); });
  if (full < n)
    carried = body(index(full), maskBelow(n - full), carried);
  return carried;
}

void LaneBuilder::overLanes(int64_t n, function_ref<void(Value, Value)> body) {
  overLanes(n, ValueRange{}, [&](Value i, Value mask, ValueRange) -> Values {
    body(i, mask);
    return {};
  });
}

Values LaneBuilder::overLanes(Value n, ValueRange initial, const LanesBody &body) {
  Value full = mul(div(n, lanes), lanes);
  Values carried = loop(0, full, lanes, initial, [&](Value i, ValueRange c) { return body(i, Value(), c); });
  return choose(
      less(full, n), [&] { return body(full, maskBelow(sub(n, full)), carried); }, [&] { return carried; });
}

void LaneBuilder::overLanes(Value n, function_ref<void(Value, Value)> body) {
  overLanes(n, ValueRange{}, [&](Value i, Value mask, ValueRange) -> Values {
    body(i, mask);
    return {};
  });
}

void LaneBuilder::when(Value condition, function_ref<void()> then) {
  auto op = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  then();
}

Values LaneBuilder::choose(Value condition, function_ref<Values()> then, function_ref<Values()> otherwise) {
  auto fill = [&](function_ref<Values()> part) {
    return [this, part](OpBuilder &inner, Location) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(inner.getInsertionBlock());
      make<scf::YieldOp>(part());
    };
  };
  return Values(scf::IfOp::create(b, loc, condition, fill(then), fill(otherwise)).getResults());
}

// ---- functions of the module
// -------------------------------------------------------------------------------

void LaneBuilder::call(StringRef name, ValueRange arguments,
                       function_ref<void(LaneBuilder &, ValueRange)> emit) {
  auto callee = module.lookupSymbol<func::FuncOp>(name);
  if (!callee) {
    OpBuilder inner = OpBuilder::atBlockEnd(module.getBody());
    callee = func::FuncOp::create(inner, loc, name, b.getFunctionType(arguments.getTypes(), {}));
    callee.setPrivate();
    callee->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
    callee->setAttr("llvm.linkage", LLVM::LinkageAttr::get(b.getContext(), LLVM::Linkage::Internal));
    inner.setInsertionPointToStart(callee.addEntryBlock());
    LaneBuilder body(inner, loc, lanes);
    emit(body, callee.getArguments());
    body.make<func::ReturnOp>();
  }
  make<func::CallOp>(callee, arguments);
}

} // namespace samba::host
