// Perplexity in constant memory: chunks of several sequences side by side.
#include "runtime/train/Validation.h"
#include "runtime/Player.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace samba {

/// Tokens of the whole chunks that hold `length` targets.
static int64_t playedTokens(const Bundle &bundle, int64_t length) {
  int64_t seq = bundle.entry("eval").seq;
  return (length + seq - 1) / seq * seq;
}

bool playsContext(const Bundle &bundle, int64_t length) {
  return !bundle.maxContext || playedTokens(bundle, length) <= *bundle.maxContext;
}

void checkContext(const Player &player, int64_t length) {
  const Bundle &bundle = player.bundle();
  if (playsContext(bundle, length))
    return;
  int64_t seq = bundle.entry("eval").seq, played = playedTokens(bundle, length);
  if (length > *bundle.maxContext)
    throw Error("a context of ", length, " tokens is beyond max_context ", *bundle.maxContext, " of model '",
                bundle.modelName, "'; compile it with a larger --max-context");
  throw Error("a context of ", length, " tokens is played in chunks of ", seq, ", ", played,
              " tokens in all, beyond max_context ", *bundle.maxContext, " of model '", bundle.modelName,
              "'; take a multiple of ", seq, ", or compile it with another --chunk");
}

double validationLoss(Player &player, SequenceSource &source) {
  const Entry &entry = player.bundle().entry("eval");
  int64_t batch = entry.batch, seq = entry.seq, length = source.length();
  if (source.count() < 1 || length < 1)
    throw Error("there is no held-out text to measure the loss on");
  checkContext(player, length);
  std::vector<int32_t> text(size_t(batch * (length + 1)));
  std::vector<int32_t> tokens(size_t(batch * seq)), targets(tokens.size());
  double sum = 0;
  int64_t count = 0;
  std::optional<Reading<float>> loss; // of the chunk before, while this one is prepared
  int64_t weight = 0;
  auto finish = [&] {
    if (loss)
      sum += double(loss->finish()[0]) * double(weight);
    count += weight;
    loss.reset(), weight = 0;
  };
  for (int64_t first = 0; first < source.count(); first += batch) {
    int64_t rows = std::min(batch, source.count() - first);
    for (int64_t row = 0; row < rows; ++row)
      source.fill(first + row, std::span(text).subspan(size_t(row * (length + 1)), size_t(length + 1)));
    player.zeroState();
    for (int64_t begin = 0; begin < length; begin += seq) {
      // What is beyond the text (rows of the last batch, ends of short sequences) has no target.
      std::fill(tokens.begin(), tokens.end(), 0);
      std::fill(targets.begin(), targets.end(), -1);
      int64_t columns = std::min(seq, length - begin), present = 0;
      for (int64_t row = 0; row < rows; ++row) {
        const int32_t *from = &text[size_t(row * (length + 1) + begin)];
        for (int64_t c = 0; c < columns && from[c + 1] >= 0; ++c, ++present) {
          tokens[size_t(row * seq + c)] = from[c];
          targets[size_t(row * seq + c)] = from[c + 1];
        }
      }
      if (present == 0) // all of them have ended
        break;
      player.write("eval", "tokens", tokens);
      player.write("eval", "targets", targets);
      player.run("eval");
      Reading<float> next = player.startRead("eval", "loss");
      finish();
      loss = std::move(next), weight = present;
    }
  }
  finish();
  player.zeroState();
  return sum / double(count);
}

} // namespace samba
