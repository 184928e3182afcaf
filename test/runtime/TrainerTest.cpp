// Training the tiny model: it learns, agrees with a reference in double, resumes bit for bit, stops cleanly.
#include "runtime/train/Trainer.h"
#include "TinyModel.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Weights.h"
#include "runtime/init/Initializer.h"
#include "runtime/train/Schedule.h"
#include "runtime/train/Validation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <sstream>

using namespace samba;
using namespace samba::test;
namespace fs = std::filesystem;

namespace {

class TrainerTest : public testing::Test {
protected:
  TrainerTest() {
    settings.steps = 20;
    settings.lr = 0.05;
    settings.gradAccum = 2;
    settings.warmup = 3;
    settings.seed = 9;
    settings.saveEvery = 7;
    settings.evalEvery = 10;
  }

  /// Trains `name` in a player of its own, as a process would.
  TrainResult run(const std::string &name, TrainOptions options = {}, BatchSource *source = nullptr) {
    options.quiet = true;
    player = tinyPlayer(temp.path() / name / "model.samba");
    PeriodicBatches batches;
    PeriodicSequences validation(11);
    return train(*player, folder(name), settings, source ? *source : batches, &validation, options);
  }

  RunFolder folder(const std::string &name) { return RunFolder(temp.path() / name); }

  /// A file of the newest checkpoint.
  std::string newest(const std::string &name, const char *file) {
    return fileText(*folder(name).newestCheckpoint() / file);
  }

  std::vector<nlohmann::json> metrics(const std::string &name) {
    std::istringstream in(fileText(folder(name).metrics()));
    std::vector<nlohmann::json> lines;
    for (std::string line; std::getline(in, line);)
      lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  TempFolder temp;
  TrainSettings settings;
  std::unique_ptr<Player> player;
};

/// The same model, gradients and optimizer in double, written without regard to speed.
class Reference {
public:
  explicit Reference(Player &player) {
    for (size_t i = 0; i < 2; ++i)
      for (float value : values(player, i))
        p.push_back(value);
    m.resize(p.size()), v.resize(p.size());
  }

  /// One step over the micro-batches; returns the mean loss and leaves the norm of the gradients in `norm`.
  double step(const TrainSettings &settings, int64_t number) {
    std::vector<double> grads(p.size());
    double loss = 0;
    for (int64_t i = 0; i < settings.gradAccum; ++i)
      loss += gradients((number - 1) * settings.gradAccum + i, grads) / double(settings.gradAccum);
    norm = 0;
    for (double &grad : grads)
      grad /= double(settings.gradAccum), norm += grad * grad;
    norm = std::sqrt(norm);
    double lr = learningRate(settings, number), factor = norm > settings.clip ? settings.clip / norm : 1;
    for (size_t i = 0; i < p.size(); ++i) {
      double grad = grads[i] * factor;
      m[i] = settings.beta1 * m[i] + (1 - settings.beta1) * grad;
      v[i] = settings.beta2 * v[i] + (1 - settings.beta2) * grad * grad;
      double mHat = m[i] / (1 - std::pow(settings.beta1, number)),
             vHat = v[i] / (1 - std::pow(settings.beta2, number));
      p[i] -= lr * (mHat / (std::sqrt(vHat) + settings.eps) + settings.weightDecay * p[i]);
    }
    return loss;
  }

  double norm = 0;

private:
  double gradients(int64_t index, std::vector<double> &grads) {
    std::vector<int32_t> tokens(16), targets(16);
    PeriodicBatches().fill(index, tokens, targets);
    double loss = 0;
    for (size_t row = 0; row < 2; ++row) {
      std::vector<double> s(256), logits(256);
      for (size_t t = 0; t < 8; ++t) {
        double sum = 0;
        for (size_t c = 0; c < 256; ++c) {
          s[c] = s[c] / 2 + p[size_t(tokens[row * 8 + t]) * 256 + c];
          logits[c] = s[c] + p[65536 + c];
          sum += std::exp(logits[c]);
        }
        size_t target = size_t(targets[row * 8 + t]);
        loss += (std::log(sum) - logits[target]) / 16;
        for (size_t c = 0; c < 256; ++c) {
          double d = (std::exp(logits[c]) / sum - double(c == target)) / 16, fade = 1;
          grads[65536 + c] += d;
          for (size_t back = t + 1; back-- > 0; fade /= 2)
            grads[size_t(tokens[row * 8 + back]) * 256 + c] += fade * d;
        }
      }
    }
    return loss;
  }

