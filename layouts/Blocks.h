// Which layer of a block each layer of a stack is.
#pragma once

#include "layouts/Layout.h"

namespace samba {

struct PlacedLayer {
  const Layout::Layer *rule;
  int64_t block;
};

/// One for each layer of the spec. Throws Error naming the first layer that has no place in the layout.
std::vector<PlacedLayer> placeLayers(const Layout &layout, const ModelSpec &spec);

} // namespace samba
