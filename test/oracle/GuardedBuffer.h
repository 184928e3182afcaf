//===- GuardedBuffer.h - A kernel argument whose surroundings are watched -------------------------------===//
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "test/oracle/Tensor.h"

namespace samba::oracle {

/// The memory of one launch argument: rows `rowStride` elements apart, a guard before and after, and poison
/// (a NaN, or -1) in every byte that holds no element. A channel slice begins off any alignment but its
/// element's.
class GuardedBuffer {
public:
  GuardedBuffer(mlir::RankedTensorType type, int64_t rowStride);

  /// Where element 0 lies.
  void *data() { return bytes.data() + begin; }
  /// Poisons everything, then writes the elements.
  void fill(const Tensor &values);
  void poison();
  Tensor read() const;
  /// Whether all bytes that hold no element are still poisoned.
  bool guardsIntact() const;

private:
  template <typename Visit> void overElements(Visit visit) const;

  mlir::RankedTensorType type;
  int64_t rows, channels, rowStride, elementBytes, begin;
  std::vector<char> bytes;
};

} // namespace samba::oracle
