// The flags of samba-run, and the nearest spelling.
#include "tools/samba-run/Flags.h"
#include "TinyModel.h"
#include "tools/samba-run/NearestSpelling.h"

#include <gtest/gtest.h>

using namespace samba;
using samba::test::messageOf;

namespace {

TEST(NearestSpelling, Distance) {
  EXPECT_EQ(editDistance("", "abc"), 3);
  EXPECT_EQ(editDistance("train", "train"), 0);
  EXPECT_EQ(editDistance("trian", "train"), 1); // neighbours swapped
  EXPECT_EQ(editDistance("kitten", "sitting"), 3);
}

TEST(NearestSpelling, Suggests) {
  std::vector<std::string> verbs = {"compile", "train", "generate", "eval"};
  EXPECT_EQ(nearestSpelling("trian", verbs), "train");
  EXPECT_EQ(nearestSpelling("evaluate", verbs), "");
  EXPECT_EQ(nearestSpelling("genrate", verbs), "generate");
  EXPECT_EQ(nearestSpelling("xyz", verbs), "");
}

class FlagsTest : public testing::Test {
protected:
  FlagsTest() {
    flags.positional("MODEL", model, "what");
    flags.positional("EXTRA", extra, "what else", true);
    flags.list("data", data, "FILE…", "files", true);
    flags.require("data");
    flags.integer("steps", steps, "N", "steps");
    flags.number("top-p", topP, "P", "sum", 0, 1);
    flags.text("out", out, "DIR", "where");
    flags.shortName('o', "out");
    flags.choice("device", device, {"cpu", "cuda"}, "where");
    flags.list("set", sets, "PATH=VALUE", "edit");
    flags.integers("context", contexts, "N,N", "lengths");
    flags.choices("entry", entries, {"train", "decode"}, "which");
    flags.toggle("resume", resume, "go on");
    flags.example("samba-run test m --data f", "does it");
  }
  std::string wrong(const std::vector<std::string> &words) {
    return messageOf([&] { flags.parse(words); });
  }

  std::string model, extra, out, device = "cpu";
  std::vector<std::string> data, sets, entries = {"train"};
  std::vector<int64_t> contexts;
  int64_t steps = 100;
  double topP = 0.9;
  bool resume = false;
  Flags flags{"test", "MODEL --data FILE…", "tests"};
};

TEST_F(FlagsTest, BothForms) {
  EXPECT_TRUE(
      flags.parse({"m", "--data", "a", "b", "--steps=7", "--top-p", "0.5", "--set", "x.y=1", "--set=z=2",
                   "--data=c", "--context", "1,20", "--resume", "-o", "dir", "--device=cuda"}));
  EXPECT_EQ(model, "m");
  EXPECT_EQ(data, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(steps, 7);
  EXPECT_EQ(topP, 0.5);
  EXPECT_EQ(sets, (std::vector<std::string>{"x.y=1", "z=2"}));
  EXPECT_EQ(contexts, (std::vector<int64_t>{1, 20}));
  EXPECT_TRUE(resume);
  EXPECT_EQ(out, "dir");
  EXPECT_EQ(device, "cuda");
  EXPECT_TRUE(flags.given("steps"));
  EXPECT_FALSE(flags.given("entry"));
}

TEST_F(FlagsTest, DefaultsStayAndDashesEndFlags) {
  EXPECT_TRUE(flags.parse({"--data", "a", "--", "m", "--steps"}));
  EXPECT_EQ(steps, 100);
  EXPECT_EQ(model, "m");
  EXPECT_EQ(extra, "--steps");
}

TEST_F(FlagsTest, Messages) {
  const std::string lists = " ('samba-run test --help' lists the flags)";
  EXPECT_EQ(wrong({"m", "--stesp", "3"}), "test: unknown flag '--stesp'; did you mean '--steps'?" + lists);
  EXPECT_EQ(wrong({"m", "--zzzzzz"}), "test: unknown flag '--zzzzzz'" + lists);
  EXPECT_EQ(wrong({"m", "-s"}),
            "test: unknown flag '-s'; flags are written in full, with two dashes" + lists);
  EXPECT_EQ(wrong({"m", "x", "y"}), "test: unexpected word 'y'" + lists);
}

TEST_F(FlagsTest, MissingThings) {
  const std::string lists = " ('samba-run test --help' lists the flags)";
  EXPECT_EQ(wrong({"--data", "a"}), "test: expected MODEL: samba-run test MODEL --data FILE…" + lists);
  EXPECT_EQ(wrong({"m"}), "test: --data FILE… is missing" + lists);
}

TEST_F(FlagsTest, Values) {
  EXPECT_EQ(wrong({"--steps", "ten"}), "--steps expects a whole number, got 'ten'");
  EXPECT_EQ(wrong({"--context", "4,,5"}), "--context expects a whole number, got ''");
  EXPECT_EQ(wrong({"--context=4,"}), "--context expects a whole number, got ''");
  EXPECT_EQ(wrong({"--steps", "1", "--steps", "2"}),
            "test: --steps is given twice ('samba-run test --help' lists the flags)");
  EXPECT_EQ(wrong({"--top-p", "1.5"}), "--top-p expects a number of at least 0 and at most 1, got 1.5");
  EXPECT_EQ(wrong({"--device", "cude"}),
            "--device expects one of cpu, cuda, got 'cude'; did you mean 'cuda'?");
  EXPECT_EQ(wrong({"--entry", "train,decod"}),
            "--entry expects one of train, decode, got 'decod'; did you mean 'decode'?");
  EXPECT_EQ(wrong({"--resume=yes"}),
            "test: --resume takes no value ('samba-run test --help' lists the flags)");
  EXPECT_EQ(wrong({"--out", "--data"}),
            "test: --out expects a value: --out DIR ('samba-run test --help' lists the flags)");
}

TEST_F(FlagsTest, NumbersAreWhole) {
  EXPECT_EQ(wrong({"--steps", "0"}), "--steps expects a whole number of at least 1, got 0");
  EXPECT_EQ(wrong({"--top-p", "nan"}), "--top-p expects a number, got 'nan'");
  EXPECT_EQ(messageOf([] { parseInteger("--x", "99999999999999999999", 1); }),
            "--x expects a whole number, got '99999999999999999999'");
}

TEST_F(FlagsTest, Help) {
  std::string help = flags.help();
  EXPECT_NE(help.find("usage: samba-run test MODEL --data FILE…\n"), std::string::npos);
  EXPECT_NE(help.find("  --data FILE…          files (required)\n"), std::string::npos) << help;
  EXPECT_NE(help.find("  --steps N             steps [100]\n"), std::string::npos);
  EXPECT_NE(help.find("  --device cpu|cuda     where [cpu]\n"), std::string::npos);
  EXPECT_NE(help.find("examples:\n  samba-run test m --data f\n      does it\n"), std::string::npos);
}

} // namespace
