// The order of writes that makes a checkpoint atomic.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/JsonPlace.h"
#include "runtime/checkpoint/DurableFile.h"
#include "runtime/checkpoint/Weights.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace samba {

namespace fs = std::filesystem;

static constexpr const char *kPrefix = "step-";
static constexpr const char *kTemporary = ".tmp-";
static constexpr int64_t kMaxCount = int64_t(1) << 60;

static std::string folderName(int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "%s%08lld", kPrefix, static_cast<long long>(step));
  return name;
}

/// The step in the name of a checkpoint's folder, or -1 for any other name.
static int64_t stepOf(const fs::path &path) {
  std::string name = path.filename().string();
  size_t prefix = std::char_traits<char>::length(kPrefix);
  if (name.rfind(kPrefix, 0) != 0 || name.size() < prefix + 8 || name.size() > prefix + 18 ||
      name.find_first_not_of("0123456789", prefix) != std::string::npos)
    return -1;
  return std::stoll(name.substr(prefix));
}

static bool complete(const fs::path &checkpoint) { return fs::exists(checkpoint / "DONE"); }

/// Complete checkpoints, newest first.
static std::vector<fs::path> completeOnes(const fs::path &folder) {
  std::vector<fs::path> found;
  std::error_code code; // a folder that is not there holds none
  for (const fs::directory_entry &entry : fs::directory_iterator(folder, code))
    if (stepOf(entry.path()) >= 0 && complete(entry.path()))
      found.push_back(entry.path());
  std::sort(found.begin(), found.end(),
            [](const fs::path &a, const fs::path &b) { return stepOf(a) > stepOf(b); });
  return found;
}

/// DONE goes first, so that half a checkpoint never looks complete.
static void removeCheckpoint(const fs::path &checkpoint) {
  if (fs::remove(checkpoint / "DONE"))
    syncFolder(checkpoint);
  fs::remove_all(checkpoint);
}

static void removeOld(const fs::path &folder, int64_t keep) {
  std::vector<fs::path> found = completeOnes(folder);
  for (size_t i = size_t(keep); i < found.size(); ++i)
    removeCheckpoint(found[i]);
  std::vector<fs::path> remains;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().rfind(kTemporary, 0) == 0 ||
        (stepOf(entry.path()) >= 0 && !complete(entry.path())))
      remains.push_back(entry.path());
  for (const fs::path &path : remains)
    fs::remove_all(path);
}

fs::path saveCheckpoint(const fs::path &folder, Player &player, const TrainerState &state, int64_t keep) {
  fs::path final = folder / folderName(state.step),
           temporary = folder / (kTemporary + folderName(state.step));
  if (complete(final)) // a step has one outcome, and rewriting would leave a moment without any checkpoint
    return final;
  try {
    fs::create_directories(folder);
    fs::remove_all(temporary);
    fs::create_directory(temporary);
    saveWeights(player, temporary / "model.safetensors");
    saveMoments(player, temporary / "optimizer.safetensors");
    nlohmann::ordered_json json = {{"format", "samba-checkpoint"}, {"version", 1},
                                   {"step", state.step},           {"tokens", state.tokens},
                                   {"seed", state.seed},           {"micro_batches", state.microBatches}};
    DurableFile text(temporary / "trainer.json");
    text.write(json.dump(2) + "\n");
    text.finish();
    syncFolder(temporary);

    fs::remove_all(final); // remains of a write that was cut short before DONE
    fs::rename(temporary, final);
    syncFolder(folder);
    DurableFile done(final / "DONE");
    done.finish();
    syncFolder(final);
    removeOld(folder, std::max<int64_t>(keep, 1));
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot write checkpoint '", final.string(), "': ", error.code().message());
  }
  return final;
}

std::optional<fs::path> newestCheckpoint(const fs::path &folder) {
  std::vector<fs::path> found = completeOnes(folder);
  if (found.empty())
    return std::nullopt;
  return found.front();
}

TrainerState readTrainerState(const fs::path &checkpoint) {
  fs::path path = checkpoint / "trainer.json";
  std::string file = path.string();
  nlohmann::json json = readJson(path);
  JsonPlace root(json, file);
  if (root["format"].text() != "samba-checkpoint")
    root["format"].fail("expected 'samba-checkpoint', got '", root["format"].text(), "'");
  root["version"].integer(1, 1);
  TrainerState state;
  state.step = root["step"].integer(0, kMaxCount);
  state.tokens = root["tokens"].integer(0, kMaxCount);
  state.microBatches = root["micro_batches"].integer(0, kMaxCount);
  state.seed = root["seed"].unsignedInteger();
  return state;
}

TrainerState loadCheckpoint(const fs::path &checkpoint, Player &player) {
  TrainerState state = readTrainerState(checkpoint);
  loadWeights(player, checkpoint / "model.safetensors");
  loadMoments(player, checkpoint / "optimizer.safetensors");
  return state;
}

} // namespace samba
