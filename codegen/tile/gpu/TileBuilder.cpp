//===- TileBuilder.cpp - the instructions of a GPU kernel ------------------------------------------===//
//
// An instruction is an NVVM op or an LLVM intrinsic where there is one, for LLVM knows what those do; inline
// PTX where there is none. PTX that only computes has no side effects, so that LLVM may share or drop it.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/tile/gpu/TileBuilder.h"

#include "mlir/IR/SymbolTable.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

static Type pointerTo(OpBuilder &b, unsigned space) {
  return LLVM::LLVMPointerType::get(b.getContext(), space);
}

TileBuilder::TileBuilder(OpBuilder builder, Location loc)
    : ScalarBuilder(builder, loc, builder.getI32Type()), bf16(b.getBF16Type()), i8(b.getI8Type()),
      i16(b.getI16Type()), globalPtr(pointerTo(b, 1)), sharedPtr(pointerTo(b, 3)),
      clusterPtr(pointerTo(b, 7)), genericPtr(pointerTo(b, 0)) {}

// ---- inline PTX ------------------------------------------------------------------------------------------

/// The constraint letter of a PTX operand.
static char letterOf(Type type) {
  if (type.isF32())
    return 'f';
  if (type.isF64())
    return 'd';
  if (type.isInteger(1))
    return 'b';
  if (type.isInteger(16))
    return 'h';
  return type.isInteger(32) ? 'r' : 'l';
}

/// An address as the integer that PTX takes: 32 bits in shared memory.
static Value asPtxOperand(TileBuilder &k, Value x) {
  auto pointer = dyn_cast<LLVM::LLVMPointerType>(x.getType());
  if (!pointer)
    return x;
  bool isShared = pointer.getAddressSpace() == 3 || pointer.getAddressSpace() == 7;
  return k.make<LLVM::PtrToIntOp>(isShared ? k.i32 : k.i64, x);
}

Values TileBuilder::ptxInPlace(ArrayRef<Type> results, StringRef text, ValueRange registers,
                               ValueRange operands, bool sideEffects) {
  std::string constraints;
  auto constrain = [&](const std::string &constraint) {
    constraints += (constraints.empty() ? "" : ",") + constraint;
  };
  Values inputs;
  for (Type type : results)
    constrain(std::string("=") + letterOf(type));
  for (auto [i, x] : llvm::enumerate(registers)) {
    constrain(std::to_string(i));
    inputs.push_back(x);
  }
  for (Value x : operands) {
    inputs.push_back(asPtxOperand(*this, x));
    constrain(std::string(1, letterOf(inputs.back().getType())));
  }
  if (sideEffects)
    constrain("~{memory}");
  Type type;
  if (results.size() == 1)
    type = results.front();
  else if (!results.empty())
    type = LLVM::LLVMStructType::getLiteral(b.getContext(), results);
  auto op = make<LLVM::InlineAsmOp>(
      type ? TypeRange(type) : TypeRange(), inputs, text, constraints, sideEffects,
      /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None, LLVM::AsmDialectAttr(), ArrayAttr());
  if (results.empty())
    return {};
  if (results.size() == 1)
    return {op.getRes()};
  Values unpacked;
  for (size_t i = 0; i < results.size(); ++i)
    unpacked.push_back(make<LLVM::ExtractValueOp>(op.getRes(), int64_t(i)));
  return unpacked;
}

static Value intrinsic(TileBuilder &k, StringRef name, Type result, ValueRange operands) {
  return k.make<LLVM::CallIntrinsicOp>(result, k.b.getStringAttr(name), operands).getResults();
}

Value TileBuilder::madeHere(Value x) { return ptx({i32}, "mov.b32 $0, $1;", {x})[0]; }

void TileBuilder::keepRolled() {
  auto last = std::prev(b.getInsertionPoint());
  while (!isa<scf::ForOp>(*last))
    --last;
  MLIRContext *context = b.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(context, /*disable=*/b.getBoolAttr(true), {}, {}, {}, {}, {}, {});
  last->setAttr("loop_annotation", LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {}, {}, {}, {},
                                                                 {}, {}, {}, {}, {}, {}, {}));
}

// ---- constants, bits -------------------------------------------------------------------------------------

