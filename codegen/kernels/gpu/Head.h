//===- Head.h - the language-model head's operands, as its loss and its gradient read them --------------===//
#pragma once

#include "codegen/kernels/gpu/Gemm.h"

namespace samba::gpu {

/// A matrix in memory that TMA can address: some rows of a tensor of the kernel, or in scratch memory.
struct MatrixInMemory {
  Value tensor;   ///< null: in scratch memory
  int64_t offset; ///< bytes, of the first row
  int64_t rows, columns;
  int64_t stride;     ///< elements
  bool isBf16 = true; ///< else f32

  Value map(KernelBuilder &k, int64_t boxRows, int64_t boxColumns) const;
  Factor factor(KernelBuilder &k, bool depthDown) const;
};

/// A row of bf16 or f32 that begins and ends at multiples of 16 bytes.
constexpr int64_t paddedColumns(int64_t columns, bool isBf16 = true) {
  return llvm::alignTo(columns, isBf16 ? 8 : 4);
}

/// A new matrix in scratch memory, its rows padded to what TMA can address.
MatrixInMemory reserveMatrix(KernelBuilder &k, int64_t rows, int64_t columns, bool isBf16 = true);

/// Rows first .. first + count of a tensor that TMA can address.
MatrixInMemory rowsInPlace(KernelBuilder &k, Value tensor, int64_t first, int64_t count);

/// Whether products can read a tensor where it is.
bool isBf16ForTma(KernelBuilder &k, Value tensor);

/// A launch that copies rows first .. of a tensor to a matrix in scratch memory, rounded to bf16; what the
/// rows are padded with is never read.
void copyRows(KernelBuilder &k, Value tensor, int64_t first, const MatrixInMemory &to);

/// One row of a tile of logits in the registers of a thread, of which the four neighbouring lanes that share
/// it have every eighth pair of columns.
struct LogitRow {
  Value row;    ///< i32, of the tensor; clamped to its last
  Value exists; ///< i1, null: always
  Value target; ///< i32
  Value column; ///< i32, of the target as a column of the tile, less 2 (lane % 4): register i's is
                ///< fragmentColumn(i)

  /// Whether register i holds the target's logit.
  Value isTarget(KernelBuilder &k, int64_t i) const {
    return k.equal(column, KernelBuilder::fragmentColumn(i));
  }
  /// Whether one of this thread's registers does.
  Value hasTarget(KernelBuilder &k, int64_t columns) const;
};

/// The two rows of which a thread holds logits: registers with i / 2 % 2 = 0 and 1. Rows of the product count
/// from `first` of the tensor's, and there are `count`.
std::array<LogitRow, 2> logitRows(KernelBuilder &k, const Tile &tile, Value consumer, Value targets,
                                  int64_t first, int64_t count);

} // namespace samba::gpu
