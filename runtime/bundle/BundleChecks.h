// What must hold between the parts of a bundle, beyond the type and range of each value.
#pragma once

#include "runtime/bundle/Bundle.h"

#include <string>

namespace samba {

/// No size of a bundle is larger: sums of a few of them cannot overflow.
inline constexpr int64_t kMaxBytes = int64_t(1) << 60;

/// Every buffer starts at a multiple of this.
inline constexpr int64_t kAlignment = 64;

inline int64_t alignUp(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Parameters lie one after another and fill their segment; state entries, inputs and outputs lie inside
/// their segments and do not overlap; no name comes twice; the entries this player knows have the inputs and
/// outputs it expects. On the GPU the images lie in the kernels' file, what a kernel's launches refer to lies
/// in the arguments of every launch of it, and there is an entry that makes the weights if any reads them.
/// Throws Error beginning with `file` and the place.
void checkBundle(const Bundle &bundle, const std::string &file);

} // namespace samba
