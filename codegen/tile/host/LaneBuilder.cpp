//===- LaneBuilder.cpp - arithmetic, memory and control of the host vocabulary --------------------------===//
#include "codegen/tile/host/LaneBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SmallString.h"

#include <numeric>

using namespace mlir;

namespace samba::host {

LaneBuilder::LaneBuilder(OpBuilder builder, Location loc, int64_t lanes)
    : ScalarBuilder(builder, loc, builder.getI64Type()), lanes(lanes),
      ptr(LLVM::LLVMPointerType::get(b.getContext())) {
  Operation *parent = b.getInsertionBlock()->getParentOp();
  module = isa<ModuleOp>(parent) ? cast<ModuleOp>(parent) : parent->getParentOfType<ModuleOp>();
}

// ---- constants -------------------------------------------------------------------------------------------

Value LaneBuilder::splat(Operand scalar) {
  return materialize(scalar, lanesOf(scalar.isNumber() ? f32 : getElementTypeOrSelf(scalar.asValue())));
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

// ---- memory ----------------------------------------------------------------------------------------------

Value LaneBuilder::at(Value pointer, Operand offset, Type element) {
  if (offset.isInteger(0))
    return pointer;
  if (!element)
    element = f32;
  if (offset.isNumber() && llvm::isInt<30>(offset.asInteger()))
    return make<LLVM::GEPOp>(ptr, element, pointer, ArrayRef<LLVM::GEPArg>{int32_t(offset.asInteger())});
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
  Value bounded = count.isNumber() ? constant(i32, count.asNumber()) : toInteger(min(count, lanes), i32);
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

// ---- functions of the module ----------------------------------------------------------------------------

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
