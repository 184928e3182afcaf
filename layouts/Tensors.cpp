// Layers of a stack in their blocks, and the names of their tensors.
#include "layouts/Blocks.h"
#include "runtime/Error.h"

#include <map>

using namespace samba;

std::vector<PlacedLayer> samba::placeLayers(const Layout &layout, const ModelSpec &spec) {
  const std::vector<Layout::Layer> &rules = layout.layers;
  std::vector<PlacedLayer> placed;
  for (int64_t block = 0; placed.size() < spec.layers.size(); ++block) {
    for (size_t first = 0, end; first < rules.size(); first = end) {
      end = first + 1; // layers that share a list stand in for one another
      while (end < rules.size() && !rules[first].list.empty() && rules[end].list == rules[first].list)
        ++end;
      size_t index = placed.size();
      std::string here = index < spec.layers.size() ? spec.layers[index].op : "missing", expected;
      for (size_t r = first; r < end && placed.size() == index; ++r) {
        expected += (expected.empty() ? "" : " or ") + rules[r].op;
        if (rules[r].op == here)
          placed.push_back({&rules[r], block});
      }
      if (placed.size() == index)
        throw Error("layers.", index, " is ", here, ", where a ", layout.architecture, " has ", expected);
    }
  }
  return placed;
}

std::vector<TensorPair> samba::pairTensors(const Layout &layout, const ModelSpec &spec) {
  std::map<std::string, std::pair<std::string, int>>
      theirs; // of the name here: the name there, its unit axis
  for (const Layout::Tensor &tensor : layout.tensors)
    theirs[tensor.ours] = {tensor.theirs, tensor.unitAxis};
  std::vector<PlacedLayer> placed = placeLayers(layout, spec);
  for (size_t i = 0; i < placed.size(); ++i)
    for (const Layout::Tensor &tensor : placed[i].rule->tensors)
      theirs["backbone.layers." + std::to_string(i) + "." + tensor.ours] = {
          layout.block + std::to_string(placed[i].block) + "." + tensor.theirs, tensor.unitAxis};
  std::vector<TensorPair> pairs;
  for (const WantedTensor &parameter : spec.parameters) {
    auto found = theirs.find(parameter.name);
    if (found == theirs.end())
      throw Error("parameter '", parameter.name, "' has no counterpart in a ", layout.architecture);
    auto [name, axis] = found->second;
    WantedTensor other{name, parameter.shape};
    if (axis >= 0)
      other.shape.insert(other.shape.begin() + axis, 1);
    pairs.push_back({parameter, std::move(other)});
  }
  return pairs;
}
