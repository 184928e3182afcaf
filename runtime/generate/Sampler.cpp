// The six rules, one block each.
#include "runtime/generate/Sampler.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace samba;

namespace {

using Candidates = std::vector<Sampler::Candidate>;

/// Probabilities of sorted candidates: their softmax, the largest logit being the first.
void softmax(Candidates &all) {
  double sum = 0;
  for (auto &candidate : all)
    sum += candidate.probability = std::exp(candidate.logit - all.front().logit);
  for (auto &candidate : all)
    candidate.probability /= sum;
}

void inRange(const char *name, double value, double low, double high) {
  if (!(value >= low && value <= high))
    throw Error(name, " expects a value from ", low, " to ", high, ", got ", value);
}

} // namespace

void SamplerSettings::check() const {
  inRange("temperature", temperature, 0, 1e6);
  inRange("top-k", static_cast<double>(topK), 0, 1e9);
  inRange("top-p", topP, 0, 1);
  inRange("min-p", minP, 0, 1);
  inRange("repeat-penalty", repeatPenalty, 1e-3, 1e3);
  inRange("repeat-last-n", static_cast<double>(repeatLastN), 0, 1e9);
}

Sampler::Sampler(const SamplerSettings &settings)
    : settings(settings), random(settings.seed, Purpose::Sampling, 0) {
  settings.check();
}

void Sampler::accept(int32_t token) {
  recent.push_back(token);
  if (static_cast<int64_t>(recent.size()) > settings.repeatLastN)
    recent.pop_front();
}

Candidates Sampler::candidates(std::span<const float> logits) const {
  Candidates all;
  all.reserve(logits.size());
  for (float logit : logits) {
    if (!std::isfinite(logit))
      throw Error("the logit of token ", all.size(), " is ", logit, ": the weights are not usable");
    all.push_back({static_cast<int32_t>(all.size()), logit, 1});
  }

  if (settings.repeatPenalty != 1) // each recent token once, however often it occurred
    for (int32_t id : std::set<int32_t>(recent.begin(), recent.end())) {
      double &logit = all.at(static_cast<size_t>(id)).logit;
      logit = logit > 0 ? logit / settings.repeatPenalty : logit * settings.repeatPenalty;
    }

  auto before = [](const Candidate &a, const Candidate &b) {
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
  };
  if (settings.temperature == 0)
    return {{std::min_element(all.begin(), all.end(), before)->id, 0, 1}};

  size_t stay = all.size();
  if (settings.topK > 0)
    stay = std::min(stay, static_cast<size_t>(settings.topK));
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(stay), all.end(), before);
  all.resize(stay);
  softmax(all);

  if (settings.topP < 1) {
    double sum = 0;
    stay = 0;
    while (stay < all.size() && (stay == 0 || sum < settings.topP))
      sum += all[stay++].probability;
    all.resize(stay);
  }

  std::erase_if(all, [&, most = all.front().probability](const Candidate &candidate) {
    return candidate.probability < settings.minP * most;
  });

  for (Candidate &candidate : all)
    candidate.logit /= settings.temperature;
  softmax(all);
  return all;
}

int32_t Sampler::sample(std::span<const float> logits) {
  Candidates all = candidates(logits);
  double left = random.uniform(drawn++);
  for (const Candidate &candidate : all)
    if ((left -= candidate.probability) < 0)
      return candidate.id;
  return all.back().id; // rounding: the sum fell short of the number drawn
}
