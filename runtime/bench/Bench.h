// Times entries and single kernels of a bundle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace samba {

struct Bundle;
class Player;

/// Mean, sample standard deviation and median of one number's repetitions.
struct Timing {
  double mean = 0, deviation = 0, median = 0;

  static Timing of(const std::vector<double> &values);
};

struct BenchSettings {
  int64_t repeats = 5;
  double seconds = 0.2; ///< the least time of one repetition: short entries are called several times
  double idle = 0;      ///< seconds of rest before a repetition of kernels or a function: a hot GPU is slower
  int64_t after = 0;    ///< tokens that each sequence of `prefill`, `decode` and functions has behind it
};

/// One entry, or for `train` one optimizer step: the entry and, if the bundle has it, `update`.
struct EntryTiming {
  std::string entry;
  int64_t batch = 0, seq = 0;
  int64_t flops = 0, bytes = 0; ///< of one call, as the manifest counts them
  Timing seconds, tokensPerSecond;
};

/// One pass over all launches of a function of core ops.
struct FunctionTiming {
  std::string name;
  int64_t launches = 0, flops = 0, bytes = 0;
  Timing seconds;
};

/// All launches of one kernel within a call of the entry.
struct KernelTiming {
  std::string kernel;
  std::string example; ///< label of its first launch
  int64_t launches = 0, flops = 0, bytes = 0;
  Timing seconds; ///< of all its launches together
};

/// A layer's launches within a call of the entry, forward and backward.
struct LayerTiming {
  std::string layer; ///< as "layers.0"
  int64_t launches = 0;
  double together = 0; ///< seconds from its first launch to its last, of all its stretches
  double apart = 0;    ///< seconds of its launches, each of which waits for the one before
};

/// Calls the entry `repeats` times, after calls that are not counted, on initialized parameters and random
/// tokens. A call of `decode` is a whole step: what it samples is what the next one reads. Throws
/// samba::Error if the bundle lacks the entry.
EntryTiming benchEntry(Player &player, const std::string &entry, const BenchSettings &settings);

/// Whether the entries are functions of core ops, and not what a model does.
bool holdsFunctions(const Bundle &bundle);

/// Plays the launches of a function again and again, on random numbers.
FunctionTiming benchFunction(Player &player, const std::string &name, const BenchSettings &settings);

/// Plays the entry once, then each of its kernels by itself: all launches of it, again and again. `train`
/// counts `update` in. The slowest kernel comes first.
std::vector<KernelTiming> benchKernels(Player &player, const std::string &entry,
                                       const BenchSettings &settings);

/// Plays the entry on and on, once with a clock around each layer and once with a clock around each launch:
/// what lies between launches shows. `train` counts `update` in. In the order of the first launches.
std::vector<LayerTiming> benchLayers(Player &player, const std::string &entry, const BenchSettings &settings);

} // namespace samba
