//===- Spelling.h - The nearest known spelling of a mistyped name ---------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>

namespace samba {

/// The known name that `name` was most likely meant to be (a typo of it, or its beginning), or an empty
/// string.
inline llvm::StringRef nearestSpelling(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> known) {
  llvm::StringRef nearest;
  unsigned best = std::max<unsigned>(3, name.size() / 2);
  for (llvm::StringRef candidate : known) {
    unsigned distance = candidate.starts_with(name) ? 1 : name.edit_distance(candidate);
    if (distance < best)
      best = distance, nearest = candidate;
  }
  return nearest;
}

} // namespace samba
