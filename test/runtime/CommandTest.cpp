// samba-run as a user meets it: words in; exit code, stdout, stderr and files out.
#include "TinyModel.h"

#include <gtest/gtest.h>

#include <sys/wait.h>

using namespace samba;
using namespace samba::test;
namespace fs = std::filesystem;

namespace {

struct Outcome {
  int code;
  std::string out, err;
};

class CommandTest : public testing::Test {
protected:
  CommandTest() {
    writeBundle(folder.path() / "tiny.samba", tinyManifest());
    std::string text;
    for (int i = 0; i < 6000; ++i)
      text += "line " + std::to_string(i * i) + " of the text\n";
    writeFile(folder.path() / "text.txt", text);
  }

  /// Runs samba-run in the folder. `words` are a shell's.
  Outcome run(const std::string &words) {
    std::string command = "cd '" + folder.path().string() +
                          "' && XDG_CACHE_HOME=\"$PWD/cache\" SAMBA_LIBCUDA=/no/libcuda.so '" SAMBA_RUN "' " +
                          words + " >out 2>err </dev/null";
    int status = std::system(command.c_str());
    return {WEXITSTATUS(status), fileText(folder.path() / "out"), fileText(folder.path() / "err")};
  }

  /// The message of a command that has to fail, and to leave stdout empty.
  std::string wrong(const std::string &words) {
    Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 1) << words;
    EXPECT_EQ(outcome.out, "") << words;
    EXPECT_EQ(outcome.err.substr(0, 11), "samba-run: ") << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    return outcome.err.substr(std::min<size_t>(11, outcome.err.size()));
  }

  Outcome train(const std::string &words) {
    return run("train tiny.samba --data text.txt --lr 0.05 --save-every 5 --eval-every 10 " + words);
  }

  TempFolder folder;
};

TEST_F(CommandTest, TrainGenerateEval) {
  Outcome trained = train("--out run --steps 20");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_EQ(trained.out.substr(0, 25), "run: step 20 of 20, loss ");
  EXPECT_NE(trained.out.find(", validation loss "), std::string::npos);
  EXPECT_NE(trained.err.find(" tokens to train on, "), std::string::npos);

  Outcome written = run("generate run --prompt 'line ' --max-tokens 40 --seed 3");
  ASSERT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out.size(), 5u + 40 + 1);
  EXPECT_EQ(written.out.substr(0, 5), "line ");
  EXPECT_NE(written.err.find("weights of step 20\nprompt: 5 tokens in "), std::string::npos);
  EXPECT_EQ(run("generate run --prompt='line ' --max-tokens=40 --seed=3 --stream").out, written.out);
  EXPECT_NE(run("generate run --prompt 'line ' --max-tokens 40 --seed 4").out, written.out);

  Outcome table = run("eval run --data text.txt --split validation --context 8,64");
  ASSERT_EQ(table.code, 0) << table.err;
  EXPECT_EQ(table.out.substr(0, 11), "| context |");
  EXPECT_EQ(std::count(table.out.begin(), table.out.end(), '\n'), 4);
  auto rows = nlohmann::json::parse(run("eval run --data text.txt --context 64 --max-tokens 640 --json").out);
  EXPECT_EQ(rows.at(0).at("tokens"), 640);
  EXPECT_LT(rows.at(0).at("perplexity"), 256);
}

TEST_F(CommandTest, ResumedRunEqualsStraightRun) {
  ASSERT_EQ(train("--out straight --steps 20").code, 0);
  ASSERT_EQ(train("--out halved --steps 20 --stop-after 10").code, 0);
  Outcome resumed = train("--out halved --steps 20 --resume");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  for (const char *name : {"model.safetensors", "optimizer.safetensors"})
    EXPECT_EQ(fileText(folder.path() / "straight/checkpoints/step-00000020" / name),
              fileText(folder.path() / "halved/checkpoints/step-00000020" / name));
  EXPECT_EQ(train("--out halved --steps 20 --resume").out, "halved: step 20 of 20, nothing left to do\n");
}

TEST_F(CommandTest, WeightsFromOutside) {
  ASSERT_EQ(train("--out run --steps 5").code, 0);
  Outcome fromRun = run("generate run --prompt x --max-tokens 10");
  Outcome fromFile =
      run("generate tiny.samba --weights run/checkpoints/step-00000005/model.safetensors --prompt x "
          "--max-tokens 10");
  EXPECT_EQ(fromFile.code, 0) << fromFile.err;
  EXPECT_EQ(fromFile.out, fromRun.out);
}

