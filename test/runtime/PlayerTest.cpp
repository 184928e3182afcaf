// The Player on the tiny model: steps, state, memory, checks of what goes in.
#include "TinyModel.h"
#include "runtime/init/Initializer.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace samba;
using namespace samba::test;

namespace {

/// Every test has its own initialized player.
class PlayerTest : public testing::Test {
protected:
  void SetUp() override {
    player = tinyPlayer(temp.path());
    initializeParameters(*player, 1);
  }

  /// The logits of [2, count] tokens, played as one call of `entry` per `entry.seq` tokens.
  std::vector<float> logits(const std::string &entry, const std::vector<int32_t> &tokens) {
    player->write(entry, "tokens", tokens);
    player->run(entry);
    return player->read(entry, "logits");
  }

  TempFolder temp;
  std::unique_ptr<Player> player;
};

} // namespace

TEST_F(PlayerTest, PrefillEqualsDecodeBitForBit) {
  std::vector<int32_t> tokens = {1, 2, 3, 4, 50, 60, 70, 80}; // [2, 4]
  std::vector<float> all = logits("prefill", tokens);         // [2, 4, 256]
  player->zeroState();
  for (int t = 0; t < 4; ++t) {
    std::vector<float> one = logits("decode", {tokens[t], tokens[4 + t]}); // [2, 1, 256]
    for (int row = 0; row < 2; ++row)
      for (int c = 0; c < 256; ++c)
        ASSERT_EQ(one[row * 256 + c], all[(row * 4 + t) * 256 + c]) << row << " " << t << " " << c;
  }
}

TEST_F(PlayerTest, StateIsAValue) {
  std::vector<std::byte> zero = player->snapshotState();
  EXPECT_EQ(zero, std::vector<std::byte>(2112));
  logits("decode", {1, 2});
  std::vector<std::byte> one = player->snapshotState();
  EXPECT_NE(one, zero);
  std::vector<float> first = logits("decode", {3, 4});
  player->restoreState(one);
  EXPECT_EQ(logits("decode", {3, 4}), first);
  player->zeroState();
  EXPECT_EQ(player->snapshotState(), zero);
  EXPECT_EQ(messageOf([&] { player->restoreState(std::span(one).first(100)); }),
            "segment 'state': expected 2112 bytes, got 100");
}

TEST_F(PlayerTest, AllocatesOnlyWhatEntriesNeed) {
  int threads = std::stoi(player->device().description().substr(5));
  int64_t params = 263168, state = 2112, io = 8512, scratch = 1024 * threads;
  EXPECT_EQ(player->memoryBytes(), params + scratch); // initialized in SetUp
  player->prepare("decode");
  EXPECT_EQ(player->memoryBytes(), params + scratch + state + io);
  player->prepare("update");
  EXPECT_EQ(player->memoryBytes(), 4 * params + scratch + state + io + 64);
  player->prepare("train");
  EXPECT_EQ(player->memoryBytes(), 4 * params + scratch + state + io + 16512);
  player->prepare("eval"); // a smaller arena
  EXPECT_EQ(player->memoryBytes(), 4 * params + scratch + state + io + 16512);
}

TEST_F(PlayerTest, GradientsAgreeWithFiniteDifferences) {
  PeriodicBatches batches;
  std::vector<int32_t> tokens(16), targets(16);
  batches.fill(0, tokens, targets);
  targets[3] = -1;
  player->write("train", "tokens", tokens);
  player->write("train", "targets", targets);
  player->run("train");
  std::vector<float> gradient = values(*player, 0, Segment::Grads);
  const Parameter &weight = player->bundle().parameters[0];
  double worst = 0;
  for (int64_t element : {65 * 256 + 65, 65 * 256 + 68, 68 * 256 + 71, 71 * 256 + 3}) {
    auto lossAt = [&](float delta) {
      float value = values(*player, 0)[size_t(element)];
      float moved = value + delta;
      player->writeParameter(weight, element, std::span<const float>(&moved, 1));
      player->run("train");
      player->writeParameter(weight, element, std::span<const float>(&value, 1));
      return double(player->scalar("train", "loss"));
    };
    double slope = (lossAt(0.05f) - lossAt(-0.05f)) / 0.1;
    worst = std::max(worst, std::abs(slope - gradient[size_t(element)]));
  }
  EXPECT_LT(worst, 2e-4);
  // Every run added its gradients: 1 + 8 runs.
  std::vector<float> sum = values(*player, 0, Segment::Grads);
  EXPECT_NEAR(sum[65 * 256 + 65], 9 * gradient[65 * 256 + 65], 1e-3);
}

