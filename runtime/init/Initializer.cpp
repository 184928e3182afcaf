// The equations of the initializers.
#include "runtime/init/Initializer.h"
#include "runtime/Player.h"
#include "runtime/init/Philox.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

namespace samba {

static constexpr int64_t kChunk = int64_t(1) << 22; // elements made at a time
static constexpr size_t kShare = size_t(1) << 16;   // elements for which a thread is worth its start

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

/// The same on all processors: no element depends on another.
static void initializeOnThreads(const Parameter &parameter, uint64_t seed, uint32_t index, int64_t first,
                                std::span<float> values) {
  size_t wanted =
      std::clamp<size_t>(values.size() / kShare, 1, std::max(1u, std::thread::hardware_concurrency()));
  size_t share = (values.size() + wanted - 1) / wanted;
  std::vector<std::thread> threads;
  for (size_t begin = share; begin < values.size(); begin += share)
    threads.emplace_back([&, begin] {
      initialize(parameter, seed, index, first + int64_t(begin),
                 values.subspan(begin, std::min(share, values.size() - begin)));
    });
  initialize(parameter, seed, index, first, values.first(std::min(share, values.size())));
  for (std::thread &thread : threads)
    thread.join();
}

void initializeParameters(Player &player, uint64_t seed) {
  const std::vector<Parameter> &parameters = player.bundle().parameters;
  std::vector<float> values;
  for (size_t index = 0; index < parameters.size(); ++index) {
    const Parameter &parameter = parameters[index];
    for (int64_t first = 0; first < parameter.elements(); first += kChunk) {
      values.resize(size_t(std::min(kChunk, parameter.elements() - first)));
      initializeOnThreads(parameter, seed, uint32_t(index), first, values);
      player.writeParameter(parameter, first, values);
    }
  }
}

} // namespace samba
