// Repetitions, and the clock around them.
#include "runtime/bench/Bench.h"

#include "runtime/Player.h"
#include "runtime/bench/BenchInputs.h"

#include <algorithm>
#include <chrono>
#include <cmath>

using namespace samba;

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Calls an entry again and again, and goes back to the zero state before a state would be full.
class Caller {
public:
  Caller(Player &player, const std::string &name)
      : player(player), name(name), entry(player.bundle().entry(name)) {
    player.prepare(name);
    fillBenchInputs(player, name);
    if (name == "train" && player.bundle().has("update")) {
      player.prepare("update");
      updates = true;
    }
  }

  void call() {
    std::optional<int64_t> limit = player.bundle().maxContext;
    if (limit && position + entry.seq > *limit) {
      player.zeroState();
      position = 0;
    }
    player.run(name);
    position += entry.seq;
    if (updates) { // the io segment is shared, so the inputs of both entries are written each time
      fillBenchInputs(player, "update");
      player.run("update");
      fillBenchInputs(player, name);
    }
  }

private:
  Player &player;
  std::string name;
  const Entry &entry;
  bool updates = false;
  int64_t position = 0;
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
  for (double value : values)
    timing.deviation += (value - timing.mean) * (value - timing.mean);
  timing.deviation = values.size() > 1 ? std::sqrt(timing.deviation / (count - 1)) : 0;
  return timing;
}

EntryTiming samba::benchEntry(Player &player, const std::string &name, const BenchSettings &settings) {
  const Entry &entry = player.bundle().entry(name);
  EntryTiming timing{name, entry.batch, entry.seq, entry.flops(), bytesOf(entry), {}, {}};
  if (name == "train" && player.bundle().has("update")) {
    timing.flops += player.bundle().entry("update").flops();
    timing.bytes += bytesOf(player.bundle().entry("update"));
  }
  player.zeroState();
  Caller caller(player, name);
  double start = now();
  caller.call();
  int64_t calls = std::clamp<int64_t>(std::llround(settings.seconds / (now() - start)), 1, 100'000);

  std::vector<double> seconds, rates;
  for (int64_t repeat = 0; repeat < settings.repeats; ++repeat) {
    start = now();
    for (int64_t call = 0; call < calls; ++call)
      caller.call();
    seconds.push_back((now() - start) / static_cast<double>(calls));
    rates.push_back(static_cast<double>(entry.batch * entry.seq) / seconds.back());
  }
  timing.seconds = Timing::of(seconds);
  timing.tokensPerSecond = Timing::of(rates);
  return timing;
}

std::vector<KernelTiming> samba::benchKernels(Player &player, const BenchSettings &settings) {
  const Entry &entry = player.bundle().entry("train");
  player.prepare("train");
  fillBenchInputs(player, "train");
  player.run("train");

  std::vector<KernelTiming> kernels(player.bundle().kernels.size());
  std::vector<std::vector<double>> seconds(kernels.size());
  for (int64_t repeat = 0; repeat < settings.repeats; ++repeat) {
    for (auto &all : seconds)
      all.push_back(0);
    for (size_t i = 0; i < entry.launches.size(); ++i) {
      double start = now();
      player.run("train", i, i + 1);
      seconds[entry.launches[i].kernel].back() += now() - start;
    }
  }
  for (const Launch &launch : entry.launches) {
    KernelTiming &kernel = kernels[launch.kernel];
    if (kernel.launches++ == 0)
      kernel.example = launch.label;
    kernel.flops += launch.flops;
    kernel.bytes += launch.bytes;
  }
  for (size_t k = 0; k < kernels.size(); ++k) {
    kernels[k].kernel = player.bundle().kernels[k].name;
    kernels[k].seconds = Timing::of(seconds[k]);
  }
  std::erase_if(kernels, [](const KernelTiming &kernel) { return kernel.launches == 0; });
  std::sort(kernels.begin(), kernels.end(),
            [](const KernelTiming &a, const KernelTiming &b) { return a.seconds.mean > b.seconds.mean; });
  return kernels;
}
