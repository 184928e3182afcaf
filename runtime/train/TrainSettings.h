// The settings of a training run, as run.json keeps them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace samba {

/// Batch and sequence length belong to the bundle. The defaults are the paper's.
struct TrainSettings {
  int64_t steps = 1000;
  int64_t gradAccum = 1; ///< micro-batches per step
  double lr = 4e-4;      ///< peak learning rate
  double minLr = -1;     ///< at the last step; negative: lr / 10
  int64_t warmup = -1;   ///< steps of linear warm-up; negative: 1% of steps
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8;
  double weightDecay = 0.1;
  double clip = 1.0; ///< limit of the global gradient norm; 0: none
  uint64_t seed = 0;
  // The rest does not change the weights and may differ when a run is resumed. 0: never.
  int64_t saveEvery = 100;
  int64_t evalEvery = 100;
  int64_t keep = 2; ///< checkpoints kept

  double finalLr() const { return minLr < 0 ? lr / 10 : minLr; }
  int64_t warmupSteps() const { return warmup < 0 ? (steps + 99) / 100 : warmup; }

  /// Throws Error naming the first setting that is out of range.
  void check() const;
  /// Throws Error naming every setting in which resuming `saved` with these would change the weights.
  void checkResumes(const TrainSettings &saved) const;

  /// Writes run.json: these settings, the digest of the bundle and the identity of the data.
  void save(const std::filesystem::path &file, const std::string &bundleDigest,
            const std::string &data) const;
};

/// What run.json holds.
struct RunRecord {
  TrainSettings settings;
  std::string bundleDigest, data;

  /// Reads run.json; throws Error naming the field that is missing or wrong.
  static RunRecord load(const std::filesystem::path &file);
};

} // namespace samba
