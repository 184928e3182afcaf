//===- Embedding.cpp - Token embedding and its gradient -------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectShape(loc, "table", adaptor.getTable(), {anySize, anySize})))
    return failure();
  SmallVector<int64_t> shape(shapeOf(adaptor.getTokens()));
  shape.push_back(shapeOf(adaptor.getTable())[1]);
  types.push_back(f32Tensor(context, shape));
  return success();
}
int64_t EmbeddingOp::flops() { return 0; }
/// One row of the table for each token.
int64_t EmbeddingOp::elementsRead(unsigned operand) {
  return operand == 0 ? elementsOf(getTokens()) : std::min(elementsOf(getX()), elementsOf(getTable()));
}

void EmbeddingOp::differentiate(OpBuilder &builder, ArrayRef<Value> cotangents,
                                SmallVectorImpl<Value> &operands) {
  Value dtable =
      EmbeddingGradOp::create(builder, getLoc(), getTokens(), cotangents[0], shapeOf(getTable())[0]);
  operands.assign({nullptr, dtable});
}

LogicalResult EmbeddingGradOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  SmallVector<int64_t> expected(shapeOf(adaptor.getTokens()));
  expected.push_back(anySize);
  if (failed(expectShape(loc, "dx", adaptor.getDx(), expected)) ||
      failed(expectPositive(loc, "vocab_size", adaptor.getVocabSize())))
    return failure();
  types.push_back(f32Tensor(context, {int64_t(adaptor.getVocabSize()), shapeOf(adaptor.getDx()).back()}));
  return success();
}
int64_t EmbeddingGradOp::flops() { return elementsOf(getDx()); }
