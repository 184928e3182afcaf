// Perplexity of held-out text at several context lengths.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace samba {

class Player;
class SequenceSource;
class TokenStream;

struct ContextLoss {
  int64_t context =
      0; ///< tokens a window holds, at most; each is predicted from those before it in its window
  int64_t windows = 0, tokens = 0;
  double loss = 0; ///< mean negative log likelihood of a token, nats
  double seconds = 0;

  double perplexity() const;
  double bitsPerToken() const;
};

/// The text in sequences of at most `length` targets and, unless it is 0, about `maxTokens` in all, spread
/// evenly over it: windows, or with `apart` documents. `text` must outlive it. Throws samba::Error if it is
/// too short.
std::unique_ptr<SequenceSource> heldOut(const TokenStream &text, int64_t length, int64_t maxTokens,
                                        bool apart);

/// For each context length: the text in windows that do not overlap, each played from the zero state by entry
/// `eval`. At most `maxTokens` tokens per length (0: all), in windows spread evenly over the text, and at
/// least one window. With `apart` a window ends where its document does (TextDocuments). `done` is called
/// after each length. Throws samba::Error, before anything is played, if the text is shorter than a window,
/// or a length is beyond max_context.
std::vector<ContextLoss> perplexities(Player &player, const TokenStream &text,
                                      const std::vector<int64_t> &contexts, int64_t maxTokens, bool apart,
                                      const std::function<void(const ContextLoss &)> &done = {});

} // namespace samba
