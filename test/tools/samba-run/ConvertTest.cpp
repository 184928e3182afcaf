// Small models as other libraries save them give those libraries' logits, token by token; and what convert
// writes of them is what it has read.
#include "runtime/JsonPlace.h"
#include "runtime/Player.h"
#include "runtime/checkpoint/SafetensorsReader.h"
#include "runtime/checkpoint/SafetensorsWriter.h"
#include "runtime/checkpoint/Weights.h"

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>

using namespace samba;
namespace fs = std::filesystem;

namespace {

class ConvertTest : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  /// Runs samba-run with paths below `folder`.
  void run(const std::string &words) {
    std::string command = "cd '" + folder.string() + "' && '" SAMBA_RUN "' " + words + " >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0)
      throw Error("failed: ", command);
  }

  fs::path theirs = fs::path(SAMBA_HUGGINGFACE) / GetParam();
  fs::path folder = fs::path(testing::TempDir()) / ("samba-convert-" + std::string(GetParam()));
};

TEST_P(ConvertTest, LogitsAreTheirs) {
  run("convert '" + theirs.string() + "' -o model");
  run("compile model/model.mlir --entries decode -o model.samba");
  Player player(Bundle::load(folder / "model.samba"), makeDevice("cpu"));
  loadWeights(player, folder / "model");

  nlohmann::json expected = readJson(theirs / "logits.json");
  player.zeroState();
  double worst = 0;
  for (size_t t = 0; t < expected["tokens"].size(); ++t) {
    player.write<int32_t>("decode", "tokens", std::vector<int32_t>{expected["tokens"][t].get<int32_t>()});
    player.run("decode");
    std::vector<float> ours = player.read("decode", "logits"), there = expected["logits"][t];
    ASSERT_EQ(ours.size(), there.size());
    for (size_t i = 0; i < ours.size(); ++i)
      worst = std::max<double>(worst, std::isnan(ours[i]) ? HUGE_VAL : std::abs(ours[i] - there[i]));
  }
  std::printf("%s: largest difference of a logit %.2g\n", GetParam(), worst);
  EXPECT_LT(worst, 1e-4);
}

TEST_P(ConvertTest, ThereAndBackIsTheSame) {
  run("convert '" + theirs.string() + "' -o model");
  run("convert model/model.mlir --weights model --to " + std::string(GetParam()) +
      " --shard-bytes 5000 -o back");
  run("convert back --spec model/model.mlir -o again");
  EXPECT_EQ(readText(folder / "model/model.safetensors", 1 << 20),
            readText(folder / "again/model.safetensors", 1 << 20));
  nlohmann::json before = readJson(theirs / "config.json"), after = readJson(folder / "back/config.json");
  for (const auto &[key, value] : after.items())
    if (before.contains(key) && key != "torch_dtype" && !value.is_object())
      EXPECT_EQ(value, before[key]) << key;
}

/// The fixture `mamba`, whose embeddings are tied, with a tensor more: a copy of them with `plus` added to
/// the last element. What convert says of it, or nothing if it reads it.
std::string saidOfCopy(const std::string &name, float plus) {
  fs::path theirs = fs::path(SAMBA_HUGGINGFACE) / "mamba";
  fs::path folder = fs::path(testing::TempDir()) / "samba-convert-copy";
  fs::remove_all(folder);
  fs::create_directories(folder);
  SafetensorsReader reader(theirs / "model.safetensors");
  std::vector<TensorToWrite> tensors;
  for (const SafetensorsReader::Tensor &tensor : reader.tensors()) {
    tensors.push_back({tensor.name, tensor.shape,
                       [&](int64_t first, std::span<float> values) { reader.read(tensor, first, values); }});
    if (tensor.name == "backbone.embeddings.weight")
      tensors.push_back({name, tensor.shape, [&](int64_t first, std::span<float> values) {
                           reader.read(tensor, first, values);
                           values.back() += plus;
                         }});
  }
  writeSafetensors(folder / "model.safetensors", tensors);
  fs::copy_file(theirs / "config.json", folder / "config.json");
  std::string command = "cd '" + folder.string() + "' && '" SAMBA_RUN "' convert . -o out >said 2>&1";
  bool done = std::system(command.c_str()) == 0;
  EXPECT_EQ(done, fs::exists(folder / "out"));
  std::string said = readText(folder / "said", 1 << 20);
  fs::remove_all(folder);
  return done ? "" : said;
}

TEST(ConvertTied, TheHeadMayBeThereTwice) {
  EXPECT_EQ(saidOfCopy("lm_head.weight", 0), "");
  EXPECT_EQ(saidOfCopy("lm_head.weight", 1),
            "samba-run: tensor 'lm_head.weight' differs from 'backbone.embeddings.weight', which "
            "tie_word_embeddings says it is\n");
  EXPECT_EQ(saidOfCopy("lm_head.bias", 0),
            "samba-run: '.' does not fit './config.json'; 'lm_head.bias' is not in the model\n");
}

INSTANTIATE_TEST_SUITE_P(Layouts, ConvertTest, testing::Values("mamba", "llama", "mistral", "samba"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
