// Entropies over the depth of models, as a picture.
#pragma once

#include "runtime/eval/Probe.h"

#include <string>
#include <vector>

namespace samba {

/// What `probe` found of one model.
struct ProbedModel {
  std::string name;
  std::vector<LayerEntropy> layers;
};

/// An SVG with a panel for each quantity, as in Figure 5 of the paper: layers of the stack from left to
/// right, nats from 0 upward, a line for each model.
std::string entropyPlot(const std::vector<ProbedModel> &models);

} // namespace samba
