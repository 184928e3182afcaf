// samba-run train: a model learns from text or tokens, into a run folder.
#include "runtime/Player.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/data/ShuffledBatches.h"
#include "runtime/eval/Perplexity.h"
#include "runtime/train/Trainer.h"
#include "runtime/train/Validation.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <iostream>
#include <optional>

using namespace samba;
namespace fs = std::filesystem;

namespace {

/// Copies the bundle into the run, so that the run is whole and stays as it is when the spec is edited; the
/// rename makes it appear at once.
void adoptBundle(const fs::path &bundle, const RunFolder &run) {
  fs::path temporary = run.path() / ".model.samba.new";
  try {
    fs::create_directories(run.path());
    fs::remove_all(temporary);
    fs::copy(bundle, temporary, fs::copy_options::recursive);
    fs::remove_all(run.bundle());
    fs::rename(temporary, run.bundle());
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot write the run folder '", run.path().string(), "': ", error.code().message());
  }
}

/// The bundle to train: that of the run when it is resumed, which then has to be the one that was asked for.
Bundle bundleToTrain(const fs::path &asked, const RunFolder &run, bool resume, Device &device) {
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
  adoptBundle(asked, run);
  return Bundle::load(run.bundle());
}

} // namespace

int samba::runTrain(const std::vector<std::string> &words) {
  std::string model, out, device = "cpu", weights;
  std::vector<std::string> data;
  CompileRequest request;
  TrainSettings settings;
  TrainOptions options;
  int64_t seed = 0, evalTokens = 65536, documentId = -1;
  Flags flags(
      "train",
      "MODEL --data FILE|DIR… --out RUN [--steps N --batch B --seq T --grad-accum K --lr X --warmup N "
      "--seed S --save-every N --resume] [--device cpu|cuda]",
      "trains a model on text or tokens");
  flags.positional("MODEL", model, "a spec (.mlir) or a bundle (.samba)");
  flags.list("data", data, "FILE|DIR…", "text, or tokens of nanoGPT, llm.c or lit_gpt; folders are searched",
             true);
  addDocumentFlag(flags, documentId);
  flags.text("out", out, "RUN", "the run folder: bundle, settings, metrics, checkpoints");
  flags.require("data");
  flags.require("out");
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
  flags.text("weights", weights, "FILE", "start from these weights (safetensors) instead of the seed's");
  flags.integer("save-every", settings.saveEvery, "N", "steps between checkpoints; 0: only the last", 0);
  flags.integer("eval-every", settings.evalEvery, "N", "steps between validations; 0: never", 0);
  flags.integer("eval-tokens", evalTokens, "N", "tokens of a validation; 0: all held-out text", 0);
  flags.integer("keep", settings.keep, "N", "newest checkpoints to keep");
  flags.toggle("resume", options.resume, "continue RUN from its newest checkpoint, bit for bit");
  flags.integer("stop-after", options.stopAfter, "N", "save and stop after this step; 0: go to the end", 0);
  addDeviceFlag(flags, device, "where to train");
  addCompileFlags(flags, request, true);
  flags.example(
      "samba-run train models/samba-tiny.mlir --data book.txt --out runs/tiny --steps 300 --lr 2e-3",
      "300 steps on one text; about a twentieth of it is held out for validation");
  flags.example("samba-run train models/samba-tiny.mlir --data src docs --out runs/narrow --set "
                "attention.window=64",
                "a variant of the model, on all text below two folders");
  flags.example("samba-run train models/samba-tiny.mlir --data docs --out runs/packed --pack",
                "several files share a row, and none sees another");
  flags.example(
      "samba-run train models/samba-tiny.mlir --data book.txt --out runs/tiny --steps 300 --lr 2e-3 "
      "--resume",
      "goes on after an interruption; the words are those the run was started with");
  if (!flags.parse(words))
    return 0;
  settings.seed = static_cast<uint64_t>(seed);
  settings.check();

  RunFolder run(out);
  if (!options.resume && RunFolder::isRun(out))
    throw Error("'", out, "' is a run already; continue it with --resume, or give another --out");
  std::shared_ptr<Device> chosen = makeDevice(device);
  fs::path asked = bundleOf(model, device, request, flags);
  Bundle described = Bundle::load(asked);
  const Entry &entry = described.entry("train");
  bool packed = entry.isPacked();
  int64_t seq = entry.seq;
  if (documentId >= 0 && !packed)
    throw Error("--document-id says where documents begin, but this model is not trained on packed rows; "
                "add --pack");
  Corpus corpus = openCorpus(data, described, 0.05, documentId);
  if (packed && !corpus.train.documentId())
    std::cerr << "documents begin where a file does; say with --document-id which token begins one\n";
  std::cerr << groupedText(corpus.train.size()) << " tokens to train on, "
            << groupedText(corpus.validation.size()) << " held out\n";

  std::string identity = corpus.identity();
  if (packed)
    identity += corpus.train.documentId() ? ", packed at " + std::to_string(*corpus.train.documentId())
                                          : ", packed by files";
  ShuffledBatches batches(corpus.train, seq, settings.seed, identity);
  std::unique_ptr<SequenceSource> validation;
  if (settings.evalEvery > 0 && corpus.validation.size() > (packed ? 1 : seq))
    validation = heldOut(corpus.validation, seq, evalTokens, packed);
  else if (settings.evalEvery > 0)
    std::cerr << "no validation: the held-out text is shorter than a sequence of " << seq << " tokens\n";

  Player player(bundleToTrain(asked, run, options.resume, *chosen), chosen);
  if (validation)
    checkContext(player, seq);
  std::optional<fs::path> checkpoint = run.newestCheckpoint();
  int64_t before = checkpoint ? readTrainerState(*checkpoint).step : 0;
  TrainResult result = train(player, run, settings, batches, validation.get(), options, weights);
  std::cout << out << ": step " << result.step << " of " << settings.steps;
  if (result.step > before)
    std::cout << ", loss " << fixed(result.loss, 4);
  if (result.validated)
    std::cout << ", validation loss " << fixed(result.validationLoss, 4);
  std::cout << (result.step > before ? " nats per token\n" : ", nothing left to do\n");
  if (result.interrupted)
    std::cerr << "interrupted and saved; the same command with --resume goes on\n";
  return 0;
}
