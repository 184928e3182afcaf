// Generation, perplexity and timing on the tests' bundle.
#include "runtime/generate/Generator.h"
#include "TinyModel.h"
#include "runtime/bench/Bench.h"
#include "runtime/bench/Roofline.h"
#include "runtime/data/Corpus.h"
#include "runtime/eval/Perplexity.h"
#include "runtime/init/Initializer.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace samba;
using namespace samba::test;

namespace {

/// A player of the tests' bundle after `edit` of its manifest, initialized.
std::unique_ptr<Player> edited(const TempFolder &folder, const std::function<void(nlohmann::json &)> &edit) {
  nlohmann::json manifest = tinyManifest();
  edit(manifest);
  writeBundle(folder.path(), manifest);
  auto player = std::make_unique<Player>(Bundle::load(folder.path()), makeDevice("cpu"));
  initializeParameters(*player, 3);
  return player;
}

std::vector<int32_t> written(Player &player, const std::vector<int32_t> &prompt, int64_t maxTokens,
                             const SamplerSettings &sampling = {}, GenerateReport *report = nullptr) {
  std::vector<int32_t> tokens;
  GenerateReport result = generate(player, prompt, sampling, maxTokens, [&](int32_t token) {
    tokens.push_back(token);
    return true;
  });
  if (report)
    *report = result;
  return tokens;
}

TEST(Generator, PrefillAndDecodeWriteTheSameText) {
  TempFolder one, two;
  auto both = edited(one, [](auto &) {});
  auto decodeOnly = edited(two, [](auto &m) { m["entries"].erase("prefill"); });
  for (size_t length : {1, 3, 4, 5, 8, 11}) { // chunks of 4
    std::vector<int32_t> prompt(length);
    for (size_t i = 0; i < length; ++i)
      prompt[i] = static_cast<int32_t>(60 + 5 * i);
    EXPECT_EQ(written(*both, prompt, 20), written(*decodeOnly, prompt, 20)) << length;
  }
}

/// The tests' bundle with a `decode` that draws.
void drawing(nlohmann::json &m) {
  auto port = [](const char *name, nlohmann::json shape, const char *dtype, int64_t offset) {
    return nlohmann::json{
        {"name", name}, {"shape", shape}, {"dtype", dtype}, {"segment", "io"}, {"offset", offset}};
  };
  nlohmann::json &decode = m["entries"]["decode"];
  decode["inputs"].push_back(port("sampling", {4}, "f32", 8512));
  decode["inputs"].push_back(port("seed", {2}, "i32", 8576));
  decode["outputs"].push_back(port("tokens", {2, 1}, "i32", 0));
  decode["outputs"].push_back(port("drawn", {2, 1}, "i32", 8640));
  nlohmann::json &launch = decode["launches"][0];
  launch["args"].push_back({"io", 8512, 16, "f32"});
  launch["args"].push_back({"io", 8576, 8, "i32"});
  launch["args"].push_back({"io", 8640, 8, "i32"});
  launch["outputs"] = {2, 3, 4, 5, 8};
  launch["kernel"] = m["kernels"].size();
  m["kernels"].push_back({{"name", "draw1"}, {"scratch_bytes", 1024}});
  m["segments"]["io"] = 8704;
}

TEST(Generator, TheDeviceGoesOnWithWhatItDrew) {
  TempFolder one, two;
  auto host = edited(one, [](auto &) {}), device = edited(two, drawing);
  SamplerSettings greedy;
  greedy.temperature = 0;
  for (size_t length : {1, 4, 6}) { // the last token of the prompt is read by decode, by prefill, by decode
    std::vector<int32_t> prompt(length, 70);
    GenerateReport report;
    EXPECT_EQ(written(*device, prompt, 20, greedy, &report), written(*host, prompt, 20, greedy)) << length;
    EXPECT_EQ(report.newTokens, 20);
  }
  SamplerSettings drawn;
  drawn.seed = 100;
  EXPECT_EQ(written(*device, {70, 71}, 4, drawn), (std::vector<int32_t>{101, 102, 103, 104}));
  drawn.repeatPenalty = 1.1; // the host draws
  EXPECT_NE(written(*device, {70, 71}, 4, drawn), (std::vector<int32_t>{101, 102, 103, 104}));
  EXPECT_EQ(messageOf([&] { written(*device, {70, 254}, 4, greedy); }),
            "the logits after 2 tokens are not finite: the weights are not usable");
}

TEST(Generator, TheDeviceStopsAtMaxContext) {
  TempFolder folder;
  auto player = edited(folder, [](auto &m) {
    drawing(m);
    m["model"]["max_context"] = 8;
  });
  GenerateReport report;
  EXPECT_EQ(written(*player, {65, 66, 67}, 100, {}, &report).size(), 6u);
  EXPECT_EQ(report.stopped, "stopped: the state is full, max_context of 'tiny' is 8 tokens");
  EXPECT_EQ(written(*player, {65, 66, 67}, 6, {}, &report).size(), 6u);
  EXPECT_EQ(report.stopped, "");
}

TEST(Generator, StartsFromTheZeroStateEachTime) {
  TempFolder folder;
  auto player = edited(folder, [](auto &) {});
  auto first = written(*player, {65, 66}, 10);
  EXPECT_EQ(written(*player, {65, 66}, 10), first);
}

TEST(Generator, GreedyFollowsTheLogits) {
  TempFolder folder;
  auto player = edited(folder, [](auto &) {});
  // Token t leads to t + 1: a weight large enough to outweigh what fades of the tokens before.
  const Parameter &weight = player->bundle().parameters[0];
  for (int64_t t = 0; t < 250; ++t)
    player->writeParameter(weight, t * 256 + t + 1, std::vector<float>{10});
  SamplerSettings greedy;
  greedy.temperature = 0;
  EXPECT_EQ(written(*player, {70}, 4, greedy), (std::vector<int32_t>{71, 72, 73, 74}));
}

TEST(Generator, TheCallerCanStop) {
  TempFolder folder;
  auto player = edited(folder, [](auto &) {});
  int seen = 0;
  GenerateReport report =
      generate(*player, std::vector<int32_t>{65}, {}, 0, [&](int32_t) { return ++seen < 5; });
  EXPECT_EQ(report.newTokens, 5);
  EXPECT_EQ(report.stopped, "");
}

TEST(Generator, StopsAtMaxContext) {
  TempFolder folder;
  auto player = edited(folder, [](auto &m) { m["model"]["max_context"] = 8; });
  GenerateReport report;
  // Eight tokens fit the state, and the ninth is written from its last logits.
  EXPECT_EQ(written(*player, {65, 66, 67}, 100, {}, &report).size(), 6u);
  EXPECT_EQ(report.stopped, "stopped: the state is full, max_context of 'tiny' is 8 tokens");
  EXPECT_EQ(written(*player, {65, 66, 67}, 6, {}, &report).size(), 6u);
  EXPECT_EQ(report.stopped, "");
  EXPECT_EQ(
      messageOf([&] { written(*player, std::vector<int32_t>(9, 65), 1); }),
      "the prompt has 9 tokens, but max_context of 'tiny' is 8; shorten the prompt or compile with a larger "
      "--max-context");
  EXPECT_EQ(messageOf([&] { written(*player, {}, 1); }), "expected a prompt of at least one token");
}

TEST(Perplexity, OfAUniformModelIsTheVocabulary) {
  TempFolder folder;
  auto player = tinyPlayer(folder.path()); // all parameters 0
  writeFile(folder.path() / "text", std::string(200, 'x'));
  TokenStream text = Corpus::open({folder.path() / "text"}, 256, 0).train;
  auto results = perplexities(*player, text, {4, 8, 7, 100}, 0, false); // chunks of 4: 7 leaves a part of one
  ASSERT_EQ(results.size(), 4u);
  int64_t windows[] = {49, 24, 28, 1};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(results[i].perplexity(), 256, 0.01);
    EXPECT_NEAR(results[i].bitsPerToken(), 8, 1e-4);
    EXPECT_EQ(results[i].windows, windows[i]);
    EXPECT_EQ(results[i].tokens, windows[i] * results[i].context);
  }
  EXPECT_EQ(perplexities(*player, text, {8}, 40, false)[0].tokens, 40);
}

