// The rules of sampling against distributions worked out by hand.
#include "runtime/generate/Sampler.h"
#include "TinyModel.h"
#include "runtime/tokenizer/Tokenizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace samba;
using samba::test::messageOf;

namespace {

/// Every rule off: the softmax itself.
SamplerSettings plain() {
  SamplerSettings settings;
  settings.temperature = 1, settings.topK = 0, settings.topP = 1, settings.minP = 0;
  return settings;
}

std::vector<float> logitsOf(const std::vector<double> &probabilities) {
  std::vector<float> logits;
  for (double p : probabilities)
    logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

void expectDistribution(const SamplerSettings &settings, const std::vector<float> &logits,
                        const std::vector<std::pair<int32_t, double>> &expected,
                        const std::vector<int32_t> &history = {}) {
  Sampler sampler(settings);
  for (int32_t token : history)
    sampler.accept(token);
  auto found = sampler.candidates(logits);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].id, expected[i].first);
    EXPECT_NEAR(found[i].probability, expected[i].second, 1e-6);
  }
}

const std::vector<float> logits = logitsOf({0.1, 0.5, 0.15, 0.25});

TEST(Sampler, PlainIsTheSoftmax) {
  expectDistribution(plain(), logits, {{1, 0.5}, {3, 0.25}, {2, 0.15}, {0, 0.1}});
}

TEST(Sampler, Temperature) {
  SamplerSettings settings = plain();
  settings.temperature = 0.5; // squares: .25 .0625 .0225 .01, sum .345
  expectDistribution(settings, logits,
                     {{1, .25 / .345}, {3, .0625 / .345}, {2, .0225 / .345}, {0, .01 / .345}});
  settings.temperature = 2; // roots: .7071 .5 .3873 .3162, sum 1.9106
  double sum = std::sqrt(.5) + .5 + std::sqrt(.15) + std::sqrt(.1);
  expectDistribution(
      settings, logits,
      {{1, std::sqrt(.5) / sum}, {3, .5 / sum}, {2, std::sqrt(.15) / sum}, {0, std::sqrt(.1) / sum}});
}

TEST(Sampler, GreedyTakesTheFirstOfEquals) {
  SamplerSettings settings = plain();
  settings.temperature = 0;
  EXPECT_EQ(Sampler(settings).sample(logits, 0), 1);
  EXPECT_EQ(Sampler(settings).sample(std::vector<float>{1, 2, 2, 0}, 0), 1);
}

TEST(Sampler, TopK) {
  SamplerSettings settings = plain();
  settings.topK = 2;
  expectDistribution(settings, logits, {{1, 2. / 3}, {3, 1. / 3}});
  settings.topK = 100;
  expectDistribution(settings, logits, {{1, 0.5}, {3, 0.25}, {2, 0.15}, {0, 0.1}});
  settings.topK = 1;
  expectDistribution(settings, {2, 3, 1}, {{1, 1}});
  expectDistribution(settings, {3, 2, 3}, {{0, .5}, {2, .5}}); // equal ones stay together
}

TEST(Sampler, TopPKeepsTheOneThatReachesTheSum) {
  SamplerSettings settings = plain();
  settings.topP = 0.6;
  expectDistribution(settings, logits, {{1, 2. / 3}, {3, 1. / 3}});
  settings.topP = 0.8;
  expectDistribution(settings, logits, {{1, .5 / .9}, {3, .25 / .9}, {2, .15 / .9}});
  settings.topP = 0;
  expectDistribution(settings, logits, {{1, 1}});
}

TEST(Sampler, MinPIsRelativeToTheMostProbable) {
  SamplerSettings settings = plain();
  settings.minP = 0.31; // limit 0.155
  expectDistribution(settings, logits, {{1, 2. / 3}, {3, 1. / 3}});
  settings.minP = 1;
  expectDistribution(settings, logits, {{1, 1}});
}

TEST(Sampler, RulesApplyInOrder) {
  SamplerSettings settings = plain();
  settings.topK = 3;   // .5 .25 .15 of .9: .5556 .2778 .1667
  settings.topP = 0.8; // .5556 + .2778 = .8333 reaches it; of all four, three would be needed
  expectDistribution(settings, logits, {{1, 2. / 3}, {3, 1. / 3}});
  settings.temperature = 0.5; // last: it does not change what stays
  expectDistribution(settings, logits, {{1, .8}, {3, .2}});
}

