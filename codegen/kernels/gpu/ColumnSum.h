//===- ColumnSum.h - sums over rows, column by column ---------------------------------------------------===//
//
//   y[c] = sum_r term(r, c)
//
// A block owns some columns (32 vectors side by side, where there are as many) and some rows; its threads
// that stand above one another take every n-th row, four at a time, and add up their sums through shared
// memory. Where that would leave multiprocessors idle the rows are split over blocks: their sums go to
// scratch memory (a few hundred rows of partials, which stay in the L2 cache) and a second launch sums those.
// The order is fixed.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

class ColumnSum {
public:
  /// Columns come in vectors of `width`, which divides their number.
  ColumnSum(int64_t rows, int64_t columns, int64_t width) : rows(rows), columns(columns), width(width) {}

  /// `width` terms of a row (i32) from a column (i32) on.
  using Term = llvm::function_ref<Values(Value row, Value column)>;
  /// What to do with `width` sums from a column on.
  using Finish = llvm::function_ref<void(Value column, ValueRange sums)>;
  /// One launch or two.
  void emit(KernelBuilder &k, Term term, Finish finish) const;

private:
  static constexpr int64_t threads = 256, rowsInFlight = 4;

  /// Sums `parts` equal pieces of the rows.
  void emitPass(KernelBuilder &k, int64_t parts, Term term,
                llvm::function_ref<void(Value part, Value column, ValueRange sums)> finish) const;
  int64_t vectors() const { return columns / width; }
  int64_t columnThreads() const; ///< of a block, side by side
  int64_t tiles() const { return llvm::divideCeil(vectors(), columnThreads()); }

  const int64_t rows, columns, width;
};

} // namespace samba::gpu
