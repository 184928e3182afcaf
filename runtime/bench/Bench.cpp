// Repetitions, and the clock around them.
#include "runtime/bench/Bench.h"

#include "runtime/Player.h"
#include "runtime/bench/BenchInputs.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>

using namespace samba;

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The entries of one call: `train` is a step of the optimizer too.
std::vector<std::string> entriesOf(const Player &player, const std::string &name) {
  if (name == "train" && player.bundle().has("update"))
    return {"train", "update"};
  return {name};
}

bool isStep(const std::string &name) { return name == "prefill" || name == "decode"; }

/// Whether running one of the entries may change the inputs of another.
bool shareInputs(const Player &player, const std::vector<std::string> &names) {
  auto meet = [](const Tensor &a, const Tensor &b) {
    return a.offset < b.offset + b.bytes() && b.offset < a.offset + a.bytes();
  };
  for (const std::string &one : names)
    for (const std::string &other : names)
      for (const Tensor &input : player.bundle().entry(one).inputs)
        for (const auto *ports :
             {&player.bundle().entry(other).inputs, &player.bundle().entry(other).outputs})
          for (const Tensor &port : *ports)
            if (one != other && meet(input, port))
              return true;
  return false;
}

/// Puts every sequence behind `count` random tokens.
void playBefore(Player &player, int64_t count) {
  player.zeroState();
  for (const char *name : {"prefill", "decode"}) {
    if (!player.bundle().has(name) || count < player.bundle().entry(name).seq)
      continue;
    fillBenchInputs(player, name);
    for (int64_t seq = player.bundle().entry(name).seq; count >= seq; count -= seq)
      player.run(name);
  }
}

/// Calls an entry again and again, and goes back to where it began before a state would be full.
class Caller {
public:
  Caller(Player &player, const std::string &name, int64_t after)
      : player(player), names(entriesOf(player, name)), entry(player.bundle().entry(name)),
        after(isStep(name) ? after : 0) {
    for (const std::string &each : names)
      player.prepare(each);
    if (std::optional<int64_t> limit = player.bundle().maxContext; limit && this->after + entry.seq > *limit)
      throw Error("after ", this->after, " tokens '", name, "' takes ", entry.seq,
                  " more, but max_context is ", *limit, "; compile the spec with a larger --max-context");
    playBefore(player, this->after);
    if (player.bundle().maxContext)
      begin = player.snapshotState();
    fillsEachTime = shareInputs(player, names);
    for (const std::string &each : names)
      fillBenchInputs(player, each);
  }

  void call() {
    if (std::optional<int64_t> limit = player.bundle().maxContext;
        limit && after + played + entry.seq > *limit) {
      player.restoreState(begin);
      played = 0;
    }
    for (const std::string &name : names) {
      if (fillsEachTime)
        fillBenchInputs(player, name);
      player.run(name);
    }
    played += entry.seq;
  }

private:
  Player &player;
  std::vector<std::string> names;
  const Entry &entry;
  int64_t after, played = 0;
  bool fillsEachTime = false;
  std::vector<std::byte> begin; ///< the state
};

int64_t bytesOf(const Entry &entry) {
  int64_t sum = 0;
  for (const Launch &launch : entry.launches)
    sum += launch.bytes;
  return sum;
}

} // namespace

Timing Timing::of(const std::vector<double> &values) {
  Timing timing;
  double count = static_cast<double>(values.size());
  for (double value : values)
    timing.mean += value / count;
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  timing.median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  for (double value : values)
    timing.deviation += (value - timing.mean) * (value - timing.mean);
  timing.deviation = values.size() > 1 ? std::sqrt(timing.deviation / (count - 1)) : 0;
  return timing;
}

