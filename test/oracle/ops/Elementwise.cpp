//===- Elementwise.cpp - y[.., c] = f(a[.., c], b[.., c] or b[c]) --------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

template <typename Op, double (*f)(double)> static void unary(Op, Operands in, Results out) {
  for (int64_t i = 0; i < in[0].elements(); ++i)
    out[0].data[i] = f(in[0].data[i]);
}

template <typename Op, double (*f)(double, double)> static void binary(Op, Operands in, Results out) {
  const Tensor &a = in[0], &b = in[1];
  // A channel vector is one row, which stands for itself in every row.
  for (int64_t r = 0; r < a.rows(); ++r)
    for (int64_t c = 0; c < a.channels(); ++c)
      out[0].row(r)[c] = f(a.row(r)[c], b.row(b.rows() == 1 ? 0 : r)[c]);
}

static double copy(double x) { return x; }
static double neg(double x) { return -x; }
static double silu(double x) { return x * sigmoid(x); }
static double exponential(double x) { return std::exp(x); }
// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which never overflows.
static double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

static double add(double a, double b) { return a + b; }
static double mul(double a, double b) { return a * b; }
static double siluGrad(double a, double b) {
  double s = sigmoid(a);
  return b * s * (1 + a * (1 - s));
}
static double softplusGrad(double a, double b) { return b * -std::expm1(-a); }

static Tensor drawPositive(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawUniform(shape, random, 0.001, 3);
}

void samba::oracle::registerElementwise(Semantics &semantics) {
  semantics.add(limit::elementwise, unary<CopyOp, copy>);
  semantics.add(limit::elementwise, unary<ConvertOp, copy>);
  semantics.add(limit::elementwise, unary<NegOp, neg>);
  semantics.add(limit::elementwise, unary<ExpOp, exponential>);
  semantics.add(limit::elementwise, unary<SiluOp, silu>);
  semantics.add(limit::elementwise, unary<SoftplusOp, softplus>);
  semantics.add(limit::elementwise, binary<AddOp, add>);
  semantics.add(limit::elementwise, binary<MulOp, mul>);
  semantics.add(limit::elementwise, binary<SiluGradOp, siluGrad>);
  // Its first operand is a result of softplus.
  semantics.add(limit::elementwise, binary<SoftplusGradOp, softplusGrad>).draw(0, drawPositive);
}
