// Entropies from the outputs of entry `probe`.
#include "runtime/eval/Probe.h"

#include "runtime/Player.h"

#include <algorithm>
#include <cmath>

using namespace samba;

namespace {

/// The mean of rows [heads][tokens] over heads and the last `generated` tokens.
double attentionEntropy(std::span<const float> rows, int64_t tokens, int64_t generated) {
  double sum = 0;
  int64_t heads = static_cast<int64_t>(rows.size()) / tokens;
  for (int64_t head = 0; head < heads; ++head)
    for (float entropy :
         rows.subspan(static_cast<size_t>((head + 1) * tokens - generated), static_cast<size_t>(generated)))
      sum += entropy;
  return sum / static_cast<double>(heads * generated);
}

/// Of step sizes [tokens][channels]. With S = sum_i D_i, -sum (D_i / S) log(D_i / S) = log S - sum D_i log
/// D_i / S.
double selectionEntropy(std::span<const float> steps, int64_t tokens) {
  size_t channels = steps.size() / static_cast<size_t>(tokens);
  std::vector<double> sum(channels), weighted(channels);
  for (size_t i = 0; i < steps.size(); ++i) {
    double step = steps[i];
    sum[i % channels] += step;
    weighted[i % channels] += step > 0 ? step * std::log(step) : 0;
  }
  double entropy = 0;
  for (size_t j = 0; j < channels; ++j)
    entropy += sum[j] > 0 ? std::log(sum[j]) - weighted[j] / sum[j] : 0;
  return entropy / static_cast<double>(channels);
}

} // namespace

EntropyProbe::EntropyProbe(Player &player, int64_t generated) : player(player), generated(generated) {
  const Entry &entry = player.bundle().entry("probe");
  if (entry.batch != 1)
    throw Error("entry 'probe' expected one sequence, got ", entry.batch);
  if (generated < 1 || generated > entry.seq)
    throw Error("expected 1 to ", entry.seq, " generated positions, got ", generated);
  for (const Tensor &output : entry.outputs) {
    size_t space = output.name.find(' '); // "layers.3 step_sizes"
    if (space == std::string::npos)
      continue;
    std::string shown = output.name.substr(space + 1);
    sums.push_back({output.name.substr(0, space), shown == "step_sizes" ? "selection_entropy" : shown});
  }
}

void EntropyProbe::add(std::span<const int32_t> text) {
  const Entry &entry = player.bundle().entry("probe");
  std::vector<int32_t> targets(text.size(), -1);
  player.write("probe", "tokens", text);
  player.write("probe", "targets", targets);
  player.run("probe");
  size_t next = 0;
  for (const Tensor &output : entry.outputs) {
    if (output.name.find(' ') == std::string::npos)
      continue;
    std::vector<float> values = player.read("probe", output.name);
    LayerEntropy &sum = sums[next++];
    sum.entropy += sum.quantity == "attention_entropy" ? attentionEntropy(values, entry.seq, generated)
                                                       : selectionEntropy(values, entry.seq);
  }
  ++count;
}

std::vector<LayerEntropy> EntropyProbe::result() const {
  std::vector<LayerEntropy> means = sums;
  for (LayerEntropy &layer : means)
    layer.entropy = std::max(0.0, layer.entropy / static_cast<double>(count)); // rounding goes below 0
  return means;
}
