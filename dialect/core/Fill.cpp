//===- Fill.cpp - Constants and counters ----------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"

using namespace mlir;
using namespace samba;

int64_t FillOp::flops() { return 0; }

LogicalResult AdvanceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  if (failed(expectShape(loc, "position", adaptor.getPosition(), {anySize})) ||
      failed(expectPositive(loc, "count", adaptor.getCount())))
    return failure();
  types.push_back(adaptor.getPosition().getType());
  return success();
}
int64_t AdvanceOp::flops() { return 0; }
int64_t AdvanceOp::inPlaceOperand(unsigned) { return 0; }

LogicalResult ChunkStartsOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectPositive(loc, "batch", adaptor.getBatch())) ||
      failed(expectPositive(loc, "tokens", adaptor.getTokens())) ||
      failed(expectPositive(loc, "chunk", adaptor.getChunk())))
    return failure();
  SmallVector<int64_t> shape = {int64_t(adaptor.getBatch()), int64_t(adaptor.getTokens())};
  Value position = adaptor.getPosition(), documents = adaptor.getDocuments();
  if (position && documents)
    return emitOptionalError(loc, "expected 'position' or 'documents', got both");
  if ((position && failed(expectShape(loc, "position", position, {shape[0]}))) ||
      (documents && failed(expectShape(loc, "documents", documents, shape))))
    return failure();
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 32)));
  return success();
}
int64_t ChunkStartsOp::flops() { return 0; }

// A constant depends on nothing.
void FillOp::differentiate(OpBuilder &, ArrayRef<Value>, SmallVectorImpl<Value> &) {}
