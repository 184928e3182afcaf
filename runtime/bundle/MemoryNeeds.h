// How much device memory playing a bundle takes, known before any of it is allocated.
#pragma once

#include "runtime/bundle/Bundle.h"

namespace samba {

/// Bytes that an entry makes the player allocate: the segments its launches point into, its arena, and
/// scratch memory, which each of `threads` threads of the host has, and the GPU once.
int64_t entryMemory(const Bundle &bundle, const Entry &entry, int threads);

/// The same for `train` and `update` together, which hold all segments.
int64_t trainingMemory(const Bundle &bundle, int threads);

/// entryMemory, or for the two entries of training trainingMemory.
int64_t playingMemory(const Bundle &bundle, const Entry &entry, int threads);

} // namespace samba
