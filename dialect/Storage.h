//===- Storage.h - How a target of mixed precision stores results ---------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeRange.h"

namespace samba {

/// How an op wants a float result stored by a target of mixed precision.
enum class Storage {
  exact,      ///< f32
  activation, ///< bf16
  residual,   ///< as the model's `residual` says
  likeFirst,  ///< as the first operand
  promoted,   ///< f32 if an operand of the same shape is, otherwise bf16
};

/// Whether two lists of types agree in everything but which float type an element is stored as.
inline bool haveEqualShapes(mlir::TypeRange a, mlir::TypeRange b) {
  return llvm::equal(a, b, [](mlir::Type x, mlir::Type y) {
    auto xs = llvm::dyn_cast<mlir::RankedTensorType>(x), ys = llvm::dyn_cast<mlir::RankedTensorType>(y);
    if (!xs || !ys)
      return x == y;
    mlir::Type xe = xs.getElementType(), ye = ys.getElementType();
    return xs.getShape() == ys.getShape() &&
           (xe == ye || (llvm::isa<mlir::FloatType>(xe) && llvm::isa<mlir::FloatType>(ye)));
  });
}

} // namespace samba
