// samba-run train: a model learns from text or tokens, into a run folder.
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/TrainRun.h"
#include "tools/samba-run/Verbs.h"

#include <iostream>

int samba::runTrain(const std::vector<std::string> &words) {
  TrainRun run;
  std::string out;
  Flags flags(
      "train",
      "MODEL --data FILE|DIR… --out RUN [--steps N --batch B --seq T --grad-accum K --lr X --warmup N "
      "--seed S --save-every N --resume] [--device cpu|cuda]",
      "trains a model on text or tokens");
  flags.positional("MODEL", run.model, "a spec (.mlir) or a bundle (.samba)");
  run.data.declare(flags);
  run.data.declareDocuments(flags);
  flags.text("out", out, "RUN", "the run folder: bundle, settings, metrics, checkpoints");
  flags.require("out");
  run.declareSettings(flags);
  flags.text("weights", run.weights, "FILE", "start from these weights (safetensors) instead of the seed's");
  flags.toggle("resume", run.options.resume, "continue RUN from its newest checkpoint, bit for bit");
  flags.integer("stop-after", run.options.stopAfter, "N", "save and stop after this step; 0: go to the end",
                0);
  addDeviceFlag(flags, run.device, "where to train");
  addCompileFlags(flags, run.compile, true);
  flags.example(
      "samba-run train models/samba-tiny.mlir --data book.txt --out runs/tiny --steps 300 --lr 2e-3",
      "300 steps on one text; about a twentieth of it is held out for validation");
  flags.example("samba-run train models/samba-tiny.mlir --data src docs --out runs/narrow --set "
                "attention.window=64",
                "a variant of the model, on all text below two folders");
  flags.example(
      "samba-run train models/samba-tiny.mlir --data book.txt --out runs/tiny --steps 300 --lr 2e-3 "
      "--resume",
      "goes on after an interruption; the words are those the run was started with");
  flags.example("samba-run train models/samba-tiny.mlir --data docs --out runs/packed --pack",
                "several files share a row, and none sees another");
  if (!flags.parse(words))
    return 0;
  run.out = out;
  TrainedRun trained = TrainedRun::train(run, flags);
  const TrainResult &result = trained.result;
  bool moved = result.step > trained.firstStep;
  std::cout << out << ": step " << result.step << " of " << run.settings.steps;
  if (moved)
    std::cout << ", loss " << fixed(result.loss, 4);
  if (result.validated)
    std::cout << ", validation loss " << fixed(result.validationLoss, 4);
  std::cout << (moved ? " nats per token\n" : ", nothing left to do\n");
  if (result.interrupted)
    std::cerr << "interrupted and saved; the same command with --resume goes on\n";
  return 0;
}
