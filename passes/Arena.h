//===- Arena.h - Offsets for buffers by liveness --------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace samba {

/// A buffer of `bytes` that holds something from launch `first` to launch `last`, both included.
struct ArenaBuffer {
  int64_t bytes, first, last;
  int64_t offset = 0; ///< found by assignArena
};

/// Gives every buffer an offset such that no two live at the same time overlap, large ones first, each at the
/// lowest place that fits (greedy by size; Pisarchyk and Lee 2020). Without `reuse` no two share a byte.
/// Returns the arena's bytes.
int64_t assignArena(llvm::MutableArrayRef<ArenaBuffer> buffers, bool reuse);

} // namespace samba
