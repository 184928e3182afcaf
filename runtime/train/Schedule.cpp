// Linear warm-up and cosine decay.
#include "runtime/train/Schedule.h"
#include "runtime/train/TrainSettings.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace samba {

double learningRate(const TrainSettings &settings, int64_t step) {
  int64_t warmup = std::min(settings.warmupSteps(), settings.steps);
  if (step <= warmup)
    return settings.lr * double(step) / double(warmup);
  double done = double(std::min(step, settings.steps) - warmup) / double(settings.steps - warmup);
  double low = settings.finalLr();
  return low + (settings.lr - low) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

} // namespace samba
