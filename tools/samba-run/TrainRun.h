// A training run, from the words of the command line to the trained model.
#pragma once

#include "runtime/Player.h"
#include "runtime/data/Corpus.h"
#include "runtime/train/Trainer.h"
#include "tools/samba-run/Compiler.h"
#include "tools/samba-run/Flags.h"
#include "tools/samba-run/ModelSource.h"

#include <memory>
#include <string>
#include <vector>

namespace samba {

/// What a run is made of: the words that `train` and `sweep` share, and where it goes.
struct TrainRun {
  std::string model; ///< a spec or a bundle
  std::filesystem::path out;
  DataSource data;
  std::string device = "cpu", weights;
  CompileRequest compile;
  TrainSettings settings;
  TrainOptions options;
  int64_t evalTokens = 65536; ///< of a validation; 0: all held-out text
  int64_t seed = 0;           ///< of the first weights and of the order of the data

  /// Declares the settings of the optimizer and of validation.
  void declareSettings(Flags &flags);
};

/// A run that is done, or was interrupted.
struct TrainedRun {
  std::unique_ptr<Corpus> corpus; ///< in a place of its own: others refer to its texts
  std::unique_ptr<Player> player; ///< with the weights of the last step
  TrainResult result;
  int64_t firstStep = 0; ///< steps that were done before

  /// Trains `run`, or goes on with it. `heldOutTokens`: the tokens of held-out text that are needed
  /// afterwards. `flags` are those of the verb. Throws samba::Error.
  static TrainedRun train(TrainRun &run, const Flags &flags, int64_t heldOutTokens = 0);
};

} // namespace samba
