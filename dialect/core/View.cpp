//===- View.cpp - Channel slices ------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

/// The slices' leading sizes equal the wide value's, and their widths add up to its.
static LogicalResult verifySlices(Operation *op, Value wide, ValueRange slices) {
  if (failed(expectRank(op->getLoc(), "x", wide)))
    return failure();
  int64_t width = 0;
  for (auto [index, slice] : llvm::enumerate(slices)) {
    SmallVector<int64_t> expected(shapeOf(wide));
    expected.back() = anySize;
    if (failed(expectShape(op->getLoc(), "slice " + std::to_string(index), slice, expected)))
      return failure();
    width += shapeOf(slice).back();
  }
  if (width != shapeOf(wide).back())
    return op->emitOpError("expected slices of ")
           << shapeOf(wide).back() << " channels altogether, got " << width;
  return success();
}

void SplitOp::build(OpBuilder &builder, OperationState &state, Value x, ArrayRef<int64_t> widths) {
  state.addOperands(x);
  SmallVector<int64_t> shape(shapeOf(x));
  for (int64_t width : widths) {
    shape.back() = width;
    state.addTypes(f32Tensor(builder.getContext(), shape));
  }
}
LogicalResult SplitOp::verify() { return verifySlices(*this, getX(), getParts()); }
Value SplitOp::wide() { return getX(); }
SmallVector<Value> SplitOp::slices() { return SmallVector<Value>(getParts()); }

bool SplitOp::takesCotangent(unsigned) { return true; }
void SplitOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                            SmallVectorImpl<Value> &operands) {
  SmallVector<Value> parts(cotangents);
  for (auto [part, slice] : llvm::zip(parts, getParts()))
    part = orZero(builder, getLoc(), part, slice);
  operands.assign({ConcatOp::create(builder, getLoc(), parts)});
}

void ConcatOp::build(OpBuilder &builder, OperationState &state, ValueRange parts) {
  state.addOperands(parts);
  SmallVector<int64_t> shape(shapeOf(parts.front()));
  for (Value part : parts.drop_front())
    shape.back() += shapeOf(part).back();
  state.addTypes(f32Tensor(builder.getContext(), shape));
}
LogicalResult ConcatOp::verify() { return verifySlices(*this, getX(), getParts()); }
Value ConcatOp::wide() { return getX(); }
SmallVector<Value> ConcatOp::slices() { return SmallVector<Value>(getParts()); }

void ConcatOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                             SmallVectorImpl<Value> &operands) {
  SmallVector<int64_t> widths;
  for (Value part : getParts())
    widths.push_back(shapeOf(part).back());
  llvm::append_range(operands, SplitOp::create(builder, getLoc(), cotangents[0], widths).getResults());
}
