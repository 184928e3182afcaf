// samba-run sweep: variants of a model, trained alike one after another, side by side in a table.
#include "runtime/JsonPlace.h"
#include "runtime/checkpoint/DurableFile.h"
#include "runtime/eval/Perplexity.h"
#include "runtime/train/RunFolder.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/TrainRun.h"
#include "tools/samba-run/Verbs.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace samba;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

/// One of the models to train: a spec with edits.
struct Variant {
  fs::path spec;
  std::vector<std::string> sets;

  /// "samba-tiny attention.window=64", and with commas for a folder.
  std::string name(char between) const {
    std::string text = spec.stem().string();
    for (const std::string &set : sets)
      text += between + set;
    return text;
  }
};

/// The values of PATH=A,B,C: PATH=A, PATH=B, PATH=C.
std::vector<std::string> choicesOf(const std::string &set) {
  size_t equals = set.find('=');
  std::vector<std::string> choices;
  std::istringstream values(equals == std::string::npos ? "" : set.substr(equals + 1));
  for (std::string value; std::getline(values, value, ',');)
    choices.push_back(set.substr(0, equals + 1) + value);
  bool empty = std::any_of(choices.begin(), choices.end(),
                           [](const std::string &choice) { return choice.back() == '='; });
  if (choices.empty() || empty || set.back() == ',')
    throw Error("--set expects PATH=VALUE,VALUE… as attention.window=64,128, got '", set, "'");
  return choices;
}

/// Every spec with every combination of values, the last --set changing fastest.
std::vector<Variant> variantsOf(const fs::path &model, const std::vector<std::string> &sets) {
  std::vector<Variant> variants;
  if (fs::is_directory(model)) {
    for (const fs::directory_entry &file : fs::directory_iterator(model))
      if (file.path().extension() == ".mlir")
        variants.push_back({file.path(), {}});
    std::sort(variants.begin(), variants.end(),
              [](const Variant &a, const Variant &b) { return a.spec < b.spec; });
    if (variants.empty())
      throw Error("the folder '", model.string(), "' holds no spec (.mlir)");
  } else {
    if (kindOf(model) != ModelKind::Spec)
      throw Error("sweep compiles every variant: expected a spec (.mlir) or a folder of specs, got '",
                  model.string(), "'");
    variants.push_back({model, {}});
  }
  for (const std::string &set : sets) {
    std::vector<Variant> more;
    for (const Variant &variant : variants)
      for (const std::string &choice : choicesOf(set)) {
        more.push_back(variant);
        more.back().sets.push_back(choice);
      }
    variants = std::move(more);
  }
  return variants;
}

/// Tokens per second of the steps of a run: the median, but for the first step, which finds everything cold.
double tokensPerSecond(const RunFolder &run) {
  std::vector<double> rates;
  std::ifstream in(run.metrics());
  for (std::string line; std::getline(in, line);) {
    nlohmann::json json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.contains("tokens_per_s") && json.value("step", 0) > 1)
      rates.push_back(json["tokens_per_s"]);
  }
  if (rates.empty())
    return 0;
  auto middle = rates.begin() + static_cast<ptrdiff_t>(rates.size() / 2);
  std::nth_element(rates.begin(), middle, rates.end());
  return *middle;
}

class Sweep {
public:
  Sweep(TrainRun base, std::vector<int64_t> contexts, const Flags &flags)
      : base(std::move(base)), contexts(std::move(contexts)), flags(flags) {}

  /// Compiles every variant, so that a mistake in the last one is found before the first is trained.
  void compile(const std::vector<Variant> &variants) {
    for (const Variant &variant : variants) {
      TrainRun run = runOf(variant);
      try {
        bundleOf(run.model, run.device, run.compile, flags);
      } catch (const Error &error) {
        throw Error(variant.name(' '), ": ", error.what());
      }
    }
  }

