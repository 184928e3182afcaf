// Prefill in chunks, then the loop of decode and sample.
#include "runtime/generate/Generator.h"

#include "runtime/Error.h"
#include "runtime/Player.h"

#include <chrono>
#include <optional>
#include <vector>

using namespace samba;

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One entry that takes [batch, seq] tokens and gives [batch, seq, vocab] logits.
class StepEntry {
public:
  StepEntry(Player &player, const std::string &name)
      : player(player), name(name), entry(player.bundle().entry(name)),
        tokens(static_cast<size_t>(entry.batch * entry.seq)),
        logits(static_cast<size_t>(player.bundle().vocabSize)) {
    player.prepare(name);
  }

  int64_t seq() const { return entry.seq; }

  /// Advances every row by `chunk`, seq() ids.
  void advance(std::span<const int32_t> chunk) {
    for (size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = chunk[i % chunk.size()];
    player.write<int32_t>(name, "tokens", tokens);
    player.run(name);
  }

  /// The logits [vocab] that follow the last token of the first row.
  std::span<const float> lastLogits() {
    int64_t vocab = player.bundle().vocabSize;
    player.readPart<float>(name, "logits", (entry.seq - 1) * vocab, logits);
    return logits;
  }

private:
  Player &player;
  std::string name;
  const Entry &entry;
  std::vector<int32_t> tokens;
  std::vector<float> logits;
};

/// The tokens of the text, from `decode` as it draws them itself, or from the logits.
class TokenSource {
public:
  TokenSource(Player &player, const SamplerSettings &settings)
      : player(player), decode(player, "decode"), sampler(settings), last(&decode),
        drawsItself(player.bundle().entry("decode").hasOutput("drawn") && !settings.looksBack()) {
    if (!drawsItself)
      return;
    player.write<float>("decode", "sampling",
                        std::vector<float>{float(settings.temperature), float(settings.topK),
                                           float(settings.topP), float(settings.minP)});
    player.write<int32_t>(
        "decode", "seed",
        std::vector<int32_t>{int32_t(uint32_t(settings.seed)), int32_t(uint32_t(settings.seed >> 32))});
  }

  void readPrompt(std::span<const int32_t> prompt) {
    player.zeroState();
    size_t done = 0;
    if (player.bundle().has("prefill")) {
      prefill.emplace(player, "prefill");
      for (size_t chunk = static_cast<size_t>(prefill->seq()); done + chunk <= prompt.size(); done += chunk) {
        prefill->advance(prompt.subspan(done, chunk));
        last = &*prefill;
      }
    }
    for (; done < prompt.size(); ++done) {
      decode.advance(prompt.subspan(done, 1));
      last = &decode;
    }
    for (int32_t token : prompt)
      sampler.accept(token);
    read = static_cast<int64_t>(prompt.size());
    if (drawsItself && last == &decode)
      drawn = startRead();
  }

  /// The next token. `goOn`: it will be read, to draw the one after it.
  int32_t next(bool goOn) {
    if (!drawn) {
      int32_t token = sampler.sample(last->lastLogits(), read - 1);
      sampler.accept(token);
      if (goOn) {
        decode.advance({&token, 1});
        last = &decode;
        ++read;
        if (drawsItself)
          drawn = startRead();
      }
      return token;
    }
    Reading<int32_t> now = std::move(*drawn);
    drawn.reset();
    if (goOn) { // the device has the token already
      player.run("decode");
      ++read;
      drawn = startRead();
    }
    int32_t token = now.finish()[0];
    if (token < 0)
      throw Error("the logits after ", goOn ? read - 1 : read,
                  " tokens are not finite: the weights are not usable");
    return token;
  }

private:
  Reading<int32_t> startRead() { return player.startRead<int32_t>("decode", "drawn"); }

  Player &player;
  StepEntry decode;
  std::optional<StepEntry> prefill;
  Sampler sampler;
  StepEntry *last; ///< which the logits after the last token come from
  bool drawsItself;
  int64_t read = 0;                      ///< tokens of the prompt and the text that the state has behind it
  std::optional<Reading<int32_t>> drawn; ///< by the last step, on its way
};

} // namespace

GenerateReport samba::generate(Player &player, std::span<const int32_t> prompt,
                               const SamplerSettings &sampling, int64_t maxTokens,
                               const std::function<bool(int32_t)> &take) {
  const Bundle &bundle = player.bundle();
  if (prompt.empty())
    throw Error("expected a prompt of at least one token");
  if (bundle.maxContext && static_cast<int64_t>(prompt.size()) > *bundle.maxContext)
    throw Error("the prompt has ", prompt.size(), " tokens, but max_context of '", bundle.modelName, "' is ",
                *bundle.maxContext, "; shorten the prompt or compile with a larger --max-context");

  GenerateReport report;
  double start = now();
  TokenSource source(player, sampling);
  source.readPrompt(prompt);
  player.finish();
  report.promptTokens = static_cast<int64_t>(prompt.size());
  report.promptSeconds = now() - start;

  start = now();
  while (maxTokens == 0 || report.newTokens < maxTokens) {
    bool isLast = report.newTokens + 1 == maxTokens;
    bool isFull = bundle.maxContext && report.promptTokens + report.newTokens + 1 > *bundle.maxContext;
    int32_t token = source.next(!isLast && !isFull);
    ++report.newTokens;
    if (!take(token) || isLast)
      break;
    if (isFull) {
      std::ostringstream why;
      why << "stopped: the state is full, max_context of '" << bundle.modelName << "' is "
          << *bundle.maxContext << " tokens";
      report.stopped = why.str();
      break;
    }
  }
  report.newSeconds = now() - start;
  return report;
}
