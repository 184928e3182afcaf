//===- LaneBuilder.h - the vocabulary in which host kernels are written --------------------------------===//
//
// A kernel for x86-64 is straight text over three kinds of values:
//
//   scalar   f32, i64 or i1    one number: a loop counter, an offset, a row's maximum
//   lanes    vector<L x f32>   L neighbouring channels of one row, one register (L = 16: AVX-512, 8: AVX2)
//   pointer  !llvm.ptr         where a tensor, a table or the scratch memory begins
//
// and LaneBuilder is the language of that text: an OpBuilder whose methods are the instructions (arithmetic
// and loops come from ScalarBuilder). The number of lanes is a property of the builder, never of the kernel,
// so one text gives both instruction sets:
//
//     Value total = k.overLanes(n, {k.splat(0.0)}, [&](Value i, Value mask, ValueRange acc) -> Values {
//       Value x = k.load(k.at(row, i), mask);              // [L]   mask: null, or the ragged end of the row
//       return {k.fma(x, x, acc[0])};
//     })[0];
//     k.store(k.div(k.sum(total), double(n)), out);         // mean of squares, one f32
//
// The rules that keep such texts short:
//
//   1. Arithmetic is polymorphic. add, mul, less, select take scalars or lanes of f32, f64, i32 and i64;
//   where
//      one operand is a scalar and the other is lanes the scalar is broadcast, and a C++ number becomes a
//      constant of the other operand's type. The functions (exp, silu and so on) take f32, scalar or lanes.
//   2. Memory is a pointer and an offset in elements: at(p, i) is &p[i]. No alignment is assumed, no type is
//      attached to a pointer, offsets are i64: a tensor past 2^31 elements is ordinary.
//   3. Loops are scf.for over i64 and carry their values: nothing is stored to be read in the next round.
//   4. The ragged end of a row is a mask, made by overLanes when L does not divide the length; masked-off
//      lanes load as zero and are not stored. The main loop has a null mask and costs nothing.
//   5. min, max and clamp are one instruction each: where a is NaN or b is NaN the result is b.
//
// Everything that knows about instructions (exponent bits, vscalefps, shuffles, mask registers) stands in
// this folder.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/tile/ScalarBuilder.h"

namespace samba::host {

using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
using samba::Operand;
using samba::Values;

/// The instructions of a host kernel; see the essay above.
class LaneBuilder : public ScalarBuilder {
public:
  /// `builder` stands in a module or in a function of it. `lanes`: 16 (AVX-512) or 8 (AVX2 and FMA).
  LaneBuilder(mlir::OpBuilder builder, mlir::Location loc, int64_t lanes);

  const int64_t lanes;
  const Type ptr;

  bool isAvx512() const { return lanes == 16; }
  /// vector<lanes x element>.
  Type lanesOf(Type element) const { return mlir::VectorType::get({lanes}, element); }

  // ---- constants ---------------------------------------------------------------------------------------
  Value splat(Operand scalar); ///< all lanes equal; a number becomes f32 lanes
  Value iota(Type element);    ///< lanes 0, 1, ..., L-1 of i32 or i64
  /// A read-only table in the module, 64-byte aligned; returns its address. Equal tables are shared.
  Value table(llvm::ArrayRef<float> values);
  Value table(llvm::ArrayRef<double> values);

  // ---- memory (rule 2) -----------------------------------------------------------------------------------
  Value at(Value pointer, Operand offset, Type element = {});    ///< &pointer[offset]; element: f32
  Value load(Value pointer, Value mask = {}, Type element = {}); ///< lanes from pointer[0 ... L-1]
  Value loadScalar(Value pointer, Type type = {});               ///< pointer[0], f32
  void store(Value value, Value pointer, Value mask = {});       ///< lanes or a scalar
  /// Lanes 0 ... count-1 on. `count`: i64, may exceed L.
  Value maskBelow(Operand count);
  void prefetch(Value pointer); ///< into the first-level cache

  // ---- across lanes --------------------------------------------------------------------------------------
  Value sum(Value lanes); ///< a fixed tree: the same bits in every run
  Value maximum(Value lanes);
  Value extract(Value lanes, int64_t lane);
  Value shuffle(Value x, Value y, llvm::ArrayRef<int32_t> pick); ///< pick[i] < L from x, else from y
  /// rows[i][j] -> result[j][i]; rows.size() == L.
  Values transpose(Values rows);
  /// Lane i of the result is sum(rows[i]), at a third of the price; rows.size() == L.
  Value sumEach(Values rows);

  // ---- control (rules 3 and 4) ---------------------------------------------------------------------------
  using LanesBody = std::function<Values(Value i, Value mask, ValueRange carried)>;
  /// body(i, mask) for i = 0, L, 2L, ... below n (static), the ragged end masked.
  Values overLanes(int64_t n, ValueRange initial, const LanesBody &body);
  void overLanes(int64_t n, llvm::function_ref<void(Value i, Value mask)> body);
  /// The same for a length known only at run time.
  Values overLanes(Value n, ValueRange initial, const LanesBody &body);
  void overLanes(Value n, llvm::function_ref<void(Value i, Value mask)> body);

  // ---- functions of f32, scalar or lanes (LaneMath.cpp; errors measured over all of their range) --------
  Value exp2(Value x);    ///< 2^x, 7 instructions with AVX-512; error 2.4 ulp; 2^-inf = 0, overflow = inf
  Value exp(Value x);     ///< e^x, 13 instructions; error 1.3 ulp; prefer exp2 where a scale can be folded in
  Value log(Value x);     ///< natural; error 1 ulp; x normal and positive, 0 gives -inf, below 0 gives NaN
  Value sigmoid(Value x); ///< 1 / (1 + e^-x)
  Value silu(Value x);    ///< x sigmoid(x)
  Value softplus(Value x); ///< log(1 + e^x) without overflow or cancellation
  Value sqrt(Value x);
  Value rsqrt(Value x); ///< 1 / sqrt(x), both correctly rounded
  /// Sine and cosine, f32, of an angle in f64 (lanes or scalar), |angle| below 2^31: reduced in f64.
  std::pair<Value, Value> sinCos(Value angle);

  // ---- functions of the module ---------------------------------------------------------------------------
  /// Calls `name`, a private function of the module whose text `emit` writes when the first caller needs it.
  /// `emit` gets a builder standing in the body and the arguments; every argument keeps the type it is called
  /// with.
  void call(llvm::StringRef name, ValueRange arguments,
            llvm::function_ref<void(LaneBuilder &k, ValueRange arguments)> emit);

protected:
  mlir::ModuleOp module; ///< in which the text stands

private:
  Value onLanes(Value x, llvm::function_ref<Value(Value)> function);
  Value intrinsic(llvm::StringRef name, Type result, ValueRange arguments);
  Value horner(Value x, llvm::ArrayRef<double> coefficients);
  Value floor(Value x);
  Value scaleByPowerOf2(Value x, Value power);
  Value atanhTail(Value square);
  Value addressOfTable(mlir::DenseElementsAttr values);
  std::pair<Value, Value> exchange(Value x, Value y, int64_t bit);
};

} // namespace samba::host