Value TileBuilder::min(Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  if (isa<FloatType>(l.getType()))
    return make<arith::MinimumFOp>(l, r);
  return b.createOrFold<arith::MinSIOp>(loc, l, r);
}

Value TileBuilder::max(Operand x, Operand y) {
  auto [l, r] = unify(x, y);
  if (isa<FloatType>(l.getType()))
    return make<arith::MaximumFOp>(l, r);
  return b.createOrFold<arith::MaxSIOp>(loc, l, r);
}

Value TileBuilder::integer(int64_t value) {
  return make<arith::ConstantOp>(b.getI32IntegerAttr(int32_t(value)));
}

Value TileBuilder::shiftLeft(Value x, int64_t bits) {
  return bits ? b.createOrFold<arith::ShLIOp>(loc, x, materialize(bits, x.getType())) : x;
}
Value TileBuilder::shiftRight(Value x, int64_t bits) {
  return bits ? b.createOrFold<arith::ShRUIOp>(loc, x, materialize(bits, x.getType())) : x;
}
Value TileBuilder::bitAnd(Value x, Operand y) {
  return b.createOrFold<arith::AndIOp>(loc, x, materialize(y, x.getType()));
}
Value TileBuilder::bitOr(Value x, Operand y) {
  return b.createOrFold<arith::OrIOp>(loc, x, materialize(y, x.getType()));
}
Value TileBuilder::bitXor(Value x, Operand y) {
  return b.createOrFold<arith::XOrIOp>(loc, x, materialize(y, x.getType()));
}
Value TileBuilder::extend(Value x) {
  return x.getType() == i64 ? x : b.createOrFold<arith::ExtUIOp>(loc, i64, x);
}

// ---- who we are ------------------------------------------------------------------------------------------

Value TileBuilder::threadId() { return make<NVVM::ThreadIdXOp>(i32); }
Value TileBuilder::threadIdAgain() { return ptx({i32}, "mov.u32 $0, %tid.x;", {})[0]; }
Value TileBuilder::laneId() { return bitAnd(threadId(), 31); }
Value TileBuilder::warpId() { return uniform(shiftRight(threadId(), 5)); }
Value TileBuilder::warpGroupId() { return uniform(shiftRight(threadId(), 7)); }

Value TileBuilder::blockId(int axis) {
  if (axis == 0)
    return make<NVVM::BlockIdXOp>(i32);
  return axis == 1 ? Value(make<NVVM::BlockIdYOp>(i32)) : Value(make<NVVM::BlockIdZOp>(i32));
}
Value TileBuilder::gridSize(int axis) {
  if (axis == 0)
    return make<NVVM::GridDimXOp>(i32);
  return axis == 1 ? Value(make<NVVM::GridDimYOp>(i32)) : Value(make<NVVM::GridDimZOp>(i32));
}
Value TileBuilder::clusterRank() { return make<NVVM::ClusterId>(i32); }
Value TileBuilder::uniform(Value x) { return shuffle(x, 0); }

// ---- functions -------------------------------------------------------------------------------------------

Value TileBuilder::exp2(Value x) { return intrinsic(*this, "llvm.nvvm.ex2.approx.ftz", f32, {x}); }
Value TileBuilder::exp2Polynomial(Value x) {
  constexpr double magic = 12582912.0; // 1.5 2^23: adding it rounds to an integer
  x = max(x, -125.0);
  Value shifted = add(x, magic), fraction = sub(x, sub(shifted, magic)), series = number(0.0096181291);
  for (double c : {0.0559207750, 0.2402265070, 0.6931211400, 1.0})
    series = fma(series, fraction, c);
  return bits(add(bits(series, i32), shiftLeft(bits(shifted, i32), 23)), f32);
}
Value TileBuilder::log2(Value x) { return intrinsic(*this, "llvm.nvvm.lg2.approx.ftz.f", f32, {x}); }
Value TileBuilder::exp(Value x) { return exp2(mul(x, M_LOG2E)); }
Value TileBuilder::log(Value x) { return mul(log2(x), M_LN2); }
Value TileBuilder::reciprocal(Value x) { return make<NVVM::RcpApproxFtzF32Op>(f32, x); }
Value TileBuilder::rsqrt(Value x) { return intrinsic(*this, "llvm.nvvm.rsqrt.approx.ftz.f", f32, {x}); }
Value TileBuilder::sqrt(Value x) { return intrinsic(*this, "llvm.nvvm.sqrt.approx.ftz.f", f32, {x}); }
Value TileBuilder::tanh(Value x) {
  return ptx({f32}, "tanh.approx.f32 $0, $1;", {x}, /*sideEffects=*/false)[0];
}
Value TileBuilder::sigmoid(Value x) { return reciprocal(add(exp2(mul(x, -M_LOG2E)), 1.0)); }
Value TileBuilder::silu(Value x) { return mul(x, sigmoid(x)); }