TEST_F(CommandTest, BenchAndInfo) {
  Outcome table = run("bench tiny.samba --entry train,decode --repeats 2 --seconds 0.01");
  ASSERT_EQ(table.code, 0) << table.err;
  EXPECT_NE(table.out.find("| model | entry  | batch | seq |"), std::string::npos) << table.out;
  auto json = nlohmann::json::parse(run("bench tiny.samba --entry kernels --repeats 2 --json").out);
  EXPECT_EQ(json.at("kernels").size(), 5u); // of entries train and update
  double share = 0;
  for (const auto &kernel : json.at("kernels"))
    share += kernel.at("share").get<double>();
  EXPECT_NEAR(share, 1, 1e-9);
  table = run("bench tiny.samba --entry decode,kernels --after 3 --repeats 1 --seconds 0.01");
  EXPECT_NE(table.out.find("| decode | step1  | tiny: step   |        1 |"), std::string::npos) << table.out;

  json = nlohmann::json::parse(run("bench tiny.samba --entry layers --repeats 2 --json").out);
  int64_t launches = 0;
  for (const auto &layer : json.at("layers"))
    launches += layer.at("layer") == "all" ? 0 : layer.at("launches").get<int64_t>();
  EXPECT_EQ(json.at("layers").back().at("layer"), "all");
  EXPECT_EQ(json.at("layers").back().at("launches"), launches);
  EXPECT_GT(json.at("layers").back().at("seconds"), 0);

  EXPECT_NE(run("info tiny.samba").out.find("parameters: 65,792\n"), std::string::npos);
  json = nlohmann::json::parse(run("info tiny.samba --json").out);
  EXPECT_EQ(json.at("parameters"), 65792);
  EXPECT_EQ(json.at("entries").size(), 5u);
}

TEST_F(CommandTest, Help) {
  Outcome help = run("--help");
  EXPECT_EQ(help.code, 0);
  for (const char *verb : {"compile", "train", "generate", "eval", "bench", "verify", "info"}) {
    EXPECT_NE(help.out.find(std::string("\n  samba-run ") + verb + " "), std::string::npos);
    Outcome one = run(std::string(verb) + " --help");
    EXPECT_EQ(one.code, 0);
    EXPECT_NE(one.out.find(std::string("usage: samba-run ") + verb), std::string::npos);
    EXPECT_NE(one.out.find("examples:\n"), std::string::npos);
    EXPECT_EQ(run(std::string("help ") + verb).out, one.out);
  }
  EXPECT_EQ(run("").code, 1);
  EXPECT_EQ(run("--version").out, "samba-run " SAMBA_VERSION "\n");
}

TEST_F(CommandTest, WrongWords) {
  EXPECT_EQ(wrong("trian"), "unknown verb 'trian'; did you mean 'train'?\n");
  EXPECT_EQ(wrong("frobnicate"), "unknown verb 'frobnicate'; 'samba-run --help' lists the verbs\n");
  EXPECT_EQ(wrong("generate run --promt x"), "generate: unknown flag '--promt'; did you mean '--prompt'? "
                                             "('samba-run generate --help' lists the flags)\n");
  EXPECT_EQ(wrong("info nothing"),
            "'nothing' does not exist; expected a spec (.mlir), a bundle (.samba) or a run\n");
  EXPECT_EQ(wrong("info ."),
            "'.' is neither a spec (.mlir) nor a bundle (a folder with manifest.json) nor a run "
            "(a folder with model.samba and run.json)\n");
  EXPECT_EQ(wrong("generate tiny.samba --prompt x"), "'tiny.samba' has no weights; give --weights FILE "
                                                     "(safetensors), or the run folder that samba-run train "
                                                     "wrote\n");
  EXPECT_EQ(
      wrong("bench tiny.samba --seq 4"),
      "--seq changes how a spec is compiled, but 'tiny.samba' is compiled already; give the spec (.mlir) "
      "instead\n");
  EXPECT_EQ(wrong("bench tiny.samba --device cuda"),
            "no NVIDIA driver found: /no/libcuda.so: cannot open shared object file: No such file or "
            "directory; install the driver, or use --device cpu\n");
  EXPECT_EQ(wrong("compile tiny.samba -o x.samba"),
            "'tiny.samba' is compiled already; expected a spec (.mlir)\n");
  EXPECT_EQ(wrong("verify tiny.samba"),
            "verify compiles every op of a model anew: expected a spec (.mlir), got 'tiny.samba'\n");
}

TEST_F(CommandTest, NothingHalfWritten) {
  EXPECT_EQ(wrong("train tiny.samba --data nothing --out run"), "data path 'nothing' does not exist\n");
  EXPECT_EQ(wrong("train tiny.samba --data text.txt --out run --lr x"), "--lr expects a number, got 'x'\n");
  EXPECT_FALSE(fs::exists(folder.path() / "run"));
  ASSERT_EQ(train("--out run --steps 5").code, 0);
  EXPECT_EQ(wrong("train tiny.samba --data text.txt --out run"),
            "'run' is a run already; continue it with --resume, or give another --out\n");
}

} // namespace
