//===- SplitSums.h - one softmax from those of a cluster's warps ----------------------------------------===//
//
//   m = max_w m_w,  l = sum_w exp(m_w - m) l_w,  o = sum_w exp(m_w - m) o_w / l
//
// The warps' sums meet in the shared memory of their block; what a block has of an element it sends to that
// block of the cluster that adds it up. Both sums are in order: the result does not depend on who came first.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/AttentionTile.h"

namespace samba::gpu {

class SplitSums {
public:
  struct Sizes {
    int64_t rows, dim, columns; ///< of o [rows, dim]; a row takes `columns` in shared memory
    int64_t warps, blocks;      ///< of a block; of the cluster
    double scale2;              ///< of maxima, in units of log 2
  };
  /// `rank`: of this block. All threads of the cluster have called clusterArrive, if it has several blocks.
  SplitSums(KernelBuilder &k, const Sizes &sizes, Value rank);

  /// Where this warp stores what it has, in shared memory: [rows] (maximum, sum of exponentials) and [rows,
  /// columns] sums; f32.
  Value partOfWarp() const;
  Value statisticsOf(Value part, Value row) const;
  Value sumsOf(Value part, Value row, Operand column) const;

  /// After all warps have stored: calls `store` for four columns of a row at a time.
  using Store = llvm::function_ref<void(Value row, Value column, ValueRange result)>;
  void combine(Store store) const;

private:
  int64_t threads() const { return 32 * sizes.warps; }
  /// Four columns of a row are an element; a thread has one in each turn.
  int64_t elements() const { return sizes.rows * sizes.dim / 4; }
  int64_t turns() const { return llvm::divideCeil(elements(), threads()); }
  /// Those of turns firstTurn, firstTurn + step ...
  void forElements(Value firstTurn, int64_t step,
                   llvm::function_ref<void(int64_t turn, Value row, Value column)> body) const;

  /// Of an element.
  struct Part {
    Value maximum, sum;
    Values sums;
  };
  Part load(Value statistics, Value sums) const;
  Part add(llvm::ArrayRef<Part> parts) const;
  Part ofWarps(Value row, Value column) const;
  void finish(Store store, Value row, Value column, Part part) const;

  // A part: the sums begin at a multiple of 16 bytes.
  int64_t statisticsBytes() const { return llvm::alignTo(sizes.rows * 8, 16); }
  int64_t partBytes() const { return statisticsBytes() + sizes.rows * 4 * sizes.columns; }

  KernelBuilder &k;
  const Sizes sizes;
  Value rank;
  int64_t begin; ///< of the warps' parts, in shared memory
};

} // namespace samba::gpu