// max(x, 0) + log1p(t), t = e^-|x| in (0, 1]; log1p(t) = 2 artanh(s), s = t / (2 + t) in (0, 1/3], by its
// series, of which the eighth term is below 2e-8.
Value TileBuilder::softplus(Value x) {
  Value t = exp2(mul(abs(x), -M_LOG2E));
  Value s = mul(t, reciprocal(add(t, 2.0)));
  Value square = mul(s, s), series = number(2.0 / 13);
  for (int odd = 11; odd >= 1; odd -= 2)
    series = fma(series, square, 2.0 / odd);
  return fma(s, series, max(x, 0.0));
}

std::pair<Value, Value> TileBuilder::sinCos(Value angle) {
  constexpr double twoPi = 6.283185307179586, twoPiRest = 2.4492935982947064e-16; // their sum is 2 pi
  Value turns = make<LLVM::RintOp>(f64, mul(angle, 1 / twoPi)), negative = neg(turns);
  Value rest = toFloat(fma(negative, twoPiRest, fma(negative, twoPi, angle)), f32);
  return {intrinsic(*this, "llvm.nvvm.sin.approx.ftz.f", f32, {rest}),
          intrinsic(*this, "llvm.nvvm.cos.approx.ftz.f", f32, {rest})};
}

// ---- bf16 ------------------------------------------------------------------------------------------------

Value TileBuilder::packPair(Value low, Value high) {
  Type pair = VectorType::get({2}, bf16);
  return make<LLVM::BitcastOp>(i32, intrinsic(*this, "llvm.nvvm.ff2bf16x2.rn", pair, {high, low}));
}

Value TileBuilder::splitPair(Value x) {
  Value high = bits(bitAnd(bits(x, i32), int64_t(0xffff0000)), f32);
  return packPair(high, sub(x, high));
}

std::pair<Value, Value> TileBuilder::unpackPair(Value pair) {
  return {bits(shiftLeft(pair, 16), f32), bits(bitAnd(pair, int64_t(0xffff0000)), f32)};
}

Values TileBuilder::packPairs(ValueRange registers) {
  Values pairs;
  for (size_t i = 0; i + 1 < registers.size(); i += 2)
    pairs.push_back(packPair(registers[i], registers[i + 1]));
  return pairs;
}

Values TileBuilder::unpackPairs(ValueRange pairs) {
  Values registers;
  for (Value pair : pairs) {
    auto [low, high] = unpackPair(pair);
    registers.append({low, high});
  }
  return registers;
}

// ---- memory ----------------------------------------------------------------------------------------------

Value TileBuilder::at(Value pointer, Operand bytes) {
  if (bytes.isInteger(0))
    return pointer;
  LLVM::GEPArg offset = bytes.isNumber() && llvm::isInt<30>(bytes.asInteger())
                            ? LLVM::GEPArg(int32_t(bytes.asInteger()))
                            : LLVM::GEPArg(toIndex(bytes));
  return make<LLVM::GEPOp>(pointer.getType(), i8, pointer, ArrayRef<LLVM::GEPArg>{offset});
}

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

/// Calls access(first, count) for pieces of at most 16 bytes, counts being powers of two.
static void inPieces(int64_t n, int64_t elementBytes, function_ref<void(int64_t, int64_t)> access) {
  for (int64_t i = 0; i < n;) {
    int64_t count = 16 / elementBytes;
    while (count > n - i)
      count /= 2;
    access(i, count);
    i += count;
  }
}

