// samba-run probe: what the layers of a trained model do with a text.
#include "runtime/eval/Probe.h"
#include "runtime/Player.h"
#include "runtime/checkpoint/DurableFile.h"
#include "runtime/data/TextWindows.h"
#include "runtime/generate/Generator.h"
#include "tools/samba-run/EntropyPlot.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <iostream>
#include <nlohmann/json.hpp>

using namespace samba;
using nlohmann::ordered_json;

namespace {

/// Puts what the model writes, token by most probable token, behind the first `prompt` tokens of `text`.
void writeOn(Player &player, int64_t prompt, std::vector<int32_t> &text) {
  SamplerSettings greedy;
  greedy.temperature = 0;
  auto next = text.begin() + prompt;
  auto take = [&](int32_t token) {
    *next++ = token;
    return true;
  };
  generate(player, std::span(text).first(static_cast<size_t>(prompt)), greedy, text.end() - next, take);
}

std::string tableOf(const std::vector<ProbedModel> &models) {
  MarkdownTable table({{"model", false}, {"layer", false}, {"quantity", false}, {"entropy (nats)"}});
  for (const ProbedModel &model : models)
    for (const LayerEntropy &layer : model.layers)
      table.row({model.name, layer.layer, layer.quantity, fixed(layer.entropy, 4)});
  return table.text();
}

ordered_json jsonOf(const std::vector<ProbedModel> &models) {
  ordered_json all = ordered_json::array();
  for (const ProbedModel &model : models) {
    all.push_back({{"model", model.name}, {"layers", ordered_json::array()}});
    for (const LayerEntropy &layer : model.layers)
      all.back()["layers"].push_back(
          {{"layer", layer.layer}, {"quantity", layer.quantity}, {"entropy", layer.entropy}});
  }
  return all;
}

} // namespace

int samba::runProbe(const std::vector<std::string> &words) {
  std::string model, weights, device = "cpu", svg;
  std::vector<std::string> beside;
  DataSource data;
  int64_t samples = 100, prompt = 128, generated = 128;
  bool write = false, json = false;
  CompileRequest request;
  Flags flags("probe", "RUN|MODEL --data FILE [--beside RUN…] [--generated L] [--svg FILE]",
              "how widely attention looks and how evenly a recurrence takes its tokens, in every layer");
  flags.positional("RUN|MODEL", model, "a run folder, or a spec or bundle with --weights");
  data.declare(flags);
  flags.list("beside", beside, "RUN…", "more runs, in the same table and picture", true);
  flags.integer("samples", samples, "N", "texts, evenly spread over the data");
  flags.integer("prompt-tokens", prompt, "N", "tokens of a text that come before the generated positions");
  flags.integer("generated", generated, "L", "positions over which the entropy of attention is averaged");
  flags.toggle("write", write, "the model writes the generated positions; otherwise the data has them");
  data.declareSplit(flags);
  addWeightsFlag(flags, weights);
  flags.text("svg", svg, "FILE", "also draw the entropies over the layers");
  flags.toggle("json", json, "results as JSON");
  addDeviceFlag(flags, device, "where to play");
  addCompileFlags(flags, request, false);
  flags.example("samba-run probe runs/tiny --data book.txt --samples 20 --svg entropy.svg",
                "a table, and the picture of it");
  flags.example("samba-run probe runs/tiny --beside runs/narrow --data book.txt --write --svg entropy.svg",
                "two models side by side, each on what it writes itself");
  if (!flags.parse(words))
    return 0;

  request.entries = {"probe"};
  if (write)
    request.entries.insert(request.entries.end(), {"prefill", "decode"});
  request.batch = 1;
  request.seq = prompt + generated;
  auto suits = [&](const Bundle &bundle) {
    return bundle.has("probe") && bundle.entry("probe").batch == 1 &&
           bundle.entry("probe").seq == request.seq;
  };

  /// What the layers of one model do with the texts.
  auto entropiesOf = [&](const std::string &name, const std::string &itsWeights) -> ProbedModel {
    CompileRequest own = request;
    std::unique_ptr<Player> player = openTrained(name, itsWeights, device, own, flags, suits);
    EntropyProbe probe(*player, generated);
    TokenStream stream = data.openSplit(player->bundle(), name);
    TextWindows windows(stream, request.seq, samples);
    std::vector<int32_t> window(static_cast<size_t>(request.seq + 1));
    for (int64_t i = 0; i < windows.count(); ++i) {
      windows.fill(i, window);
      std::vector<int32_t> text(window.begin(), window.end() - 1);
      if (write)
        writeOn(*player, prompt, text);
      probe.add(text);
    }
    std::cerr << probe.texts() << " texts of " << prompt << " + " << generated << " tokens\n";
    bool isRun = kindOf(name) == ModelKind::Run; // runs of one model are told apart by their folders
    return {isRun ? std::filesystem::weakly_canonical(name).filename().string() : player->bundle().modelName,
            probe.result()};
  };
  std::vector<ProbedModel> models = {entropiesOf(model, weights)};
  for (const std::string &run : beside)
    models.push_back(entropiesOf(run, ""));
  if (!svg.empty())
    writeDurably(svg, entropyPlot(models));
  std::cout << (json ? jsonOf(models).dump(2) + "\n" : tableOf(models));
  return 0;
}
