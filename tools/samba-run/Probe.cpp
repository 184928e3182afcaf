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

/// The layers from top to bottom, a column for each quantity.
std::string tableOf(const std::vector<LayerEntropy> &layers) {
  MarkdownTable table({{"layer", false}, {"quantity", false}, {"entropy (nats)"}});
  for (const LayerEntropy &layer : layers)
    table.row({layer.layer, layer.quantity, fixed(layer.entropy, 4)});
  return table.text();
}

} // namespace

int samba::runProbe(const std::vector<std::string> &words) {
  std::string model, weights, device = "cpu", split = "all", svg;
  std::vector<std::string> data;
  int64_t samples = 100, prompt = 128, generated = 128;
  bool write = false, json = false;
  CompileRequest request;
  Flags flags("probe", "RUN|MODEL --data FILE [--generated L] [--svg FILE]",
              "how widely attention looks and how evenly a recurrence takes its tokens, in every layer");
  flags.positional("RUN|MODEL", model, "a run folder, or a spec or bundle with --weights");
  flags.list("data", data, "FILE|DIR…", "text or tokens, as for train", true);
  flags.require("data");
  flags.integer("samples", samples, "N", "texts, evenly spread over the data");
  flags.integer("prompt-tokens", prompt, "N", "tokens of a text that come before the generated positions");
  flags.integer("generated", generated, "L", "positions over which the entropy of attention is averaged");
  flags.toggle("write", write, "the model writes the generated positions; otherwise the data has them");
  flags.choice("split", split, {"all", "validation"},
               "validation: only the part of the data that train holds out");
  flags.text("weights", weights, "F", "safetensors file or folder, instead of the run's newest checkpoint");
  flags.text("svg", svg, "FILE", "also draw the entropies over the layers");
  flags.toggle("json", json, "results as JSON");
  addDeviceFlag(flags, device, "where to play");
  addCompileFlags(flags, request, false);
  flags.example("samba-run probe runs/tiny --data book.txt --samples 20 --svg entropy.svg",
                "a table, and the picture of it");
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
  std::unique_ptr<Player> player = openTrained(model, weights, device, request, flags, suits);
  EntropyProbe probe(*player, generated);
  Corpus corpus = openCorpus(data, player->bundle(), split == "all" ? 0 : 0.05, -1);
  TextWindows windows(split == "all" ? corpus.train : corpus.validation, request.seq, samples);
  std::vector<int32_t> window(static_cast<size_t>(request.seq + 1));
  for (int64_t i = 0; i < windows.count(); ++i) {
    windows.fill(i, window);
    std::vector<int32_t> text(window.begin(), window.end() - 1);
    if (write)
      writeOn(*player, prompt, text);
    probe.add(text);
  }
  std::cerr << probe.texts() << " texts of " << prompt << " + " << generated << " tokens\n";

  std::vector<LayerEntropy> layers = probe.result();
  const std::string &name = player->bundle().modelName;
  if (!svg.empty())
    writeDurably(svg, entropyPlot(name, layers));
  if (!json) {
    std::cout << tableOf(layers);
    return 0;
  }
  ordered_json result = {
      {"model", name}, {"texts", probe.texts()}, {"prompt_tokens", prompt}, {"generated", generated}};
  result["layers"] = ordered_json::array();
  for (const LayerEntropy &layer : layers)
    result["layers"].push_back(
        {{"layer", layer.layer}, {"quantity", layer.quantity}, {"entropy", layer.entropy}});
  std::cout << result.dump(2) << '\n';
  return 0;
}
