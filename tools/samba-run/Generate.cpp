// samba-run generate: a trained model continues a text.
#include "runtime/Player.h"
#include "runtime/generate/Generator.h"
#include "runtime/tokenizer/Tokenizer.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <iostream>

int samba::runGenerate(const std::vector<std::string> &words) {
  std::string model, weights, tokenizerFile, prompt, device = "cpu";
  int64_t maxTokens = 256, seed = 0;
  bool stream = false, ignoreEos = false;
  SamplerSettings sampling;
  CompileRequest request;
  request.entries = {"prefill", "decode"};
  Flags flags("generate",
              "RUN|MODEL [--weights F] --prompt TEXT [--max-tokens N --temperature X --top-k K --top-p P "
              "--seed S --stream]",
              "continues a text");
  flags.positional("RUN|MODEL", model, "a run folder, or a spec or bundle with --weights");
  flags.text("prompt", prompt, "TEXT", "what to continue; '' starts a document");
  flags.require("prompt");
  addWeightsFlag(flags, weights);
  addTokenizerFlag(flags, tokenizerFile);
  flags.integer("max-tokens", maxTokens, "N", "tokens to write; 0: until the document ends", 0);
  flags.toggle("ignore-eos", ignoreEos, "go on where a document ends");
  flags.toggle("stream", stream, "show every token as soon as it is there");
  addDeviceFlag(flags, device, "where to play");
  flags.section("sampling, in this order");
  flags.number("repeat-penalty", sampling.repeatPenalty, "X", "against recent tokens; 1: off", 1e-3, 1e3);
  flags.integer("repeat-last-n", sampling.repeatLastN, "N", "how many tokens are recent", 0);
  flags.integer("top-k", sampling.topK, "K", "keep the K most probable; 0: all", 0);
  flags.number("top-p", sampling.topP, "P", "keep the most probable that reach this sum; 1: all", 0, 1);
  flags.number("min-p", sampling.minP, "P", "keep what has this share of the most probable; 0: all", 0, 1);
  flags.number("temperature", sampling.temperature, "X", "0: always the most probable", 0, 1e6);
  flags.integer("seed", seed, "S", "the same seed gives the same text", 0);
  addCompileFlags(flags, request, false);
  flags.example("samba-run generate runs/tiny --prompt 'Once upon a time' --stream",
                "256 tokens, as they come");
  flags.example("samba-run generate runs/tiny --prompt '' --temperature 0 --max-tokens 1000",
                "the most probable text, from the beginning of a document");
  flags.example("samba-run generate tiny.samba --weights model.safetensors --prompt 'The '",
                "weights from elsewhere");
  if (!flags.parse(words))
    return 0;
  sampling.seed = static_cast<uint64_t>(seed);
  sampling.check();

  std::unique_ptr<Player> player = openTrained(model, weights, device, request, flags);
  std::filesystem::path pieces = tokenizerOf(tokenizerFile, model);
  auto tokenizer = makeTokenizer(pieces, player->bundle().vocabSize);
  std::vector<int32_t> ids = tokenizer->encode(prompt);
  if (ids.empty() || !pieces.empty()) // models of pieces are used to the start of a document before a prompt
    ids.insert(ids.begin(), tokenizer->documentStart());

  bool isOver = false; // the document
  std::cout << prompt;
  GenerateReport report = generate(*player, ids, sampling, maxTokens, [&](int32_t token) {
    isOver = !ignoreEos && tokenizer->endsDocument(token);
    if (isOver)
      return false;
    std::cout << tokenizer->decode({&token, 1});
    if (stream)
      std::cout << std::flush;
    return static_cast<bool>(std::cout); // a reader that went away ends the text
  });
  std::cout << std::endl;
  if (isOver)
    std::cerr << "stopped: the document ends (--ignore-eos goes on)\n";
  if (!report.stopped.empty())
    std::cerr << report.stopped << '\n';
  auto rate = [](int64_t tokens, double seconds) {
    return std::to_string(tokens) + " tokens in " + fixed(seconds, 2) + " s, " +
           fixed(static_cast<double>(tokens) / seconds, 1) + " tokens/s";
  };
  std::cerr << "prompt: " << rate(report.promptTokens, report.promptSeconds)
            << "\ntext:   " << rate(report.newTokens, report.newSeconds) << '\n';
  return 0;
}
