//===- Shapes.cpp - Shape inference helpers for core ops ------------------------------------------------===//
#include "dialect/core/Shapes.h"
#include "dialect/Samba.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

static std::string text(ArrayRef<int64_t> shape) {
  std::string result;
  llvm::raw_string_ostream os(result);
  os << '[';
  llvm::interleaveComma(shape, os, [&](int64_t size) {
    if (size == samba::anySize)
      os << '?';
    else
      os << size;
  });
  os << ']';
  return result;
}

LogicalResult samba::expectShape(std::optional<Location> loc, StringRef operand, Value value,
                                 ArrayRef<int64_t> expected) {
  ArrayRef<int64_t> got = shapeOf(value);
  bool same = got.size() == expected.size() && llvm::all_of(llvm::zip(got, expected), [](auto pair) {
                auto [have, want] = pair;
                return want == anySize || have == want;
              });
  if (same)
    return success();
  return emitOptionalError(loc, "operand '", operand, "' expected shape ", text(expected), ", got ",
                           text(got));
}

LogicalResult samba::expectRank(std::optional<Location> loc, StringRef operand, Value value, size_t atLeast) {
  size_t rank = shapeOf(value).size();
  if (rank >= atLeast)
    return success();
  return emitOptionalError(loc, "operand '", operand, "' expected at least ", atLeast,
                           atLeast == 1 ? " dimension, got " : " dimensions, got ", rank);
}

LogicalResult samba::expectPositive(std::optional<Location> loc, StringRef attribute, int64_t value) {
  if (value > 0)
    return success();
  return emitOptionalError(loc, "attribute '", attribute, "' expected a positive integer, got ", value);
}

LogicalResult samba::expectDocuments(std::optional<Location> loc, Value documents, Value x) {
  return documents ? expectShape(loc, "documents", documents, shapeOf(x).take_front(2)) : success();
}

Value samba::orZero(OpBuilder &builder, Location loc, Value cotangent, Value value) {
  return cotangent ? cotangent : FillOp::create(builder, loc, value.getType(), builder.getF64FloatAttr(0));
}

Type samba::f32Tensor(MLIRContext *context, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, Float32Type::get(context));
}
