// A pass over the held-out text for each context length.
#include "runtime/eval/Perplexity.h"

#include "runtime/Player.h"
#include "runtime/data/TextDocuments.h"
#include "runtime/data/TextWindows.h"
#include "runtime/train/Validation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

using namespace samba;

double ContextLoss::perplexity() const { return std::exp(loss); }
double ContextLoss::bitsPerToken() const { return loss / std::numbers::ln2; }

std::unique_ptr<SequenceSource> samba::heldOut(const TokenStream &text, int64_t length, int64_t maxTokens,
                                               bool apart) {
  if (apart)
    return std::make_unique<TextDocuments>(text, length, maxTokens);
  return std::make_unique<TextWindows>(text, length,
                                       maxTokens ? std::max<int64_t>(1, maxTokens / length) : 0);
}

std::vector<ContextLoss> samba::perplexities(Player &player, const TokenStream &text,
                                             const std::vector<int64_t> &contexts, int64_t maxTokens,
                                             bool apart,
                                             const std::function<void(const ContextLoss &)> &done) {
  std::vector<std::unique_ptr<SequenceSource>> sources;
  for (int64_t context : contexts) {
    checkContext(player, context);
    sources.push_back(heldOut(text, context, maxTokens, apart));
  }
  std::vector<ContextLoss> results;
  for (const auto &source : sources) {
    auto start = std::chrono::steady_clock::now();
    double loss = validationLoss(player, *source);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    results.push_back({source->length(), source->count(), source->targets(), loss, took.count()});
    if (done)
      done(results.back());
  }
  return results;
}
