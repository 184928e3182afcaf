//===- WorkList.h - which items of work each block of a persistent kernel takes ------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// Items of unequal, known cost, dealt out when the kernel is compiled: each goes to the block that is free
/// first. Items are taken in their order, in which neighbours may share what they read, but the last ones by
/// cost, so that all blocks end together.
class WorkList {
public:
  WorkList(KernelBuilder &k, int64_t items, llvm::function_ref<double(int64_t item)> costOf);

  const int64_t blocks; ///< at most one for each multiprocessor; each has at least one item
  /// In the kernel: how many items this block has, and its item number i. i32.
  Value count() const;
  Value item(Value i) const;

private:
  Value entry(Value i) const;

  KernelBuilder &k;
  int64_t stride = 0;
  llvm::SmallVector<int32_t> entries; ///< [blocks, stride]: how many, then they
};

} // namespace samba::gpu
