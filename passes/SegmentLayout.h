//===- SegmentLayout.h - Where parameters and states lie in their segments ------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringMap.h"

namespace samba {

/// Every buffer starts at a multiple of this: a cache line, and the widest vector.
constexpr int64_t bufferAlignment = 64;
inline int64_t alignBuffer(int64_t bytes) {
  return (bytes + bufferAlignment - 1) / bufferAlignment * bufferAlignment;
}
int64_t bytesOf(mlir::ShapedType type);
/// Of one element: f32, bf16, i32 or i64.
inline int64_t elementBytes(mlir::Type element) { return element.getIntOrFloatBitWidth() / 8; }

/// The type that a matrix is stored as: long rows begin at multiples of 8 elements, which is where the GPU's
/// copy engine can fetch them in bf16. What is behind a row's own channels stays zero in parameters, their
/// gradients and their moments, and is nobody's elsewhere.
mlir::RankedTensorType withRowsApart(mlir::RankedTensorType type);

/// One named tensor of a segment.
struct Placement {
  std::string name;
  mlir::RankedTensorType type;
  mlir::DictionaryAttr init; ///< of a parameter
  bool decay = false;        ///< of a parameter
  int64_t offset = 0;        ///< bytes
};

/// The named tensors that a module's functions take, laid out in order of appearance.
struct SegmentLayout {
  llvm::SmallVector<Placement> placements;
  llvm::StringMap<unsigned> byName;
  int64_t bytes = 0;
  int64_t decayBytes = 0; ///< parameters: the bytes of those that decay, which come first

  const Placement &at(llvm::StringRef name) const { return placements[byName.lookup(name)]; }
  /// Arguments marked `samba.param`, decaying ones first, their rows apart.
  static SegmentLayout parameters(mlir::ModuleOp module);
  /// Arguments marked `samba.state`.
  static SegmentLayout state(mlir::ModuleOp module);
  /// An array of {name, type, offset, ...} for the module's attributes.
  mlir::ArrayAttr toAttribute(mlir::MLIRContext *context) const;
};

} // namespace samba
