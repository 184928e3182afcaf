// Checkpoints of a training run: complete or not there, whatever happens while one is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace samba {

class Player;

/// Where training stands, besides the weights and moments. Random numbers are pure functions of the seed and
/// these counts, so this is the state of the generator and of the data as well.
struct TrainerState {
  int64_t step = 0;         ///< steps done
  int64_t tokens = 0;       ///< tokens seen
  int64_t microBatches = 0; ///< micro-batches taken from the data
  uint64_t seed = 0;
};

/// Writes `folder`/step-XXXXXXXX: model.safetensors, optimizer.safetensors and trainer.json under a temporary
/// name, synced; then renamed; then marked by DONE. Afterwards removes all but the newest `keep` complete
/// ones, and remains of writes that were cut short. Returns the folder written.
std::filesystem::path saveCheckpoint(const std::filesystem::path &folder, Player &player,
                                     const TrainerState &state, int64_t keep);

/// The complete checkpoint of the highest step in `folder`, if any.
std::optional<std::filesystem::path> newestCheckpoint(const std::filesystem::path &folder);

/// Reads trainer.json of a checkpoint.
TrainerState readTrainerState(const std::filesystem::path &checkpoint);

/// Loads weights, moments and trainer.json of a checkpoint. Throws Error naming what does not fit.
TrainerState loadCheckpoint(const std::filesystem::path &checkpoint, Player &player);

} // namespace samba