TEST_F(PlayerTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(messageOf([&] { player->write("decode", "tokens", std::vector<int32_t>{1}); }),
            "'tokens' of entry 'decode': expected 2 elements of i32 (shape [2, 1]), got 1 of i32");
  EXPECT_EQ(messageOf([&] { player->write("decode", "tokens", std::vector<float>{1, 2}); }),
            "'tokens' of entry 'decode': expected 2 elements of i32 (shape [2, 1]), got 2 of f32");
  EXPECT_EQ(
      messageOf([&] { player->write("decode", "tokens", std::vector<int32_t>{1, 256}); }),
      "'tokens'[1] of entry 'decode': expected a token from 0 to 255, got 256; is the data made for another "
      "vocabulary?");
  EXPECT_EQ(
      messageOf([&] { player->write("decode", "tokens", std::vector<int32_t>{-1, 1}); }),
      "'tokens'[0] of entry 'decode': expected a token from 0 to 255, got -1; is the data made for another "
      "vocabulary?");
  EXPECT_EQ(messageOf([&] { player->read<int32_t>("decode", "logits"); }),
            "'logits' of entry 'decode': expected 512 elements of f32 (shape [2, 1, 256]), got 512 of i32");
  EXPECT_EQ(messageOf([&] { player->run("train", 2, 4); }), "entry 'train' has 3 launches, asked for 2 to 4");
  std::vector<float> two(2);
  EXPECT_EQ(messageOf([&] { player->readParameter(player->bundle().parameters[1], 255, two); }),
            "parameter 'head.bias' has 256 elements, asked for 2 from 255");
}

TEST_F(PlayerTest, KeepsZerosBetweenRowsThatLieApart) {
  nlohmann::json manifest = tinyManifest();
  manifest["parameters"][0]["shape"] = {256, 250};
  manifest["parameters"][0]["row_stride"] = 256;
  TempFolder folder;
  writeBundle(folder.path(), manifest);
  Player apart(Bundle::load(folder.path()), makeDevice("cpu"));
  Parameter parameter = apart.bundle().parameters[0], whole = player->bundle().parameters[0];
  std::vector<float> all(256 * 250);
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = float(i + 1);
  for (size_t first = 0; first < all.size(); first += 777) // in pieces that start and end within rows
    apart.writeParameter(parameter, int64_t(first),
                         std::span(all).subspan(first, std::min<size_t>(777, all.size() - first)));
  std::vector<float> some(600), stored(256 * 256);
  apart.readParameter(parameter, 499, some);
  EXPECT_EQ(some, std::vector<float>(all.begin() + 499, all.begin() + 1099));
  apart.readParameter(whole, 0, stored);
  for (int row = 0; row < 256; ++row)
    for (int column = 0; column < 256; ++column)
      ASSERT_EQ(stored[row * 256 + column], column < 250 ? float(row * 250 + column + 1) : 0)
          << row << " " << column;
}

TEST_F(PlayerTest, FindsTheLaunchThatMakesAnOutput) {
  EXPECT_EQ(player->launchesUntil("update", "grad_norm"), 1u);
  EXPECT_EQ(player->launchesUntil("train", "loss"), 2u);
}

TEST_F(PlayerTest, NamesTheFirstNonFiniteLaunchAndPutsEverythingBack) {
  std::vector<int32_t> tokens(16, 7), targets(16, 8);
  player->write("train", "tokens", tokens);
  player->write("train", "targets", targets);
  player->run("train");
  EXPECT_EQ(player->firstNonFinite("train"), std::nullopt);
  std::vector<float> gradient = values(*player, 0, Segment::Grads);

  targets[5] = 255; // makes a gradient NaN
  player->write("train", "targets", targets);
  EXPECT_EQ(player->firstNonFinite("train"), "tiny: backward");
  EXPECT_EQ(values(*player, 0, Segment::Grads), gradient);

  tokens[2] = 254; // makes logits infinite
  player->write("train", "tokens", tokens);
  player->run("train");
  EXPECT_TRUE(std::isnan(player->scalar("train", "loss")));
  EXPECT_EQ(player->firstNonFinite("train"), "tiny: forward");

  logits("decode", {1, 2});
  std::vector<std::byte> state = player->snapshotState();
  player->write("eval", "tokens", std::vector<int32_t>(8, 1));
  player->write("eval", "targets", std::vector<int32_t>(8, 1));
  EXPECT_EQ(player->firstNonFinite("eval"), std::nullopt);
  EXPECT_EQ(player->snapshotState(), state);
}

TEST(Player, RefusesToGoBeyondMaxContext) {
  TempFolder temp;
  auto manifest = tinyManifest();
  manifest["model"]["max_context"] = 6;
  writeBundle(temp.path(), manifest);
  Player player(Bundle::load(temp.path()), makeDevice("cpu"));
  player.write("prefill", "tokens", std::vector<int32_t>(8, 1));
  player.run("prefill");
  EXPECT_EQ(
      messageOf([&] { player.run("prefill"); }),
      "the state of model 'tiny' holds at most 6 tokens (max_context), and 4 + 4 were asked for; compile the "
      "spec with a larger max_context");
  player.run("decode");
  player.run("decode");
  EXPECT_EQ(messageOf([&] { player.run("decode"); }).find("the state of model 'tiny' holds at most 6 tokens"),
            0u);
  player.zeroState();
  player.run("decode");
}

TEST(Player, InferenceBundleHasNoGradients) {
  TempFolder temp;
  auto manifest = tinyManifest();
  for (const char *segment : {"grads", "moment1", "moment2"})
    manifest["segments"][segment] = 0;
  manifest["entries"].erase("train");
  manifest["entries"].erase("update");
  writeBundle(temp.path(), manifest);
  Player player(Bundle::load(temp.path()), makeDevice("cpu"));
  std::vector<float> one(1);
  EXPECT_EQ(messageOf([&] { player.readParameter(player.bundle().parameters[0], 0, one, Segment::Grads); }),
            "bundle '" + temp.path().string() + "' has no segment 'grads'; compile the spec for training");
}
