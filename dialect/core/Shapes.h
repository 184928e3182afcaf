//===- Shapes.h - Shape inference helpers for core ops --------------------------------------------------===//
#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/TypeRange.h"
#include <optional>

namespace samba {

/// Matches any size in an expected shape.
constexpr int64_t anySize = mlir::ShapedType::kDynamic;

/// The shape of a tensor-typed value.
inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

/// Fails with "operand 'w' expected shape [?, 128], got [512, 64]" unless `value` has the shape.
llvm::LogicalResult expectShape(std::optional<mlir::Location> loc, llvm::StringRef operand, mlir::Value value,
                                llvm::ArrayRef<int64_t> expected);

/// Fails with "operand 'x' expected at least 1 dimension, got 0" if `value` has fewer dimensions.
llvm::LogicalResult expectRank(std::optional<mlir::Location> loc, llvm::StringRef operand, mlir::Value value,
                               size_t atLeast = 1);

/// Fails with "attribute 'window' expected a positive integer, got 0".
llvm::LogicalResult expectPositive(std::optional<mlir::Location> loc, llvm::StringRef attribute,
                                   int64_t value);

/// Fails unless `documents`, if there are any, is [B, T] as the op's operand `x` [B, T, ..] has them.
llvm::LogicalResult expectDocuments(std::optional<mlir::Location> loc, mlir::Value documents, mlir::Value x);

/// `cotangent`, or zeros like `value` where the loss does not depend on it.
mlir::Value orZero(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value cotangent, mlir::Value value);

/// tensor<shape x f32>.
mlir::Type f32Tensor(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> shape);

/// Elements of a tensor- or memref-typed value's type.
inline int64_t elementsOf(mlir::Value value) {
  return llvm::cast<mlir::ShapedType>(value.getType()).getNumElements();
}

/// All leading dimensions collapsed: the rows of [.., C].
inline int64_t rowsOf(mlir::Value value) { return elementsOf(value) / shapeOf(value).back(); }

} // namespace samba
