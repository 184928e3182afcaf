//===- Storage.h - How values of a tensor are stored ----------------------------------------------------===//
#pragma once

#include "mlir/IR/TypeUtilities.h"
#include "test/oracle/Tensor.h"
#include <cmath>
#include <cstring>

namespace samba::oracle {

/// The bits of the bfloat16 nearest to `x`, ties to even.
inline uint16_t bf16Bits(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if (std::isnan(x))
    return uint16_t(bits >> 16 | 0x40); // the rounding below could carry a NaN into an infinity
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float fromBf16Bits(uint16_t half) {
  uint32_t bits = uint32_t(half) << 16;
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// `x` as a tensor with elements of this type holds it.
inline double stored(mlir::Type element, double x) {
  return element.isBF16() ? fromBf16Bits(bf16Bits(float(x))) : element.isF32() ? float(x) : x;
}

inline void store(mlir::Type type, Tensor &tensor) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  if (llvm::isa<mlir::FloatType>(element))
    for (double &x : tensor.data)
      x = stored(element, x);
}

inline bool isBf16(mlir::Type type) { return mlir::getElementTypeOrSelf(type).isBF16(); }

} // namespace samba::oracle
