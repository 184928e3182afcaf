//===- Elementwise.cpp - Element-wise ops and their cotangents ------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

/// A channel vector [C] beside a tensor of higher rank stands for itself in every row.
static bool isChannelVector(Value b, Value a) { return shapeOf(b).size() == 1 && shapeOf(a).size() > 1; }

static LogicalResult inferUnary(Value x, SmallVectorImpl<Type> &types) {
  types.push_back(x.getType());
  return success();
}

static LogicalResult inferBinary(std::optional<Location> loc, Value a, Value b,
                                 SmallVectorImpl<Type> &types) {
  if (isChannelVector(b, a) ? failed(expectShape(loc, "b", b, {shapeOf(a).back()}))
                            : failed(expectShape(loc, "b", b, shapeOf(a))))
    return failure();
  types.push_back(a.getType());
  return success();
}

/// The cotangent of operand b: summed over rows where b is a channel vector.
static Value reduceLike(OpBuilder &builder, Location loc, Value cotangent, Value b) {
  return isChannelVector(b, cotangent) ? SumRowsOp::create(builder, loc, cotangent).getResult() : cotangent;
}

#define SAMBA_UNARY(Op, flopsPerElement)                                                                     \
  LogicalResult Op::inferReturnTypes(MLIRContext *, std::optional<Location>, Op::Adaptor adaptor,            \
                                     SmallVectorImpl<Type> &types) {                                         \
    return inferUnary(adaptor.getX(), types);                                                                \
  }                                                                                                          \
  int64_t Op::flops() { return flopsPerElement * elementsOf(getY()); }

#define SAMBA_BINARY(Op, flopsPerElement)                                                                    \
  LogicalResult Op::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Op::Adaptor adaptor,        \
                                     SmallVectorImpl<Type> &types) {                                         \
    return inferBinary(loc, adaptor.getA(), adaptor.getB(), types);                                          \
  }                                                                                                          \
  int64_t Op::flops() { return flopsPerElement * elementsOf(getY()); }

SAMBA_UNARY(CopyOp, 0)
SAMBA_UNARY(ConvertOp, 0)
SAMBA_UNARY(NegOp, 1)
SAMBA_UNARY(ExpOp, 1)
SAMBA_UNARY(SiluOp, 4)
SAMBA_UNARY(SoftplusOp, 3)
SAMBA_BINARY(AddOp, 1)
SAMBA_BINARY(MulOp, 1)
SAMBA_BINARY(SiluGradOp, 7)
SAMBA_BINARY(SoftplusGradOp, 3)

#undef SAMBA_UNARY
#undef SAMBA_BINARY

void AddOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents, SmallVectorImpl<Value> &operands) {
  operands.assign({cotangents[0], reduceLike(builder, getLoc(), cotangents[0], getB())});
}
// Adding two whole tensors is not worth running again: it would keep two tensors instead of one.
bool AddOp::isRecomputable() { return isChannelVector(getB(), getA()); }

void MulOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents, SmallVectorImpl<Value> &operands) {
  Value da = MulOp::create(builder, getLoc(), cotangents[0], getB());
  Value db = MulOp::create(builder, getLoc(), cotangents[0], getA());
  operands.assign({da, reduceLike(builder, getLoc(), db, getB())});
}
bool MulOp::isRecomputable() { return true; }

void NegOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents, SmallVectorImpl<Value> &operands) {
  operands.assign({NegOp::create(builder, getLoc(), cotangents[0])});
}
bool NegOp::isRecomputable() { return true; }

void ExpOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents, SmallVectorImpl<Value> &operands) {
  operands.assign({MulOp::create(builder, getLoc(), cotangents[0], getY())});
}
bool ExpOp::isRecomputable() { return true; }

void SiluOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents, SmallVectorImpl<Value> &operands) {
  operands.assign({SiluGradOp::create(builder, getLoc(), getX(), cotangents[0])});
}
bool SiluOp::isRecomputable() { return true; }

void SoftplusOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                               SmallVectorImpl<Value> &operands) {
  operands.assign({SoftplusGradOp::create(builder, getLoc(), getY(), cotangents[0])});
}
bool SoftplusOp::isRecomputable() { return true; }
