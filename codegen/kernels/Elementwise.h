//===- Elementwise.h - the equations of the element-wise ops, for both targets --------------------------===//
#pragma once

#include "dialect/Samba.h"

namespace samba {

/// y = f(x, ..), by a Builder of single numbers or of lanes of them, f32.
template <class Builder> struct ElementwiseEquations {
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;

  static Value add(Builder &k, ValueRange x) { return k.add(x[0], x[1]); }
  static Value mul(Builder &k, ValueRange x) { return k.mul(x[0], x[1]); }
  static Value identity(Builder &, ValueRange x) { return x[0]; }
  static Value neg(Builder &k, ValueRange x) { return k.neg(x[0]); }
  static Value exp(Builder &k, ValueRange x) { return k.exp(x[0]); }
  static Value silu(Builder &k, ValueRange x) { return k.silu(x[0]); }
  static Value softplus(Builder &k, ValueRange x) { return k.softplus(x[0]); }

  /// b s (1 + a (1 - s)), s = sigmoid(a)
  static Value siluGrad(Builder &k, ValueRange x) {
    Value a = x[0], b = x[1], s = k.sigmoid(a);
    return k.mul(k.mul(b, s), k.fma(a, k.sub(1, s), 1));
  }

  /// b (1 - exp(-a)), a = softplus's result; where a is small by the series, in which nothing cancels
  static Value softplusGrad(Builder &k, ValueRange x) {
    Value a = x[0], negative = k.neg(a), series = k.fma(negative, 1.0 / 120, 1.0 / 24);
    for (double factorial : {6, 2, 1})
      series = k.fma(negative, series, 1 / factorial);
    return k.mul(x[1], k.select(k.less(a, 0.125), k.mul(a, series), k.sub(1, k.exp(negative))));
  }
};

/// Attaches to each element-wise op Model<Op, equation>, its external model.
template <class Builder, template <class Op, mlir::Value (*)(Builder &, mlir::ValueRange)> class Model>
void attachEquations(mlir::MLIRContext &context) {
  using Equations = ElementwiseEquations<Builder>;
  AddOp::attachInterface<Model<AddOp, Equations::add>>(context);
  MulOp::attachInterface<Model<MulOp, Equations::mul>>(context);
  CopyOp::attachInterface<Model<CopyOp, Equations::identity>>(context);
  ConvertOp::attachInterface<Model<ConvertOp, Equations::identity>>(context);
  NegOp::attachInterface<Model<NegOp, Equations::neg>>(context);
  ExpOp::attachInterface<Model<ExpOp, Equations::exp>>(context);
  SiluOp::attachInterface<Model<SiluOp, Equations::silu>>(context);
  SoftplusOp::attachInterface<Model<SoftplusOp, Equations::softplus>>(context);
  SiluGradOp::attachInterface<Model<SiluGradOp, Equations::siluGrad>>(context);
  SoftplusGradOp::attachInterface<Model<SoftplusGradOp, Equations::softplusGrad>>(context);
}

} // namespace samba