  /// Trains and measures one, or takes what an earlier sweep left of it. Null if it was interrupted.
  ordered_json row(const Variant &variant) {
    TrainRun run = runOf(variant);
    RunFolder folder(run.out);
    run.options.resume = RunFolder::isRun(run.out);
    TrainedRun trained = TrainedRun::train(run, flags, longest() + 1);
    if (trained.result.interrupted)
      return nullptr;
    const Bundle &bundle = trained.player->bundle();
    ordered_json question = {{"bundle", bundle.digest},
                             {"step", trained.result.step},
                             {"contexts", contexts},
                             {"tokens", run.evalTokens}};
    fs::path file = run.out / "sweep.json";
    if (fs::exists(file)) {
      nlohmann::json known = readJson(file);
      if (known.is_object() && known.contains("row") &&
          known.value("question", nlohmann::json()) == nlohmann::json(question))
        return known["row"];
    }
    ordered_json result = {{"variant", variant.name(' ')},
                           {"parameters", bundle.parameterCount()},
                           {"tokens_per_s", tokensPerSecond(folder)}};
    result["perplexity"] = ordered_json::array();
    for (const ContextLoss &loss : perplexities(*trained.player, trained.corpus->validation, contexts,
                                                run.evalTokens, bundle.entry("train").isPacked()))
      result["perplexity"].push_back({{"context", loss.context}, {"perplexity", loss.perplexity()}});
    writeDurably(file, ordered_json({{"question", question}, {"row", result}}).dump(2) + "\n");
    return result;
  }

private:
  int64_t longest() const { return *std::max_element(contexts.begin(), contexts.end()); }

  TrainRun runOf(const Variant &variant) const {
    TrainRun run = base;
    run.model = variant.spec.string();
    run.compile.sets = variant.sets;
    run.out = base.out / variant.name(',');
    return run;
  }

  const TrainRun base; ///< what all variants share; `out` is the folder of their runs
  const std::vector<int64_t> contexts;
  const Flags &flags;
};

} // namespace

int samba::runSweep(const std::vector<std::string> &words) {
  TrainRun base;
  std::string model, out;
  std::vector<int64_t> times = {1, 2, 4};
  bool json = false;
  Flags flags("sweep", "MODEL --set PATH=A,B … --data FILE|DIR… --out DIR [flags of train]",
              "trains variants of a model on the same data from the same seed, and compares them");
  flags.positional("MODEL", model, "a spec (.mlir), or a folder of specs");
  base.data.declare(flags);
  base.data.declareDocuments(flags);
  flags.text("out", out, "DIR",
             "a run folder for each variant; the same command again goes on where it stopped");
  flags.require("out");
  flags.integers("times", times, "N,N…", "contexts to measure the perplexity at, in training sequences");
  flags.toggle("json", json, "results as JSON");
  base.declareSettings(flags);
  addDeviceFlag(flags, base.device, "where to train");
  addCompileFlags(flags, base.compile, true);
  flags.example("samba-run sweep models/samba-tiny.mlir --set attention.window=64,128 --set mlp.d_ff=256,512 "
                "--data book.txt --out runs/sweep --steps 300 --lr 2e-3",
                "four models: every combination of the values");
  flags.example("samba-run sweep models/paper --set model.vocab_size=256 --data book.txt --out runs/paper",
                "every model of the paper, on bytes");
  if (!flags.parse(words))
    return 0;

  base.out = out;
  std::vector<int64_t> contexts;
  for (int64_t factor : times)
    contexts.push_back(factor * base.compile.seq);
  if (base.compile.maxContext == 0) { // what full attention has to hold, in whole chunks
    int64_t chunk = base.compile.chunk ? base.compile.chunk : std::min<int64_t>(base.compile.seq, 256);
    int64_t most = *std::max_element(contexts.begin(), contexts.end());
    base.compile.maxContext = std::max<int64_t>(4096, (most + chunk - 1) / chunk * chunk);
  }
  std::vector<Variant> variants = variantsOf(model, base.compile.sets);
  Sweep sweep(base, contexts, flags);
  sweep.compile(variants);

  std::vector<MarkdownTable::Column> columns = {{"variant", false}, {"parameters"}, {"tokens/s"}};
  for (int64_t context : contexts)
    columns.push_back({"ppl " + std::to_string(context)});
  MarkdownTable table(columns);
  ordered_json rows = ordered_json::array();
  for (const Variant &variant : variants) {
    std::cerr << "variant " << rows.size() + 1 << " of " << variants.size() << ": " << variant.name(' ')
              << '\n';
    ordered_json row = sweep.row(variant);
    if (row.is_null()) {
      std::cerr << "interrupted and saved; the same command goes on\n";
      break;
    }
    std::vector<std::string> cells = {row["variant"], groupedText(row["parameters"]),
                                      fixed(row["tokens_per_s"], 0)};
    for (const ordered_json &loss : row["perplexity"])
      cells.push_back(fixed(loss["perplexity"], 3));
    table.row(cells);
    rows.push_back(std::move(row));
  }
  std::cout << (json ? rows.dump(2) + "\n" : table.text());
  return 0;
}
