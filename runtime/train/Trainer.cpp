// Steps of training, and what happens between them.
#include "runtime/train/Trainer.h"
#include "runtime/Player.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Weights.h"
#include "runtime/init/Initializer.h"
#include "runtime/train/Metrics.h"
#include "runtime/train/Progress.h"
#include "runtime/train/Schedule.h"
#include "runtime/train/StopSignal.h"
#include "runtime/train/Validation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace samba {

namespace {

class Training {
public:
  Training(Player &player, const RunFolder &run, const TrainSettings &settings, BatchSource &batches,
           SequenceSource *validation, const TrainOptions &options)
      : player(player), run(run), settings(settings), batches(batches), validation(validation),
        options(options), entry(player.bundle().entry("train")), update(player.bundle().entry("update")),
        launchesToGradNorm(player.launchesUntil("update", "grad_norm")),
        tokens(size_t(entry.batch * entry.seq)), targets(tokens.size()),
        documents(entry.isPacked() ? tokens.size() : 0), progress(settings.steps, options.quiet) {}

  void start(const std::filesystem::path &startWeights);
  TrainResult loop();

private:
  void step();
  void fillBatch(int64_t index);
  void loadBatch(int64_t index);
  std::vector<Reading<float>> startGradients();
  Reading<float> startNorm(int64_t step);
  double meanLoss(std::vector<Reading<float>> &losses);
  void checkNorm(double norm);
  std::optional<std::string> firstNonFinite(int64_t index);
  void measure(int64_t step, double loss, double gradNorm, double milliseconds);
  void validate();
  void save() { saveCheckpoint(run.checkpoints(), player, state, settings.keep); }
  [[noreturn]] void failNonFinite(const char *what, double value, const std::optional<std::string> &label);

