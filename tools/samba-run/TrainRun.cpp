// The run folder, the data and the device of a training run, and the loop over its steps.
#include "tools/samba-run/TrainRun.h"

#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/data/ShuffledBatches.h"
#include "runtime/eval/Perplexity.h"
#include "runtime/train/Validation.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"

#include <iostream>
#include <optional>

using namespace samba;
namespace fs = std::filesystem;

namespace {

/// Copies the bundle and the tokenizer into the run, so that the run is whole and stays as it is when the
/// spec is edited; the rename makes it appear at once.
void adoptBundle(const fs::path &bundle, const fs::path &tokenizer, const RunFolder &run) {
  fs::path temporary = run.path() / ".model.samba.new";
  try {
    fs::create_directories(run.path());
    fs::remove_all(temporary);
    fs::copy(bundle, temporary, fs::copy_options::recursive);
    fs::remove(run.tokenizer());
    if (!tokenizer.empty())
      fs::copy_file(tokenizer, run.tokenizer());
    fs::remove_all(run.bundle());
    fs::rename(temporary, run.bundle());
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot write the run folder '", run.path().string(), "': ", error.code().message());
  }
}

/// The bundle to train: that of the run when it is resumed, which then has to be the one that was asked for.
Bundle bundleToTrain(const fs::path &asked, const fs::path &tokenizer, const RunFolder &run, bool resume,
                     Device &device) {
  if (resume && fs::exists(run.bundle())) {
    Bundle bundle = Bundle::load(run.bundle());
    if (Bundle::load(asked).digest != bundle.digest)
      throw Error("the run '", run.path().string(),
                  "' trains another model than the one given: expected the ",
                  "spec, --set, --batch and --seq it was started with; start a new run with another --out");
    return bundle;
  }
  if (!resume && RunFolder::isRun(run.path()))
    throw Error("'", run.path().string(),
                "' is a run already; continue it with --resume, or give another --out");
  Bundle bundle = Bundle::load(asked); // what is wrong with it is said before the first file is written
  bundle.entry("train");
  device.load(bundle);
  adoptBundle(asked, tokenizer, run);
  return Bundle::load(run.bundle());
}

} // namespace

void TrainRun::declareSettings(Flags &flags) {
  flags.integer("steps", settings.steps, "N", "optimizer steps");
  flags.integer("grad-accum", settings.gradAccum, "K", "micro-batches of a step");
  flags.number("lr", settings.lr, "X", "learning rate after warm-up");
  flags.number("min-lr", settings.minLr, "X", "learning rate of the last step; -1: a tenth of --lr", -1);
  flags.integer("warmup", settings.warmup, "N", "steps of warm-up; -1: a hundredth of --steps", -1);
  flags.number("weight-decay", settings.weightDecay, "X", "decoupled, of matrices");
  flags.number("beta1", settings.beta1, "X", "of AdamW", 0, 1);
  flags.number("beta2", settings.beta2, "X", "of AdamW", 0, 1);
  flags.number("eps", settings.eps, "X", "of AdamW");
  flags.number("clip", settings.clip, "X", "limit of the gradient's norm; 0: none");
  flags.integer("seed", seed, "S", "of the first weights and of the order of the data", 0);
  flags.integer("save-every", settings.saveEvery, "N", "steps between checkpoints; 0: only the last", 0);
  flags.integer("eval-every", settings.evalEvery, "N", "steps between validations; 0: never", 0);
  flags.integer("eval-tokens", evalTokens, "N", "tokens of a validation; 0: all held-out text", 0);
  flags.integer("keep", settings.keep, "N", "newest checkpoints to keep");
}

TrainedRun TrainedRun::train(TrainRun &run, const Flags &flags, int64_t heldOutTokens) {
  TrainSettings &settings = run.settings;
  settings.seed = static_cast<uint64_t>(run.seed);
  settings.check();
  RunFolder folder(run.out);
  if (!run.options.resume && RunFolder::isRun(run.out))
    throw Error("'", run.out.string(),
                "' is a run already; continue it with --resume, or give another --out");
  std::shared_ptr<Device> chosen = makeDevice(run.device);
  fs::path asked = bundleOf(run.model, run.device, run.compile, flags);
  Bundle described = Bundle::load(asked);
  const Entry &entry = described.entry("train");
  bool packed = entry.isPacked();
  int64_t seq = entry.seq;
  if (run.data.documentId >= 0 && !packed)
    throw Error("--document-id says where documents begin, but this model is not trained on packed rows; "
                "add --pack");
  TrainedRun trained;
  trained.corpus = std::make_unique<Corpus>(run.data.open(described, run.out.string()));
  const Corpus &corpus = *trained.corpus;
  if (packed && !corpus.train.documentId())
    std::cerr << "documents begin where a file does; say with --document-id which token begins one\n";
  std::cerr << groupedText(corpus.train.size()) << " tokens to train on, "
            << groupedText(corpus.validation.size()) << " held out\n";
  if (corpus.validation.size() < heldOutTokens)
    throw Error("expected at least ", heldOutTokens, " tokens of held-out text, got ",
                corpus.validation.size(), "; give more --data or shorter contexts");

  std::string identity = corpus.identity();
  if (packed)
    identity += corpus.train.documentId() ? ", packed at " + std::to_string(*corpus.train.documentId())
                                          : ", packed by files";
  ShuffledBatches batches(corpus.train, seq, settings.seed, identity);
  std::unique_ptr<SequenceSource> validation;
  if (settings.evalEvery > 0 && corpus.validation.size() > (packed ? 1 : seq))
    validation = heldOut(corpus.validation, seq, run.evalTokens, packed);
  else if (settings.evalEvery > 0)
    std::cerr << "no validation: the held-out text is shorter than a sequence of " << seq << " tokens\n";

  trained.player = std::make_unique<Player>(
      bundleToTrain(asked, run.data.tokenizer, folder, run.options.resume, *chosen), chosen);
  if (validation)
    checkContext(*trained.player, seq);
  if (std::optional<fs::path> checkpoint = folder.newestCheckpoint())
    trained.firstStep = readTrainerState(*checkpoint).step;
  trained.result =
      samba::train(*trained.player, folder, settings, batches, validation.get(), run.options, run.weights);
  return trained;
}
