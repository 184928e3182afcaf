//===- ScalarBuilder.h - arithmetic and control that all kernel vocabularies share -----------------===//
//
// An OpBuilder whose methods are arithmetic and structured control. Arithmetic is polymorphic: add, mul, less
// and select take f32, f64, i32 and i64, scalar or vector; where one operand is a scalar and the other is a
// vector the scalar is broadcast, and a C++ number becomes a constant of the other operand's type. Loops are
// scf.for and carry their values. LaneBuilder (host) and TileBuilder (gpu) add the machine.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include <functional>

namespace samba {

using Values = llvm::SmallVector<mlir::Value>;

/// A Value, or a number that takes the type of the other operand.
class Operand {
public:
  Operand(mlir::Value value) : value(value) {}
  Operand(double number) : number(number) {}
  Operand(float number) : number(number) {}
  Operand(int number) : number(number) {}
  Operand(int64_t number) : number(double(number)), integer(number) {}

  bool isNumber() const { return !value; }
  bool isInteger(int64_t n) const { return !value && integer == n; }
  int64_t asInteger() const { return integer; }
  double asNumber() const { return number; }
  mlir::Value asValue() const { return value; }

private:
  mlir::Value value;
  double number = 0;
  int64_t integer = int64_t(number);
};

class ScalarBuilder {
public:
  using Type = mlir::Type;
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;

  /// `builder` stands in a function. `counter`: the type of a loop's counter whose bounds are all numbers.
  ScalarBuilder(mlir::OpBuilder builder, mlir::Location loc, Type counter);
  virtual ~ScalarBuilder() = default;

  mlir::OpBuilder b;
  mlir::Location loc;
  const Type f32, f64, i1, i32, i64;

  template <class Op, class... Args> auto make(Args &&...args) {
    return Op::create(b, loc, std::forward<Args>(args)...);
  }

  // ---- constants ---------------------------------------------------------------------------------------
  Value index(int64_t value);                              ///< i64
  Value toIndex(Operand x) { return materialize(x, i64); } ///< a number or an i64 Value as i64
  Value number(double value);                              ///< f32
  Value constant(Type type, double value);                 ///< any numeric type, scalar or vector

  // ---- arithmetic ----------------------------------------------------------------------------------------
  Value add(Operand x, Operand y);
  Value sub(Operand x, Operand y);
  Value mul(Operand x, Operand y);
  Value div(Operand x, Operand y); ///< integers: both non-negative
  Value rem(Operand x, Operand y); ///< integers, both non-negative
  virtual Value min(Operand x, Operand y);
  virtual Value max(Operand x, Operand y);
  Value clamp(Value x, double low, double high) { return min(high, max(low, x)); } ///< NaN stays NaN
  Value neg(Value x);
  Value abs(Value x);                         ///< floats
  Value fma(Operand x, Operand y, Operand z); ///< x * y + z, rounded once
  Value less(Operand x, Operand y);           ///< integers: signed
  Value lessEqual(Operand x, Operand y);
  Value equal(Operand x, Operand y);
  Value both(Value p, Value q); ///< and of i1, of masks, of integers
  Value either(Value p, Value q);
  Value select(Value condition, Operand x, Operand y);
  Value toFloat(Value x, Type element = {}); ///< signed integer or other float -> f32 (or `element`)
  Value toInteger(Value x,
                  Type element = {}); ///< towards zero; default i64; i64 -> i32 truncates, i32 -> i64 extends
  Value bits(Value x, Type element);  ///< the same bits as another element type

  // ---- control -------------------------------------------------------------------------------------------
  using Body = std::function<Values(Value i, ValueRange carried)>;
  /// for (i = low; i < high; i += step) carried = body(i, carried). Returns the last values.
  Values loop(Operand low, Operand high, Operand step, ValueRange initial, const Body &body);
  void loop(Operand low, Operand high, Operand step, llvm::function_ref<void(Value i)> body);
  void when(Value condition, llvm::function_ref<void()> then);
  Values choose(Value condition, llvm::function_ref<Values()> then, llvm::function_ref<Values()> otherwise);

protected:
  /// Both operands as Values of one shape.
  std::pair<Value, Value> unify(const Operand &x, const Operand &y);
  /// A number as a constant of `type`; a scalar Value broadcast where `type` is a vector.
  Value materialize(const Operand &x, Type type);

private:
  template <class IntOp, class FloatOp> Value binary(const Operand &x, const Operand &y);
  Value compare(mlir::arith::CmpIPredicate ints, mlir::arith::CmpFPredicate floats, const Operand &x,
                const Operand &y);

  const Type counter;
};

} // namespace samba
