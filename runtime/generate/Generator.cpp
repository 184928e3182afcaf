// Prefill in chunks, then the loop of sample and decode.
#include "runtime/generate/Generator.h"

#include "runtime/Error.h"
#include "runtime/Player.h"

#include <chrono>
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
        logits(static_cast<size_t>(entry.output("logits").elements())) {
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
    player.read<float>(name, "logits", std::span<float>(logits));
    size_t vocab = static_cast<size_t>(player.bundle().vocabSize);
    return std::span<const float>(logits).subspan(static_cast<size_t>(entry.seq - 1) * vocab, vocab);
  }

private:
  Player &player;
  std::string name;
  const Entry &entry;
  std::vector<int32_t> tokens;
  std::vector<float> logits;
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
  Sampler sampler(sampling);
  StepEntry decode(player, "decode");
  StepEntry *last = &decode;
  player.zeroState();
  size_t done = 0;
  std::optional<StepEntry> prefill;
  if (bundle.has("prefill")) {
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
  report.promptTokens = static_cast<int64_t>(prompt.size());
  report.promptSeconds = now() - start;

  start = now();
  while (maxTokens == 0 || report.newTokens < maxTokens) {
    int32_t token = sampler.sample(last->lastLogits());
    sampler.accept(token);
    ++report.newTokens;
    if (!take(token) || report.newTokens == maxTokens)
      break;
    if (bundle.maxContext && report.promptTokens + report.newTokens > *bundle.maxContext) {
      std::ostringstream why;
      why << "stopped: the state is full, max_context of '" << bundle.modelName << "' is "
          << *bundle.maxContext << " tokens";
      report.stopped = why.str();
      break;
    }
    decode.advance({&token, 1});
    last = &decode;
  }
  report.newSeconds = now() - start;
  return report;
}
