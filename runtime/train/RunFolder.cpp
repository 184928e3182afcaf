// Opening a run folder.
#include "runtime/train/RunFolder.h"
#include "runtime/Error.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Weights.h"

namespace samba {

namespace fs = std::filesystem;

bool RunFolder::isRun(const fs::path &path) {
  RunFolder run(path);
  return fs::exists(run.bundle() / "manifest.json") && fs::exists(run.settings());
}

RunFolder RunFolder::open(const fs::path &path) {
  RunFolder run(path);
  for (const fs::path &needed : {run.bundle() / "manifest.json", run.settings()})
    if (!fs::exists(needed))
      throw Error("'", path.string(), "' is not the folder of a training run: it has no '",
                  needed.lexically_relative(path).string(), "'; 'samba-run train --out' makes one");
  return run;
}

std::optional<fs::path> RunFolder::newestCheckpoint() const { return samba::newestCheckpoint(checkpoints()); }

int64_t RunFolder::loadWeights(Player &player) const {
  auto checkpoint = newestCheckpoint();
  if (!checkpoint)
    throw Error("run '", root.string(),
                "' has no complete checkpoint yet; train it first, or give --weights");
  samba::loadWeights(player, *checkpoint / "model.safetensors");
  return readTrainerState(*checkpoint).step;
}

} // namespace samba