EntryTiming samba::benchEntry(Player &player, const std::string &name, const BenchSettings &settings) {
  const Entry &entry = player.bundle().entry(name);
  EntryTiming timing{name, entry.batch, entry.seq, 0, 0, {}, {}};
  for (const std::string &each : entriesOf(player, name)) {
    timing.flops += player.bundle().entry(each).flops();
    timing.bytes += bytesOf(player.bundle().entry(each));
  }
  Caller caller(player, name, settings.after);
  auto seconds = [&](int64_t calls) {
    player.finish();
    double start = now();
    for (int64_t call = 0; call < calls; ++call)
      caller.call();
    player.finish();
    return (now() - start) / static_cast<double>(calls);
  };
  seconds(1);
  int64_t calls = std::clamp<int64_t>(std::llround(settings.seconds / seconds(1)), 1, 100'000);

  std::vector<double> times, rates;
  for (int64_t repeat = 0; repeat < settings.repeats; ++repeat) {
    times.push_back(seconds(calls));
    rates.push_back(static_cast<double>(entry.batch * entry.seq) / times.back());
  }
  timing.seconds = Timing::of(times);
  timing.tokensPerSecond = Timing::of(rates);
  return timing;
}

namespace {

/// The launches of an entry, one pass after another.
Timing timePasses(Player &player, const std::string &entry, const std::vector<size_t> &launches,
                  double wanted, const BenchSettings &settings) {
  double once = player.time(entry, launches, 1);
  int64_t passes = std::clamp<int64_t>(std::llround(wanted / once), 1, 10'000);
  std::vector<double> seconds;
  for (int64_t repeat = 0; repeat < settings.repeats; ++repeat) {
    std::this_thread::sleep_for(std::chrono::duration<double>(settings.idle));
    seconds.push_back(player.time(entry, launches, passes));
  }
  return Timing::of(seconds);
}

/// All launches of one kernel in an entry.
KernelTiming benchKernel(Player &player, const Entry &entry, size_t kernel, const BenchSettings &settings) {
  KernelTiming timing;
  timing.kernel = player.bundle().kernels[kernel].name;
  std::vector<size_t> launches;
  for (size_t i = 0; i < entry.launches.size(); ++i) {
    const Launch &launch = entry.launches[i];
    if (launch.kernel != kernel)
      continue;
    if (launches.empty())
      timing.example = launch.label;
    launches.push_back(i);
    timing.flops += launch.flops;
    timing.bytes += launch.bytes;
  }
  timing.launches = static_cast<int64_t>(launches.size());
  if (launches.empty())
    return timing;
  timing.seconds = timePasses(player, entry.name, launches, settings.seconds / 10, settings);
  return timing;
}

} // namespace

bool samba::holdsFunctions(const Bundle &bundle) {
  auto has = [&](const char *entry) { return bundle.has(entry); };
  const char *ofModels[] = {"train", "update", "eval", "prefill", "decode"};
  return !bundle.entries.empty() && std::none_of(std::begin(ofModels), std::end(ofModels), has);
}

FunctionTiming samba::benchFunction(Player &player, const std::string &name, const BenchSettings &settings) {
  const Entry &entry = player.bundle().entry(name);
  FunctionTiming timing{name, int64_t(entry.launches.size()), entry.flops(), bytesOf(entry), {}};
  std::vector<size_t> launches(entry.launches.size());
  std::iota(launches.begin(), launches.end(), size_t(0));
  player.prepare(name);
  fillBenchInputs(player, name, settings.after);
  player.run(name);
  timing.seconds = timePasses(player, name, launches, settings.seconds, settings);
  return timing;
}

std::vector<KernelTiming> samba::benchKernels(Player &player, const std::string &name,
                                              const BenchSettings &settings) {
  Caller(player, name, settings.after).call();
  std::vector<std::byte> state = player.snapshotState();
  std::vector<KernelTiming> kernels;
  for (const std::string &each : entriesOf(player, name)) {
    fillBenchInputs(player, each);
    for (size_t kernel = 0; kernel < player.bundle().kernels.size(); ++kernel) {
      KernelTiming timing = benchKernel(player, player.bundle().entry(each), kernel, settings);
      if (timing.launches == 0)
        continue;
      kernels.push_back(timing);
      player.restoreState(state); // a launch that is repeated takes the sequences too far
    }
  }
  std::sort(kernels.begin(), kernels.end(),
            [](const KernelTiming &a, const KernelTiming &b) { return a.seconds.mean > b.seconds.mean; });
  return kernels;
}

namespace {

/// "layers.0" of "layers.0: linear_1 (samba-tiny.mlir:6)".
std::string layerOf(const Launch &launch) { return launch.label.substr(0, launch.label.find(':')); }

/// Where stretches of one layer begin, and the end.
std::vector<size_t> boundsOfLayers(const Entry &entry) {
  std::vector<size_t> bounds;
  for (size_t i = 0; i < entry.launches.size(); ++i)
    if (i == 0 || layerOf(entry.launches[i]) != layerOf(entry.launches[i - 1]))
      bounds.push_back(i);
  bounds.push_back(entry.launches.size());
  return bounds;
}

} // namespace

std::vector<LayerTiming> samba::benchLayers(Player &player, const std::string &name,
                                            const BenchSettings &settings) {
  std::vector<LayerTiming> layers;
  auto layer = [&](const std::string &wanted) -> LayerTiming & {
    auto found = std::find_if(layers.begin(), layers.end(), [&](auto &each) { return each.layer == wanted; });
    return found == layers.end() ? layers.emplace_back(LayerTiming{wanted}) : *found;
  };
  for (const std::string &each : entriesOf(player, name)) {
    const Entry &entry = player.bundle().entry(each);
    Caller(player, each, settings.after).call();
    std::vector<size_t> bounds = boundsOfLayers(entry), all(entry.launches.size() + 1);
    std::iota(all.begin(), all.end(), size_t(0));
    player.timeParts(each, bounds, 1);
    std::vector<double> together = player.timeParts(each, bounds, settings.repeats);
    std::vector<double> apart = player.timeParts(each, all, settings.repeats);
    for (size_t i = 0; i + 1 < bounds.size(); ++i)
      layer(layerOf(entry.launches[bounds[i]])).together += together[i];
    for (size_t i = 0; i < entry.launches.size(); ++i) {
      LayerTiming &timing = layer(layerOf(entry.launches[i]));
      timing.apart += apart[i];
      timing.launches++;
    }
  }
  return layers;
}
