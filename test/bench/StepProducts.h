// The matrix products of a training step, read from the stage that lists its ops.
#pragma once

#include "test/bench/OpenBlas.h"

#include <filesystem>
#include <vector>

namespace samba {

/// Every linear op of stage 02-train in the file `stage`, and the head's products: logits, dx and dw. Throws
/// samba::Error if the file cannot be read, has none, or has one of an unknown kind.
std::vector<Product> stepProducts(const std::filesystem::path &stage);

} // namespace samba
