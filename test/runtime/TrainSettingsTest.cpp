// The settings of a run, run.json, and the learning rate schedule.
#include "runtime/train/TrainSettings.h"
#include "TinyModel.h"
#include "runtime/train/Schedule.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace samba;
using namespace samba::test;

TEST(Schedule, WarmsUpLinearlyAndDecaysAsACosine) {
  TrainSettings settings;
  settings.steps = 110;
  settings.warmup = 10;
  settings.lr = 1;
  EXPECT_DOUBLE_EQ(learningRate(settings, 1), 0.1);
  EXPECT_DOUBLE_EQ(learningRate(settings, 10), 1);
  EXPECT_DOUBLE_EQ(learningRate(settings, 60), 0.55); // half way
  EXPECT_DOUBLE_EQ(learningRate(settings, 85), 0.1 + 0.9 * (1 + std::cos(0.75 * M_PI)) / 2);
  EXPECT_DOUBLE_EQ(learningRate(settings, 110), 0.1); // lr / 10
  settings.minLr = 0;
  EXPECT_NEAR(learningRate(settings, 110), 0, 1e-16);
}

TEST(Schedule, Edges) {
  TrainSettings settings;
  settings.lr = 1;
  EXPECT_EQ(settings.warmupSteps(), 10); // 1% of 1000
  settings.steps = 1;
  EXPECT_EQ(settings.warmupSteps(), 1);
  EXPECT_DOUBLE_EQ(learningRate(settings, 1), 1);
  settings.warmup = 0;
  EXPECT_DOUBLE_EQ(learningRate(settings, 1), 0.1);
  settings.warmup = 5; // longer than the run
  EXPECT_DOUBLE_EQ(learningRate(settings, 1), 1);
}

TEST(TrainSettings, AreReadAsTheyWereWritten) {
  TempFolder temp;
  TrainSettings settings;
  settings.lr = 0.1 + 0.2; // not a short decimal
  settings.seed = ~uint64_t(0);
  settings.steps = 12345678901;
  settings.save(temp.path() / "run.json", "abc", "text");
  RunRecord record = RunRecord::load(temp.path() / "run.json");
  EXPECT_EQ(record.bundleDigest, "abc");
  EXPECT_EQ(record.data, "text");
  EXPECT_EQ(record.settings.lr, settings.lr);
  EXPECT_EQ(record.settings.seed, settings.seed);
  EXPECT_EQ(record.settings.steps, settings.steps);
  EXPECT_NO_THROW(settings.checkResumes(record.settings));
}

TEST(TrainSettings, NamesWhatIsWrongInRunJson) {
  TempFolder temp;
  std::string file = (temp.path() / "run.json").string();
  TrainSettings().save(file, "abc", "text");
  auto patched = [&](const char *pointer, nlohmann::json value) {
    auto json = nlohmann::json::parse(fileText(file));
    json[nlohmann::json::json_pointer(pointer)] = std::move(value);
    writeFile(file + "2", json.dump());
    return messageOf([&] { RunRecord::load(file + "2"); });
  };
  EXPECT_EQ(patched("/format", "x"), "'" + file + "2': format: expected 'samba-run', got 'x'");
  EXPECT_EQ(patched("/version", 2), "'" + file + "2': version: expected an integer from 1 to 1, got 2");
  EXPECT_EQ(patched("/settings/lr", "fast"), "'" + file + "2': settings.lr: expected a number, got \"fast\"");
  EXPECT_EQ(patched("/settings/seed", -1),
            "'" + file + "2': settings.seed: expected an integer of at least 0, got -1");
  EXPECT_EQ(patched("/settings/steps", 0), "setting 'steps': expected a value from 1 to 1e+15, got 0");
}

TEST(TrainSettings, ChecksRanges) {
  TrainSettings settings;
  EXPECT_NO_THROW(settings.check());
  settings.beta1 = 1;
  EXPECT_EQ(messageOf([&] { settings.check(); }),
            "setting 'beta1': expected a value from 0 to 0.999999, got 1");
  settings.beta1 = 0.9;
  settings.lr = NAN;
  EXPECT_EQ(messageOf([&] { settings.check(); }), "setting 'lr': expected a value from 0 to 1e+06, got nan");
}

TEST(TrainSettings, NamesEveryContradiction) {
  TrainSettings saved, given;
  given.saveEvery = 1; // these may change
  given.keep = 9;
  EXPECT_NO_THROW(given.checkResumes(saved));
  given.lr = 0.001;
  given.seed = 4;
  EXPECT_EQ(messageOf([&] { given.checkResumes(saved); }),
            "cannot resume with other settings: 'lr' was 0.0004 and is 0.001, 'seed' was 0 and is 4; leave "
            "them out, "
            "or train into a new folder");
}
