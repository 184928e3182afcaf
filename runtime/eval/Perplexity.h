// Perplexity of held-out text at several context lengths.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace samba {

class Player;
class TokenStream;

struct ContextLoss {
  int64_t context = 0; ///< tokens a window holds; each is predicted from those before it in its window
  int64_t windows = 0, tokens = 0;
  double loss = 0; ///< mean negative log likelihood of a token, nats
  double seconds = 0;

  double perplexity() const;
  double bitsPerToken() const;
};

/// For each context length: the text in windows that do not overlap, each played from the zero state by entry
/// `eval`. At most `maxTokens` tokens per length (0: all), in windows spread evenly over the text, and at
/// least one window. `done` is called after each length. Throws samba::Error, before anything is played, if
/// the text is shorter than a window, or a length is beyond max_context.
std::vector<ContextLoss> perplexities(Player &player, const TokenStream &text,
                                      const std::vector<int64_t> &contexts, int64_t maxTokens,
                                      const std::function<void(const ContextLoss &)> &done = {});

} // namespace samba