/// `n` neighbouring elements of at most 16 bytes together, as they lie in memory.
static Values loadPiece(TileBuilder &k, Value pointer, Type element, int64_t n, bool constant) {
  unsigned alignment = n * bytesOf(element);
  Type type = n == 1 ? element : VectorType::get({n}, element);
  Value loaded = k.make<LLVM::LoadOp>(type, pointer, alignment, /*isVolatile=*/false, /*isNonTemporal=*/false,
                                      /*isInvariant=*/constant);
  if (n == 1)
    return {loaded};
  Values parts;
  for (int64_t i = 0; i < n; ++i)
    parts.push_back(k.make<LLVM::ExtractElementOp>(loaded, k.integer(i)));
  return parts;
}

static void storePiece(TileBuilder &k, ValueRange parts, Value pointer) {
  Type element = parts.front().getType();
  unsigned alignment = parts.size() * bytesOf(element);
  if (parts.size() == 1) {
    k.make<LLVM::StoreOp>(parts.front(), pointer, alignment);
    return;
  }
  Value vector = k.make<LLVM::UndefOp>(VectorType::get({int64_t(parts.size())}, element));
  for (auto [i, part] : llvm::enumerate(parts))
    vector = k.make<LLVM::InsertElementOp>(vector, part, k.integer(i));
  k.make<LLVM::StoreOp>(vector, pointer, alignment);
}

Values TileBuilder::load(Value pointer, Type element, int64_t n, bool constant) {
  Values result;
  inPieces(n, bytesOf(element), [&](int64_t first, int64_t count) {
    Value from = at(pointer, first * bytesOf(element));
    if (element != bf16)
      return result.append(loadPiece(*this, from, element, count, constant));
    if (count > 1)
      return result.append(unpackPairs(loadPiece(*this, from, i32, count / 2, constant)));
    Value half = loadPiece(*this, from, i16, 1, constant).front();
    result.push_back(bits(shiftLeft(make<arith::ExtUIOp>(i32, half), 16), f32));
  });
  return result;
}

void TileBuilder::store(ValueRange registers, Value pointer, Type element) {
  inPieces(registers.size(), bytesOf(element), [&](int64_t first, int64_t count) {
    ValueRange part = registers.slice(first, count);
    Value to = at(pointer, first * bytesOf(element));
    if (element != bf16)
      storePiece(*this, part, to);
    else if (count > 1)
      storePiece(*this, packPairs(part), to);
    else
      storePiece(*this, {make<arith::TruncFOp>(bf16, part.front())}, to);
  });
}

Value TileBuilder::loadScalar(Value pointer, Type element) { return load(pointer, element, 1).front(); }
void TileBuilder::storeScalar(Value x, Value pointer, Type element) { store(x, pointer, element); }

Values TileBuilder::loadWords(Value pointer, int64_t n, bool constant) {
  return load(pointer, i32, n, constant);
}
void TileBuilder::storeWords(ValueRange words, Value pointer) { store(words, pointer, i32); }

Value TileBuilder::constants(ArrayRef<int32_t> numbers) {
  auto function = b.getInsertionBlock()->getParent()->getParentOfType<LLVM::LLVMFuncOp>();
  std::string name = (function.getSymName() + "_constants").str();
  Operation *module = SymbolTable::getNearestSymbolTable(function->getParentOp());
  if (!SymbolTable::lookupSymbolIn(module, name)) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&module->getRegion(0).front());
    make<LLVM::GlobalOp>(LLVM::LLVMArrayType::get(i32, numbers.size()), /*isConstant=*/true,
                         LLVM::Linkage::Internal, name, b.getI32TensorAttr(numbers), /*alignment=*/16,
                         /*addrSpace=*/1);
  }
  return make<LLVM::AddressOfOp>(globalPtr, name);
}

Value TileBuilder::sharedMemory(Operand byteOffset) {
  constexpr StringLiteral name = "shared_memory";
  Operation *function = b.getInsertionBlock()->getParentOp();
  Operation *module = SymbolTable::getNearestSymbolTable(function);
  if (!SymbolTable::lookupSymbolIn(module, name)) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&module->getRegion(0).front());
    make<LLVM::GlobalOp>(LLVM::LLVMArrayType::get(i8, 0), /*isConstant=*/false, LLVM::Linkage::External, name,
                         Attribute(), /*alignment=*/1024, /*addrSpace=*/3);
  }
  return at(make<LLVM::AddressOfOp>(sharedPtr, name), byteOffset);
}

// ---- across threads --------------------------------------------------------------------------------------

