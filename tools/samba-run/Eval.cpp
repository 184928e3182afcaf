// samba-run eval: perplexity of held-out text at each context length.
#include "runtime/Player.h"
#include "runtime/eval/Perplexity.h"
#include "runtime/train/Validation.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

int samba::runEval(const std::vector<std::string> &words) {
  std::string model, weights, device = "cpu";
  DataSource data;
  std::vector<int64_t> contexts;
  int64_t maxTokens = 0;
  bool json = false, apart = false;
  CompileRequest request;
  request.entries = {"eval"};
  Flags flags("eval", "RUN --data FILE [--context 4096,8192,16384]",
              "perplexity of text at each context length");
  flags.positional("RUN|MODEL", model, "a run folder, or a spec or bundle with --weights");
  data.declare(flags);
  flags.integers("context", contexts, "N,N…",
                 "context lengths in tokens; the training sequence if not given");
  data.declareSplit(flags);
  flags.toggle(
      "documents", apart,
      "each document from its beginning, seen by no other; a run trained with --pack does so anyway");
  data.declareDocuments(flags);
  flags.integer("max-tokens", maxTokens, "N", "tokens per context length, evenly spread; 0: all", 0);
  addWeightsFlag(flags, weights);
  flags.toggle("json", json, "results as JSON");
  addDeviceFlag(flags, device, "where to play");
  addCompileFlags(flags, request, false);
  flags.example("samba-run eval runs/tiny --data book.txt --split validation --context 256,1024,4096",
                "the held-out part of the training text, at three context lengths");
  if (!flags.parse(words))
    return 0;

  auto longest = std::max_element(contexts.begin(), contexts.end());
  if (longest != contexts.end() && request.maxContext == 0) {
    int64_t chunk = request.chunk ? request.chunk : 256; // whole chunks are played
    request.maxContext = std::max<int64_t>(4096, (*longest + chunk - 1) / chunk * chunk);
  }
  // A state that is too small for the longest context, of full attention, is compiled larger.
  std::unique_ptr<Player> player =
      openTrained(model, weights, device, request, flags,
                  [&](const Bundle &bundle) { return contexts.empty() || playsContext(bundle, *longest); });
  const Bundle &bundle = player->bundle();
  if (contexts.empty())
    contexts.push_back(bundle.has("train") ? bundle.entry("train").seq : bundle.entry("eval").seq);
  apart |= bundle.has("train") && bundle.entry("train").isPacked();
  TokenStream text = data.openSplit(bundle, model);
  std::vector<ContextLoss> results =
      perplexities(*player, text, contexts, maxTokens, apart, [](const ContextLoss &r) {
        std::cerr << "context " << r.context << ": loss " << fixed(r.loss, 4) << " in " << fixed(r.seconds, 1)
                  << " s\n";
      });

  if (json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const ContextLoss &r : results)
      rows.push_back({{"context", r.context},
                      {"windows", r.windows},
                      {"tokens", r.tokens},
                      {"loss", r.loss},
                      {"perplexity", r.perplexity()},
                      {"bits_per_token", r.bitsPerToken()},
                      {"tokens_per_s", static_cast<double>(r.tokens) / r.seconds}});
    std::cout << rows.dump(2) << '\n';
    return 0;
  }
  MarkdownTable table({{"context"},
                       {"windows"},
                       {"tokens"},
                       {"loss (nats)"},
                       {"perplexity"},
                       {"bits per token"},
                       {"tokens/s"}});
  for (const ContextLoss &r : results)
    table.row({std::to_string(r.context), std::to_string(r.windows), std::to_string(r.tokens),
               fixed(r.loss, 4), fixed(r.perplexity(), 3), fixed(r.bitsPerToken(), 4),
               fixed(static_cast<double>(r.tokens) / r.seconds, 0)});
  std::cout << table.text();
  return 0;
}