  std::vector<double> p, m, v;
};

/// Does something when a certain micro-batch is asked for.
class ActingBatches : public PeriodicBatches {
public:
  ActingBatches(int64_t when, std::function<void(std::span<int32_t>, std::span<int32_t>)> action)
      : when(when), action(std::move(action)) {}
  void fill(int64_t index, std::span<int32_t> tokens, std::span<int32_t> targets) override {
    PeriodicBatches::fill(index, tokens, targets);
    if (index == when)
      action(tokens, targets);
  }

private:
  int64_t when;
  std::function<void(std::span<int32_t>, std::span<int32_t>)> action;
};

} // namespace

TEST_F(TrainerTest, AgreesWithAReferenceInDouble) {
  auto start = tinyPlayer(temp.path() / "start.samba");
  initializeParameters(*start, settings.seed);
  Reference reference(*start);
  run("run");
  auto lines = metrics("run");
  int64_t step = 0;
  for (const auto &line : lines) {
    if (line.contains("val_loss"))
      continue;
    ++step;
    EXPECT_EQ(line["step"], step);
    EXPECT_NEAR(line["loss"].get<double>(), reference.step(settings, step), 1e-5) << "step " << step;
    EXPECT_NEAR(line["grad_norm"].get<double>(), reference.norm, 1e-5) << "step " << step;
  }
  EXPECT_EQ(step, 20);
}

TEST_F(TrainerTest, LearnsAndWritesMetrics) {
  settings.steps = 60;
  TrainResult result = run("run");
  EXPECT_EQ(result.step, 60);
  EXPECT_LT(result.loss, 1.0); // from log(256) = 5.5
  EXPECT_TRUE(result.validated);
  EXPECT_LT(result.validationLoss, 1.2);
  auto lines = metrics("run");
  ASSERT_EQ(lines.size(), 66u); // and 6 validations
  std::vector<std::string> fields;
  for (const auto &[key, value] : lines[0].items())
    fields.push_back(key);
  EXPECT_EQ(fields, (std::vector<std::string>{"grad_norm", "loss", "lr", "memory_bytes", "mfu", "step",
                                              "step_ms", "tflops", "tokens", "tokens_per_s"}));
  EXPECT_EQ(lines[0]["tokens"], 32);
  EXPECT_TRUE(lines[0]["mfu"].is_null());
  EXPECT_EQ(lines[65]["step"], 60);
  EXPECT_EQ(lines[65]["val_loss"], result.validationLoss);
  EXPECT_EQ(folder("run").loadWeights(*player), 60);
}

TEST_F(TrainerTest, ResumesBitForBit) {
  run("straight");
  TrainResult half = run("resumed", {.stopAfter = 10});
  EXPECT_EQ(half.step, 10);
  TrainResult whole = run("resumed", {.resume = true});
  EXPECT_EQ(whole.step, 20);
  for (const char *file : {"model.safetensors", "optimizer.safetensors", "trainer.json"})
    EXPECT_TRUE(newest("straight", file) == newest("resumed", file)) << file;
  auto one = metrics("straight"), two = metrics("resumed");
  ASSERT_EQ(one.size(), two.size());
  for (size_t i = 0; i < one.size(); ++i)
    for (const char *field : {"step", "tokens", "loss", "grad_norm", "lr", "val_loss"})
      EXPECT_EQ(one[i].value(field, nlohmann::json()), two[i].value(field, nlohmann::json()))
          << i << " " << field;
}

TEST_F(TrainerTest, AKillLosesOnlyTheStepsSinceTheCheckpoint) {
  run("straight");
  // Step 17 fails; the checkpoint of step 14 and the metrics up to 16 are there, the last line cut short.
  ActingBatches broken(32, [](auto tokens, auto) { tokens[0] = 254; });
  messageOf([&] { run("killed", {}, &broken); });
  std::string text = fileText(folder("killed").metrics());
  writeFile(folder("killed").metrics(), text + "{\"step\": 17, \"lo");
  EXPECT_EQ(readTrainerState(*folder("killed").newestCheckpoint()).step, 14);
  run("killed", {.resume = true});
  EXPECT_TRUE(newest("straight", "model.safetensors") == newest("killed", "model.safetensors"));
  EXPECT_EQ(metrics("straight").size(), metrics("killed").size());
}

TEST_F(TrainerTest, NonFiniteLossStopsNamingStepAndLaunch) {
  ActingBatches broken(17, [](auto tokens, auto) { tokens[0] = 254; });
  EXPECT_EQ(messageOf([&] { run("run", {}, &broken); }),
            "step 9: the loss is nan; the first launch with a NaN or Inf is 'tiny: forward'; the last good "
            "checkpoint "
            "is '" +
                (folder("run").checkpoints() / "step-00000007").string() +
                "'; try a lower --lr or a longer --warmup");
  EXPECT_EQ(readTrainerState(*folder("run").newestCheckpoint()).step, 7);
}

TEST_F(TrainerTest, NonFiniteGradientNormNamesTheLaunchAndTouchesNoWeight) {
  settings.saveEvery = 0;
  ActingBatches broken(0, [](auto, auto targets) { targets[3] = 255; });
  EXPECT_EQ(messageOf([&] { run("run", {}, &broken); }),
            "step 1: the gradient norm is nan; the first launch with a NaN or Inf is 'tiny: backward'; no "
            "checkpoint "
            "was written; try a lower --lr or a longer --warmup");
  auto untouched = tinyPlayer(temp.path() / "other.samba");
  initializeParameters(*untouched, settings.seed);
  EXPECT_EQ(values(*player, 0), values(*untouched, 0));
}

TEST_F(TrainerTest, SignalFinishesTheStepAndSaves) {
  run("straight");
  for (int number : {SIGINT, SIGTERM}) {
    std::string name = "signal" + std::to_string(number);
    ActingBatches interrupted(11, [&](auto, auto) { raise(number); });
    TrainResult result = run(name, {}, &interrupted);
    EXPECT_TRUE(result.interrupted);
    EXPECT_EQ(result.step, 6); // micro-batch 11 is the second of step 6
    EXPECT_EQ(readTrainerState(*folder(name).newestCheckpoint()).step, 6);
    EXPECT_FALSE(run(name, {.resume = true}).interrupted);
    EXPECT_TRUE(newest("straight", "model.safetensors") == newest(name, "model.safetensors"));
  }
}

TEST_F(TrainerTest, RefusesContradictions) {
  std::string root = (temp.path() / "run").string();
  EXPECT_EQ(messageOf([&] { run("run", {.resume = true}); }),
            "'" + root + "' holds no run to resume; leave out --resume to start one");
  run("run", {.stopAfter = 2});
  EXPECT_EQ(messageOf([&] { run("run"); }),
            "'" + root + "' holds a run already; continue it with --resume, or choose another --out");
  settings.lr = 0.5;
  EXPECT_EQ(messageOf([&] { run("run", {.resume = true}); }),
            "cannot resume with other settings: 'lr' was 0.05 and is 0.5; leave them out, or train into a "
            "new folder");
  settings.lr = 0.05;
  class Others : public PeriodicBatches {
    std::string identity() const override { return "others"; }
  } others;
  EXPECT_EQ(messageOf([&] { run("run", {.resume = true}, &others); }),
            "cannot resume on other data: the run began with 'periodic', this is 'others'");
}

TEST_F(TrainerTest, StartsFromWeights) {
  settings.steps = 1;
  settings.lr = 0; // so that the weights stay what they were
  auto other = tinyPlayer(temp.path() / "other.samba");
  initializeParameters(*other, 77);
  saveWeights(*other, temp.path() / "start.safetensors");
  player = tinyPlayer(temp.path() / "run" / "model.samba");
  PeriodicBatches batches;
  train(*player, folder("run"), settings, batches, nullptr, {.quiet = true},
        temp.path() / "start.safetensors");
  EXPECT_EQ(values(*player, 0), values(*other, 0));
}

TEST_F(TrainerTest, ValidationDoesNotDependOnChunksAndRows) {
  auto tiny = tinyPlayer(temp.path() / "tiny.samba");
  initializeParameters(*tiny, 1);
  // 5 sequences in rows of 2, 11 targets in chunks of 4: mean of each by hand, from decode.
  PeriodicSequences source(11);
  double sum = 0;
  for (int64_t i = 0; i < 5; ++i) {
    std::vector<int32_t> text(12);
    source.fill(i, text);
    tiny->zeroState();
    for (size_t t = 0; t < 11; ++t) {
      tiny->write("decode", "tokens", std::vector<int32_t>{text[t], text[t]});
      tiny->run("decode");
      std::vector<float> logits = tiny->read("decode", "logits");
      double total = 0;
      for (size_t c = 0; c < 256; ++c)
        total += std::exp(double(logits[c]));
      sum += std::log(total) - logits[size_t(text[t + 1])];
    }
  }
  EXPECT_NEAR(validationLoss(*tiny, source), sum / 55, 1e-5);
  EXPECT_EQ(tiny->snapshotState(), std::vector<std::byte>(2112)); // and the state is zero again
}

/// Every row is two documents.
class PackedBatches : public PeriodicBatches {
public:
  void fillDocuments(int64_t index, std::span<int32_t> documents) override {
    for (size_t i = 0; i < documents.size(); ++i)
      documents[i] = i % 8 < 3 ? 0 : 3;
    asked.push_back(index);
  }
  std::vector<int64_t> asked;
};

TEST_F(TrainerTest, PackedRowsAreToldTheirDocuments) {
  nlohmann::json manifest = tinyManifest();
  int64_t io = manifest["segments"]["io"];
  manifest["segments"]["io"] = io + 64;
  manifest["entries"]["train"]["inputs"].push_back(
      {{"name", "documents"}, {"shape", {2, 8}}, {"dtype", "i32"}, {"segment", "io"}, {"offset", io}});
  writeBundle(temp.path() / "packed/model.samba", manifest);
  Player packed(Bundle::load(temp.path() / "packed/model.samba"), makeDevice("cpu"));
  settings.steps = 2;
  PackedBatches batches;
  TrainOptions options;
  options.quiet = true;
  train(packed, folder("packed"), settings, batches, nullptr, options);
  EXPECT_EQ(batches.asked, (std::vector<int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(metrics("packed")[1]["documents"], 8); // two micro-batches of two rows
  std::vector<int32_t> documents{0, 0, 0, 3, 3, 3, 6, 7, 0, 1, 1, 1, 4, 4, 3, 3};
  EXPECT_EQ(messageOf([&] { packed.write("train", "documents", documents); }),
            "'documents'[1, 6] of entry 'train': expected 6, or as before 4, got 3");
  documents[0] = 1;
  EXPECT_EQ(messageOf([&] { packed.write("train", "documents", documents); }),
            "'documents'[0, 0] of entry 'train': expected 0 or less, got 1");
  manifest["entries"]["train"]["inputs"][2]["shape"] = {8, 2};
  writeBundle(temp.path() / "bad.samba", manifest);
  EXPECT_EQ(messageOf([&] { Bundle::load(temp.path() / "bad.samba"); }),
            "'" + (temp.path() / "bad.samba/manifest.json").string() +
                "': entries.train.inputs: 'documents': expected i32 [2, 8], got i32 [8, 2]");
}

TEST(RunFolder, SaysWhatIsMissing) {
  TempFolder temp;
  EXPECT_EQ(
      messageOf([&] { RunFolder::open(temp.path()); }),
      "'" + temp.path().string() +
          "' is not the folder of a training run: it has no 'model.samba/manifest.json'; 'samba-run train "
          "--out' makes one");
  auto player = tinyPlayer(temp.path() / "model.samba");
  EXPECT_FALSE(RunFolder::isRun(temp.path()));
  TrainSettings().save(temp.path() / "run.json", "", "");
  EXPECT_TRUE(RunFolder::isRun(temp.path()));
  EXPECT_EQ(messageOf([&] { RunFolder::open(temp.path()).loadWeights(*player); }),
            "run '" + temp.path().string() +
                "' has no complete checkpoint yet; train it first, or give --weights");
}