TEST(Perplexity, OfDocumentsApart) {
  TempFolder folder;
  auto player = tinyPlayer(folder.path());
  initializeParameters(*player, 3);
  std::vector<uint16_t> written{5, 6, 7, 8, 9, 10, 11, 1, 1, 5, 6, 1, 9, 10, 11, 12, 13, 14, 15, 16};
  writeFile(folder.path() / "ids.bin", {reinterpret_cast<const char *>(written.data()), 40});
  TokenStream text = Corpus::open({folder.path() / "ids.bin"}, 256, 0, 1).train;
  auto results = perplexities(*player, text, {9}, 0, true); // rows of 2, chunks of 4
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].tokens, 19);
  EXPECT_EQ(results[0].windows, 4);
  double sum = 0;
  std::vector<int32_t> ids(20), begins(20);
  text.read(0, 20, ids.data());
  text.readDocuments(0, 20, begins.data());
  for (size_t t = 0; t < 19; ++t) {
    if (begins[t] == int32_t(t))
      player->zeroState();
    player->write("decode", "tokens", std::vector<int32_t>{ids[t], ids[t]});
    player->run("decode");
    std::vector<float> logits = player->read("decode", "logits");
    double total = 0;
    for (size_t c = 0; c < 256; ++c)
      total += std::exp(double(logits[c]));
    sum += std::log(total) - logits[size_t(ids[t + 1])];
  }
  EXPECT_NEAR(results[0].loss, sum / 19, 1e-5);
}

