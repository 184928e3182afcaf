// Sums over segments, arenas and scratch.
#include "runtime/bundle/MemoryNeeds.h"

#include <algorithm>

namespace samba {

/// The player keeps as much as the neediest kernel wants.
static int64_t scratchMemory(const Bundle &bundle, int threads) {
  int64_t bytes = 0;
  for (const Kernel &kernel : bundle.kernels)
    bytes = std::max(bytes, kernel.scratchBytes);
  return bundle.isForGpu() ? bytes : bytes * threads;
}

int64_t entryMemory(const Bundle &bundle, const Entry &entry, int threads) {
  std::array<bool, kSegments> used{};
  used[size_t(Segment::Params)] = used[size_t(Segment::Io)] = true;
  for (const Launch &launch : entry.launches)
    for (const Arg &arg : launch.args)
      used[size_t(arg.segment)] = true;
  int64_t bytes = entry.arenaBytes + scratchMemory(bundle, threads);
  for (size_t s = 0; s < kSegments; ++s)
    bytes += used[s] ? bundle.segmentBytes[s] : 0;
  return bytes;
}

int64_t trainingMemory(const Bundle &bundle, int threads) {
  int64_t arena = 0, bytes = 0;
  for (const char *name : {"train", "update"})
    if (bundle.has(name))
      arena = std::max(arena, bundle.entry(name).arenaBytes);
  for (int64_t segment : bundle.segmentBytes)
    bytes += segment;
  return bytes + arena + scratchMemory(bundle, threads);
}

int64_t playingMemory(const Bundle &bundle, const Entry &entry, int threads) {
  bool training = entry.name == "train" || entry.name == "update";
  return training ? trainingMemory(bundle, threads) : entryMemory(bundle, entry, threads);
}

} // namespace samba
