// The learning rate of each step.
#pragma once

#include <cstdint>

namespace samba {

struct TrainSettings;

/// Linear warm-up from 0 to lr over the warm-up steps, then half a cosine down to the final rate at the last
/// step. `step` counts from 1: with W warm-up steps of N, f the final rate,
///   step <= W: lr step / W        step > W: f + (lr - f) (1 + cos(pi (step - W) / (N - W))) / 2
double learningRate(const TrainSettings &settings, int64_t step);

} // namespace samba
