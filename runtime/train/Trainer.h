// The training loop: steps, metrics, validation, checkpoints, resume.
#pragma once

#include "runtime/train/BatchSource.h"
#include "runtime/train/RunFolder.h"
#include "runtime/train/TrainSettings.h"

#include <cstdint>

namespace samba {

class Player;

struct TrainOptions {
  bool resume = false;
  int64_t stopAfter = 0; ///< stop (and save) after this step of the schedule; 0: run to its end
  bool quiet = false;    ///< no progress
};

struct TrainResult {
  int64_t step = 0; ///< steps done since the start of the run
  double loss = 0;  ///< of the last step
  double validationLoss = 0;
  bool validated = false;   ///< whether validationLoss was measured
  bool interrupted = false; ///< stopped by SIGINT or SIGTERM, and saved
};

/// Trains the player's bundle in folder `run` (whose model.samba is that bundle already) and returns when the
/// last step is done, or after the running step on SIGINT or SIGTERM; either way a checkpoint is complete. A
/// fresh run initializes the parameters from settings.seed unless `startWeights` is not empty (a file as for
/// `loadWeights`). `validation` may be null. Resuming continues bit for bit from the newest complete
/// checkpoint. Throws Error when settings contradict run.json, when the folder holds a run and options.resume
/// is false, and when the loss or the gradient norm is not finite (naming step and launch, and saving
/// nothing).
TrainResult train(Player &player, const RunFolder &run, const TrainSettings &settings, BatchSource &batches,
                  SequenceSource *validation, const TrainOptions &options = {},
                  const std::filesystem::path &startWeights = {});

} // namespace samba
