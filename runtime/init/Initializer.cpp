// The equations of the initializers.
#include "runtime/init/Initializer.h"
#include "runtime/Player.h"
#include "runtime/init/Philox.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace samba {

static constexpr int64_t kChunk = int64_t(1) << 20; // elements made at a time

void initialize(const Parameter &parameter, uint64_t seed, uint32_t index, int64_t first,
                std::span<float> values) {
  const Init &init = parameter.init;
  Philox random(seed, Purpose::Init, index);
  auto fill = [&](auto element) {
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = float(element(first + int64_t(i)));
  };
  switch (init.kind) {
  case Init::Kind::Constant:
    return fill([&](int64_t) { return init.value; });
  case Init::Kind::Normal:
    return fill([&](int64_t i) { return init.std * random.normal(uint64_t(i)); });
  case Init::Kind::Uniform:
    return fill([&](int64_t i) { return init.bound * (2 * random.uniform(uint64_t(i)) - 1); });
  case Init::Kind::LogRange:
    return fill([&](int64_t i) { return std::log(double(i % parameter.shape.back() + 1)); });
  case Init::Kind::InverseSoftplusLogUniform:
    return fill([&](int64_t i) {
      double dt = init.low * std::exp(random.uniform(uint64_t(i)) * std::log(init.high / init.low));
      dt = std::max(dt, init.floorAt);
      return dt + std::log(-std::expm1(-dt));
    });
  }
}

void initializeParameters(Player &player, uint64_t seed) {
  const std::vector<Parameter> &parameters = player.bundle().parameters;
  std::vector<float> values;
  for (size_t index = 0; index < parameters.size(); ++index) {
    const Parameter &parameter = parameters[index];
    for (int64_t first = 0; first < parameter.elements(); first += kChunk) {
      values.resize(size_t(std::min(kChunk, parameter.elements() - first)));
      initialize(parameter, seed, uint32_t(index), first, values);
      player.writeParameter(parameter, first, values);
    }
  }
}

} // namespace samba
