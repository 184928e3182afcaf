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

  if (auto k = static_cast<size_t>(settings.topK); k > 0 && k < all.size()) {
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(k - 1), all.end(), before);
    std::erase_if(all, [least = all[k - 1].logit](const Candidate &each) { return each.logit < least; });
  }
  std::sort(all.begin(), all.end(), before);
  softmax(all);

  if (settings.topP < 1) {
    double sum = 0;
    size_t stay = 0;
    while (stay < all.size() && (stay == 0 || sum < settings.topP || all[stay].logit == all[stay - 1].logit))
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

int32_t Sampler::sample(std::span<const float> logits, int64_t position) const {
  Candidates all = candidates(logits);
  double left = random.uniform(static_cast<uint64_t>(position));
  for (const Candidate &candidate : all)
    if ((left -= candidate.probability) < 0)
      return candidate.id;
  return all.back().id; // rounding: the sum fell short of the number drawn
}