TEST(Perplexity, PaddedChunksHaveToFit) {
  TempFolder folder;
  auto player = edited(folder, [](auto &m) { m["model"]["max_context"] = 6; });
  writeFile(folder.path() / "text", std::string(10, 'x'));
  TokenStream text = Corpus::open({folder.path() / "text"}, 256, 0).train;
  EXPECT_EQ(messageOf([&] { perplexities(*player, text, {5}, 0, false); }),
            "a context of 5 tokens is played in chunks of 4, 8 tokens in all, beyond max_context 6 of model "
            "'tiny'; "
            "take a multiple of 4, or compile it with another --chunk");
}

TEST(Perplexity, ChecksBeforeItPlays) {
  TempFolder folder;
  auto player = edited(folder, [](auto &m) { m["model"]["max_context"] = 16; });
  writeFile(folder.path() / "text", std::string(10, 'x'));
  TokenStream text = Corpus::open({folder.path() / "text"}, 256, 0).train;
  auto none = [](const ContextLoss &) { FAIL() << "played"; };
  EXPECT_EQ(messageOf([&] { perplexities(*player, text, {4, 17}, 0, false, none); }),
            "a context of 17 tokens is beyond max_context 16 of model 'tiny'; compile it with a larger "
            "--max-context");
  EXPECT_EQ(
      messageOf([&] { perplexities(*player, text, {4, 12}, 0, false, none); }),
      "the held-out text has 10 tokens: expected at least 13, one context of 12 and its last target; give "
      "more --data or a shorter context");
}

TEST(Bench, TimingIsMeanAndSampleDeviation) {
  Timing timing = Timing::of({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(timing.mean, 2.5);
  EXPECT_NEAR(timing.deviation, 1.2909944, 1e-6);
  EXPECT_DOUBLE_EQ(timing.median, 2.5);
  EXPECT_DOUBLE_EQ(Timing::of({9, 1, 2}).median, 2);
  EXPECT_EQ(Timing::of({5}).deviation, 0);
}

TEST(Bench, EntriesAndKernels) {
  TempFolder folder;
  auto player =
      edited(folder, [](auto &m) { m["model"]["max_context"] = 16; }); // calls go back to zero in time
  BenchSettings settings{2, 0.005, 8};
  for (const char *name : {"train", "eval", "prefill", "decode"}) {
    EntryTiming timing = benchEntry(*player, name, settings);
    EXPECT_GT(timing.tokensPerSecond.mean, 0);
    EXPECT_EQ(timing.flops, name == std::string("train") ? 500 : name == std::string("eval") ? 200 : 100);
  }
  auto kernels = benchKernels(*player, "train", settings);
  ASSERT_EQ(kernels.size(), 5u); // forward, mean_loss, backward; grad_norm, adamw
  for (size_t i = 0; i + 1 < kernels.size(); ++i)
    EXPECT_GE(kernels[i].seconds.mean, kernels[i + 1].seconds.mean);
  EXPECT_EQ(kernels[0].launches, 1);
  ASSERT_EQ(benchKernels(*player, "prefill", settings).size(), 1u);
  settings.after = 13;
  EXPECT_EQ(messageOf([&] { benchEntry(*player, "prefill", settings); }),
            "after 13 tokens 'prefill' takes 4 more, but max_context is 16; compile the spec with a larger "
            "--max-context");
}

TEST(Bench, RooflineIsTheSlowerOfTheTwo) {
  Roofline roofline{100, 10};
  EXPECT_DOUBLE_EQ(roofline.seconds(200, 10), 2);
  EXPECT_DOUBLE_EQ(roofline.seconds(200, 30), 3);
  Roofline measured = measureRoofline(1);
  EXPECT_GT(measured.flops, 1e9);
  EXPECT_GT(measured.bytes, 1e8);
}

} // namespace
