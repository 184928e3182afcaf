// Checkpoints survive a kill at any moment and a full disk.
#include "runtime/checkpoint/Checkpoint.h"
#include "TinyModel.h"
#include "runtime/init/Initializer.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <set>

using namespace samba;
using namespace samba::test;
namespace fs = std::filesystem;

namespace {

class CheckpointTest : public testing::Test {
protected:
  void SetUp() override {
    player = tinyPlayer(temp.path() / "tiny.samba");
    initializeParameters(*player, 1);
  }

  /// Sets every weight and moment to `step` and saves.
  void save(int64_t step) {
    for (const Parameter &parameter : player->bundle().parameters)
      for (Segment segment : {Segment::Params, Segment::Moment1, Segment::Moment2})
        player->writeParameter(parameter, 0, std::vector<float>(size_t(parameter.elements()), float(step)),
                               segment);
    saveCheckpoint(folder, *player, {step, 10 * step, 2 * step, 7}, 2);
  }

  /// Loads the newest checkpoint and checks that all of it is of one step, which is returned; 0 if there is
  /// none.
  int64_t load() {
    auto newest = newestCheckpoint(folder);
    if (!newest)
      return 0;
    TrainerState state = loadCheckpoint(*newest, *player);
    for (Segment segment : {Segment::Params, Segment::Moment1, Segment::Moment2})
      for (float value : values(*player, 0, segment))
        if (value != float(state.step))
          ADD_FAILURE() << "a value of " << value << " in the checkpoint of step " << state.step;
    EXPECT_EQ(state.tokens, 10 * state.step);
    EXPECT_EQ(state.microBatches, 2 * state.step);
    return state.step;
  }

  std::set<std::string> names() {
    std::set<std::string> found;
    for (const auto &entry : fs::directory_iterator(folder))
      found.insert(entry.path().filename());
    return found;
  }

  TempFolder temp;
  fs::path folder = temp.path() / "checkpoints";
  std::unique_ptr<Player> player;
};

} // namespace

TEST_F(CheckpointTest, KeepsTheNewest) {
  EXPECT_EQ(load(), 0);
  for (int64_t step : {5, 20, 100})
    save(step);
  EXPECT_EQ(names(), (std::set<std::string>{"step-00000020", "step-00000100"}));
  EXPECT_EQ(load(), 100);
}

TEST_F(CheckpointTest, IgnoresAndRemovesRemains) {
  save(1);
  fs::create_directories(folder / ".tmp-step-00000002");
  fs::create_directories(folder / "step-00000003"); // renamed, but not DONE
  fs::create_directories(folder / "notes");         // somebody else's
  EXPECT_EQ(load(), 1);
  save(4);
  EXPECT_EQ(names(), (std::set<std::string>{"notes", "step-00000001", "step-00000004"}));
}

TEST_F(CheckpointTest, NamesWhatIsWrongInside) {
  save(3);
  fs::path trainer = folder / "step-00000003" / "trainer.json";
  writeFile(trainer, R"({"format": "samba-checkpoint", "version": 1, "step": -1})");
  EXPECT_EQ(messageOf([&] { load(); }),
            "'" + trainer.string() + "': step: expected an integer from 0 to 1152921504606846976, got -1");
}

TEST_F(CheckpointTest, KillAtAnyMomentLeavesTheLastOneLoadable) {
  auto begin = std::chrono::steady_clock::now();
  save(1);
  std::chrono::duration<double, std::micro> oneSave = std::chrono::steady_clock::now() - begin;
  int64_t last = 1;
  int advanced = 0;
  for (int round = 0; round < 40 || (advanced == 0 && round < 400); ++round) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) { // it has no worker threads, and saving needs none
      for (int64_t step = last + 1;; ++step)
        save(step);
    }
    usleep(useconds_t(oneSave.count() * round / 10)); // into every part of the first saves
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    int64_t now = load();
    ASSERT_GE(now, last) << "round " << round;
    advanced += now > last;
    last = now;
  }
  EXPECT_GT(advanced, 0);
  save(last + 1);
  EXPECT_EQ(names().size(), 2u); // the remains are gone
}

TEST_F(CheckpointTest, FullDiskLeavesTheLastOneLoadable) {
  save(1);
  // A limit on the size of files stands for a full disk; it cuts each of the three files in turn.
  for (rlim_t limit : {rlim_t(0), rlim_t(100), rlim_t(200000), rlim_t(300000)}) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      signal(SIGXFSZ, SIG_IGN);
      struct rlimit size = {limit, limit};
      setrlimit(RLIMIT_FSIZE, &size);
      std::string message = messageOf([&] { save(2); });
      bool named = message.find("cannot write '") == 0 && message.find("File too large") != std::string::npos;
      _exit(named ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << "limit " << limit;
    EXPECT_EQ(load(), 1);
  }
}