static Value emitShuffle(TileBuilder &k, Value x, Value operand, NVVM::ShflKind kind) {
  return k.make<NVVM::ShflOp>(x.getType(), k.integer(-1), x, operand, k.integer(31), kind, UnitAttr());
}

Value TileBuilder::shuffleXor(Value x, int64_t laneMask) {
  return emitShuffle(*this, x, integer(laneMask), NVVM::ShflKind::bfly);
}
Value TileBuilder::shuffleDown(Value x, int64_t delta) {
  return emitShuffle(*this, x, integer(delta), NVVM::ShflKind::down);
}
Value TileBuilder::shuffle(Value x, Operand lane) {
  return emitShuffle(*this, x, materialize(lane, i32), NVVM::ShflKind::idx);
}

Value TileBuilder::reduceLanes(Value x, int64_t width, Combine combine) {
  for (int64_t distance = width / 2; distance > 0; distance /= 2)
    x = combine(x, shuffleXor(x, distance));
  return x;
}
Value TileBuilder::sumLanes(Value x, int64_t width) {
  return reduceLanes(x, width, [&](Value a, Value b) { return add(a, b); });
}
Value TileBuilder::maxLanes(Value x, int64_t width) {
  return reduceLanes(x, width, [&](Value a, Value b) { return max(a, b); });
}

/// Each warp's result goes to scratch, and each warp reduces all of them.
static Value reduceBlock(TileBuilder &k, Value x, int64_t threads, Value scratch, double neutral,
                         TileBuilder::Combine combine) {
  int64_t warps = threads / 32, width = llvm::PowerOf2Ceil(warps);
  x = k.reduceLanes(x, 32, combine);
  if (warps == 1)
    return x;
  Value lane = k.laneId(), warp = k.warpId();
  k.when(k.equal(lane, 0), [&] { k.storeScalar(x, k.at(scratch, k.mul(warp, 4)), k.f32); });
  k.barrier();
  Value i = k.bitAnd(lane, width - 1);
  Value part = k.loadScalar(k.at(scratch, k.mul(width == warps ? i : k.min(i, warps - 1), 4)), k.f32);
  if (width != warps)
    part = k.select(k.less(i, warps), part, neutral);
  Value total = k.reduceLanes(part, width, combine);
  k.barrier();
  return total;
}

Value TileBuilder::sumBlock(Value x, int64_t threads, Value scratch) {
  return reduceBlock(*this, x, threads, scratch, 0, [&](Value a, Value b) { return add(a, b); });
}
Value TileBuilder::maxBlock(Value x, int64_t threads, Value scratch) {
  return reduceBlock(*this, x, threads, scratch, -INFINITY, [&](Value a, Value b) { return max(a, b); });
}
Value TileBuilder::anyInWarp(Value condition) {
  return make<NVVM::VoteSyncOp>(i1, integer(-1), condition, NVVM::VoteSyncKind::any);
}

Value TileBuilder::countInBlock(Value condition) {
  return ptx({i32}, "{\n.reg .pred p;\nsetp.ne.b32 p, $1, 0;\nbarrier.cta.red.popc.aligned.u32 $0, 0, p;\n}",
             {make<arith::ExtUIOp>(i32, condition)})[0];
}

Value TileBuilder::lanesWithSame(Value x) {
  return ptx({i32}, "match.any.sync.b32 $0, $1, 0xffffffff;", {x})[0];
}
Value TileBuilder::lanesBelow() {
  return ptx({i32}, "mov.u32 $0, %lanemask_lt;", {}, /*sideEffects=*/false)[0];
}
Value TileBuilder::countBits(Value x) { return make<LLVM::CtPopOp>(x); }

Value TileBuilder::sumScatter(ValueRange x, int64_t stride) {
  Values sums(x);
  while (sums.size() > 1) {
    const size_t half = sums.size() / 2;
    Value isUpper = equal(bitAnd(shiftRight(laneId(), llvm::Log2_64(half * stride)), 1), 1);
    Values kept;
    for (size_t i = 0; i < half; ++i) {
      Value given = select(isUpper, sums[i], sums[half + i]);
      kept.push_back(add(select(isUpper, sums[half + i], sums[i]), shuffleXor(given, half * stride)));
    }
    sums = kept;
  }
  return sums.front();
}

} // namespace samba::gpu
