//===- Arena.cpp - Offsets for buffers by liveness ------------------------------------------------------===//
#include "passes/Arena.h"
#include "passes/SegmentLayout.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;
using namespace samba;

int64_t samba::assignArena(MutableArrayRef<ArenaBuffer> buffers, bool reuse) {
  SmallVector<ArenaBuffer *> bySize = map_to_vector(buffers, [](ArenaBuffer &buffer) { return &buffer; });
  sort(bySize, [](const ArenaBuffer *a, const ArenaBuffer *b) {
    return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;
  });

  SmallVector<ArenaBuffer *> placed; // by offset
  int64_t arena = 0;
  for (ArenaBuffer *buffer : bySize) {
    int64_t size = alignBuffer(buffer->bytes), offset = 0;
    for (ArenaBuffer *other : placed) {
      bool meets = !reuse || (other->first <= buffer->last && buffer->first <= other->last);
      if (!meets)
        continue;
      if (offset + size <= other->offset)
        break; // the gap before it is wide enough
      offset = std::max(offset, other->offset + alignBuffer(other->bytes));
    }
    buffer->offset = offset;
    arena = std::max(arena, offset + size);
    placed.insert(upper_bound(placed, buffer, [](auto *a, auto *b) { return a->offset < b->offset; }),
                  buffer);
  }
  return arena;
}
