//===- SkinnySections.h - what a kernel computes of one x ------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/Evaluate.h"

namespace samba::gpu {

/// A result of a product x w^T, or channels of one, and what follows it.
struct Section {
  llvm::SmallVector<LinearOp, 2> products; ///< one, or two with the same columns
  Value y;                                 ///< the first one's result, or channels of it
  int64_t begin = 0;                       ///< the row of w that is y's first channel
  RotaryOp rotary;                         ///< of y; may be null
  CausalConvOp conv;                       ///< of y, the only token; may be null
  ConvStateOp state;                       ///< that follows; may be null
  llvm::SmallVector<unsigned> outputs;     ///< all but the state
  int64_t firstBlock = 0, blocks = 0;      ///< neighbouring blocks of the grid

  bool needsTwoTiles() const { return products.size() == 2 || rotary; }
  int64_t columns() const { return channelsOf(y); }
};

/// All products of x in the kernel.
llvm::SmallVector<Section> findSections(KernelBuilder &k, Value x);

} // namespace samba::gpu