TEST(Sampler, RepeatPenaltyDividesPositiveAndMultipliesNegativeLogits) {
  SamplerSettings settings = plain();
  settings.repeatPenalty = 2;
  std::vector<float> raw = {2, -1, 1}; // tokens 0 and 1 recent: 1, -2, 1
  double sum = std::exp(1) + std::exp(-2) + std::exp(1);
  expectDistribution(settings, raw, {{0, std::exp(1) / sum}, {2, std::exp(1) / sum}, {1, std::exp(-2) / sum}},
                     {0, 1, 0, 0}); // however often
  settings.temperature = 0;
  Sampler greedy(settings);
  greedy.accept(0);
  EXPECT_EQ(greedy.sample(std::vector<float>{3, 2, 1}, 0), 1); // 1.5 is less than 2
}

TEST(Sampler, RepeatWindowForgets) {
  SamplerSettings settings = plain();
  settings.repeatPenalty = 2, settings.repeatLastN = 2;
  std::vector<float> raw = {0, 2, 0};
  double sum = std::exp(2) + 2;
  expectDistribution(settings, raw, {{1, std::exp(2) / sum}, {0, 1 / sum}, {2, 1 / sum}}, {1, 0, 2});
  settings.repeatLastN = 0;
  expectDistribution(settings, raw, {{1, std::exp(2) / sum}, {0, 1 / sum}, {2, 1 / sum}}, {1});
}

TEST(Sampler, SeedFixesTheDraws) {
  SamplerSettings settings = plain();
  settings.seed = 7;
  Sampler one(settings), again(settings);
  settings.seed = 8;
  Sampler other(settings);
  int differs = 0;
  for (int i = 0; i < 100; ++i) {
    int32_t token = one.sample(logits, i);
    EXPECT_EQ(again.sample(logits, i), token);
    differs += other.sample(logits, i) != token;
  }
  EXPECT_GT(differs, 20);
}

TEST(Sampler, DrawsFollowTheDistribution) {
  Sampler sampler(plain());
  std::vector<int> count(4);
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i)
    ++count[static_cast<size_t>(sampler.sample(logits, i))];
  double expected[] = {0.1, 0.5, 0.15, 0.25};
  for (size_t i = 0; i < 4; ++i) // five standard deviations
    EXPECT_NEAR(count[i] / double(draws), expected[i],
                5 * std::sqrt(expected[i] * (1 - expected[i]) / draws));
}

TEST(Sampler, RefusesWhatMakesNoSense) {
  auto refused = [](auto change) {
    SamplerSettings settings;
    change(settings);
    return messageOf([&] { Sampler sampler(settings); });
  };
  EXPECT_EQ(refused([](auto &s) { s.temperature = -1; }),
            "temperature expects a value from 0 to 1e+06, got -1");
  EXPECT_EQ(refused([](auto &s) { s.topP = 1.5; }), "top-p expects a value from 0 to 1, got 1.5");
  EXPECT_EQ(refused([](auto &s) { s.minP = std::nan(""); }), "min-p expects a value from 0 to 1, got nan");
  EXPECT_EQ(refused([](auto &s) { s.topK = -2; }), "top-k expects a value from 0 to 1e+09, got -2");
  EXPECT_EQ(refused([](auto &s) { s.repeatPenalty = 0; }),
            "repeat-penalty expects a value from 0.001 to 1000, got 0");
  EXPECT_EQ(messageOf([] { Sampler(plain()).sample(std::vector<float>{1, std::nanf(""), 2}, 0); }),
            "the logit of token 1 is nan: the weights are not usable");
}

TEST(ByteTokenizer, RoundTrip) {
  auto tokenizer = makeByteTokenizer(256);
  std::string text = "Añ\n";
  EXPECT_EQ(tokenizer->encode(text), (std::vector<int32_t>{65, 0xC3, 0xB1, 10}));
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
  EXPECT_EQ(tokenizer->decode(std::vector<int32_t>{65, 300}), "A\xEF\xBF\xBD");
  EXPECT_EQ(messageOf([] { makeByteTokenizer(100); }),
            "text is read as bytes: expected a model with a vocab_size of at least 256, got 100");
}

} // namespace