  Player &player;
  const RunFolder &run;
  const TrainSettings &settings;
  BatchSource &batches;
  SequenceSource *validation;
  const TrainOptions &options;
  const Entry &entry, &update;
  size_t launchesToGradNorm;
  std::vector<int32_t> tokens, targets, documents; ///< documents: empty unless rows are packed
  int64_t filled = -1;                             ///< index of the micro-batch that they hold
  int64_t documentsOfStep = -1;                    ///< that begin in its rows; -1: not packed
  Progress progress;
  std::optional<MetricsLog> metrics;
  TrainerState state;
  TrainResult result;
};

/// Makes a new run, or puts the player where the last checkpoint was written.
void Training::start(const std::filesystem::path &startWeights) {
  bool exists = RunFolder::isRun(run.path());
  if (exists && !options.resume)
    throw Error("'", run.path().string(),
                "' holds a run already; continue it with --resume, or choose another --out");
  if (!exists && options.resume)
    throw Error("'", run.path().string(), "' holds no run to resume; leave out --resume to start one");
  if (exists) {
    RunRecord record = RunRecord::load(run.settings());
    settings.checkResumes(record.settings);
    if (record.bundleDigest != player.bundle().digest)
      throw Error("cannot resume with another model: '", run.settings().string(),
                  "' was written for the bundle with ", "digest '", record.bundleDigest, "', this one has '",
                  player.bundle().digest, "'");
    if (record.data != batches.identity())
      throw Error("cannot resume on other data: the run began with '", record.data, "', this is '",
                  batches.identity(), "'");
  }
  for (const char *name : {"train", "update"}) // memory that is missing is missed at once
    player.prepare(name);
  for (Segment segment : {Segment::Grads, Segment::Moment1, Segment::Moment2})
    player.zero(segment);
  auto checkpoint = run.newestCheckpoint();
  if (checkpoint) {
    state = loadCheckpoint(*checkpoint, player);
    progress.note("resuming after step " + std::to_string(state.step));
  } else if (startWeights.empty()) {
    initializeParameters(player, settings.seed);
  } else {
    loadWeights(player, startWeights);
  }
  state.seed = settings.seed;
  std::filesystem::create_directories(run.path());
  settings.save(run.settings(), player.bundle().digest, batches.identity());
  metrics.emplace(run.metrics(), state.step);
}

void Training::fillBatch(int64_t index) {
  if (filled == index)
    return;
  batches.fill(index, tokens, targets);
  if (!documents.empty())
    batches.fillDocuments(index, documents);
  filled = index;
}

void Training::loadBatch(int64_t index) {
  fillBatch(index);
  player.write("train", "tokens", tokens);
  player.write("train", "targets", targets);
  if (!documents.empty())
    player.write("train", "documents", documents);
}

/// Starts to add the gradients of all micro-batches of a step; returns their losses.
std::vector<Reading<float>> Training::startGradients() {
  std::vector<Reading<float>> losses;
  documentsOfStep = documents.empty() ? -1 : 0;
  for (int64_t i = 0; i < settings.gradAccum; ++i) {
    loadBatch(state.microBatches + i);
    for (size_t t = 0; t < documents.size(); ++t)
      documentsOfStep += documents[t] == int32_t(t % size_t(entry.seq));
    player.run("train");
    losses.push_back(player.startRead("train", "loss"));
  }
  return losses;
}

/// Starts the part of the update that measures the gradients and touches no weight.
Reading<float> Training::startNorm(int64_t step) {
  const TrainSettings &s = settings;
  auto correction = [step](double beta) {
    return -std::expm1(double(step) * std::log(beta));
  }; // 1 - beta^step
  std::vector<float> hyper = {float(learningRate(s, step)),
                              float(s.beta1),
                              float(s.beta2),
                              float(s.eps),
                              float(s.weightDecay),
                              float(s.clip),
                              float(1.0 / double(s.gradAccum)),
                              float(correction(s.beta1)),
                              float(correction(s.beta2))};
  player.write("update", "hyper", hyper);
  player.run("update", 0, launchesToGradNorm);
  return player.startRead("update", "grad_norm");
}

double Training::meanLoss(std::vector<Reading<float>> &losses) {
  double sum = 0;
  for (size_t i = 0; i < losses.size(); ++i) {
    double loss = losses[i].finish()[0];
    if (!std::isfinite(loss))
      failNonFinite("loss", loss, firstNonFinite(state.microBatches + int64_t(i)));
    sum += loss;
  }
  return sum / double(losses.size());
}

void Training::checkNorm(double norm) {
  if (std::isfinite(norm))
    return;
  std::optional<std::string> label;
  for (int64_t i = 0; i < settings.gradAccum && !label; ++i)
    label = firstNonFinite(state.microBatches + i);
  failNonFinite("gradient norm", norm, label ? label : update.launches[launchesToGradNorm - 1].label);
}

/// Plays a micro-batch again, to find where it goes wrong.
std::optional<std::string> Training::firstNonFinite(int64_t index) {
  loadBatch(index);
  return player.firstNonFinite("train");
}

void Training::failNonFinite(const char *what, double value, const std::optional<std::string> &label) {
  auto checkpoint = run.newestCheckpoint();
  throw Error("step ", state.step + 1, ": the ", what, " is ", std::isnan(value) ? "nan" : "infinite",
              "; the first launch with a NaN or Inf is '", label.value_or("none when played again"), "'; ",
              checkpoint ? "the last good checkpoint is '" + checkpoint->string() + "'"
                         : "no checkpoint was written",
              "; try a lower --lr or a longer --warmup");
}

void Training::step() {
  auto begin = std::chrono::steady_clock::now();
  // The device has all of its work before the host asks for a result. Loss and norm are looked at before the
  // first weight is touched, so that the cause of a NaN can still be found with the weights that made it.
  std::vector<Reading<float>> losses = startGradients();
  Reading<float> gradNorm = startNorm(state.step + 1);
  fillBatch(state.microBatches + settings.gradAccum); // of the next step, meanwhile
  double loss = meanLoss(losses), norm = gradNorm.finish()[0];
  checkNorm(norm);
  player.run("update", launchesToGradNorm, update.launches.size());
  std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
  ++state.step;
  state.microBatches += settings.gradAccum;
  state.tokens += settings.gradAccum * entry.batch * entry.seq;
  measure(state.step, loss, norm, elapsed.count());
}

void Training::measure(int64_t step, double loss, double gradNorm, double milliseconds) {
  double seconds = milliseconds / 1000, peak = player.device().peakFlops();
  double flops = double(entry.flops()) * double(settings.gradAccum) + double(update.flops());
  StepMetrics now;
  now.step = step;
  now.tokens = state.tokens;
  now.loss = result.loss = loss;
  now.gradNorm = gradNorm;
  now.lr = learningRate(settings, step);
  now.stepMs = milliseconds;
  now.tokensPerSecond = double(settings.gradAccum * entry.batch * entry.seq) / seconds;
  now.tflops = flops / seconds / 1e12;
  now.mfu = peak > 0 ? flops / seconds / peak : -1;
  now.memoryBytes = player.memoryBytes();
  now.documents = documentsOfStep;
  metrics->append(now);
  progress.step(now);
}

void Training::validate() {
  result.validationLoss = validationLoss(player, *validation);
  result.validated = true;
  metrics->appendValidation(state.step, result.validationLoss);
  char text[96];
  std::snprintf(text, sizeof text, "step %lld: validation loss %.4f, perplexity %.3f",
                static_cast<long long>(state.step), result.validationLoss, std::exp(result.validationLoss));
  progress.note(text);
}

TrainResult Training::loop() {
  StopSignal stop;
  int64_t last = options.stopAfter > 0 ? std::min(options.stopAfter, settings.steps) : settings.steps;
  while (state.step < last && !stop.received()) {
    step();
    bool end = state.step == settings.steps, leave = stop.received() || state.step == last;
    if (validation && settings.evalEvery > 0 && (end || state.step % settings.evalEvery == 0))
      validate();
    if (leave || (settings.saveEvery > 0 && state.step % settings.saveEvery == 0))
      save();
  }
  if (stop.received()) {
    save();
    result.interrupted = true;
    progress.note(std::string("stopped by ") + stop.received() + " after step " + std::to_string(state.step) +
                  " and saved; continue with the same command and --resume");
  }
  result.step = state.step;
  return result;
}

} // namespace

TrainResult train(Player &player, const RunFolder &run, const TrainSettings &settings, BatchSource &batches,
                  SequenceSource *validation, const TrainOptions &options,
                  const std::filesystem::path &startWeights) {
  settings.check();
  Training training(player, run, settings, batches, validation, options);
  training.start(startWeights);
  return training.loop();
}

} // namespace samba
