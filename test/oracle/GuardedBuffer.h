//===- GuardedBuffer.h - A kernel argument whose surroundings are watched -------------------------------===//
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "test/oracle/Tensor.h"
#include <memory>

namespace samba::oracle {

/// The memory of one launch argument: rows `rowStride` elements apart, a guard before and after, and poison
/// (a NaN in f32 and in bf16, or -1) in every byte that holds no element. Where the rows are those of a
/// channel slice, element 0 lies `alignment` bytes behind a multiple of 256, otherwise on one.
class GuardedBuffer {
public:
  GuardedBuffer(mlir::RankedTensorType type, int64_t rowStride, int64_t alignment);

  /// Everything, guards included; begins at a multiple of 256 bytes.
  char *image() { return bytes.get(); }
  int64_t imageBytes() const { return size; }
  /// Where in the image element 0 lies.
  int64_t offset() const { return begin; }

  /// Poisons everything, then writes the elements.
  void fill(const Tensor &values);
  void poison();
  Tensor read() const;
  /// Whether all bytes that hold no element are still poisoned.
  bool guardsIntact() const;

private:
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };

  template <typename Visit> void overElements(Visit visit) const;
  template <typename Visit> void withElementType(Visit visit) const;

  mlir::RankedTensorType type;
  int64_t rows, channels, rowStride, elementBytes, begin, size;
  std::unique_ptr<char[], Free> bytes;
};

} // namespace samba::oracle
