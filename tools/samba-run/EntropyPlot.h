// Entropies over the depth of a model, as a picture.
#pragma once

#include "runtime/eval/Probe.h"

#include <string>

namespace samba {

/// An SVG with a panel for each quantity: layers from left to right, nats from 0 upward.
std::string entropyPlot(const std::string &title, const std::vector<LayerEntropy> &layers);

} // namespace samba
