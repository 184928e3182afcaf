// The player on the mock of the driver: what it asks of it, in which order, and what it says when that fails.
#include "GpuManifest.h"
#include "MockDriver.h"
#include "TinyModel.h"
#include "runtime/Error.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <dlfcn.h>
#include <numeric>

using namespace samba;
using namespace samba::test;
using nlohmann::json;

namespace {

class CudaTest : public testing::Test {
protected:
  void SetUp() override {
    setenv("SAMBA_LIBCUDA", SAMBA_MOCK_CUDA, 1);
    library = dlopen(SAMBA_MOCK_CUDA, RTLD_NOW);
    ASSERT_TRUE(library) << dlerror();
    reset = reinterpret_cast<decltype(reset)>(dlsym(library, "mockReset"));
    log = reinterpret_cast<decltype(log)>(dlsym(library, "mockLog"));
    set = reinterpret_cast<decltype(set)>(dlsym(library, "mockSet"));
    fail = reinterpret_cast<decltype(fail)>(dlsym(library, "mockFail"));
    reset();
  }
  void TearDown() override {
    player.reset();
    unsetenv("SAMBA_LIBCUDA");
    unsetenv("SAMBA_SYNC");
    dlclose(library);
  }

  void open(const json &manifest = gpuManifest()) {
    writeGpuBundle(temp.path(), manifest);
    player = std::make_unique<Player>(Bundle::load(temp.path()), makeDevice("cuda"));
  }
  /// The lines that were written by `action`.
  std::string asked(const std::function<void()> &action) {
    size_t before = std::string(log()).size();
    action();
    return std::string(log()).substr(before);
  }

  void *library = nullptr;
  decltype(&mockReset) reset = nullptr;
  decltype(&mockLog) log = nullptr;
  decltype(&mockSet) set = nullptr;
  decltype(&mockFail) fail = nullptr;
  TempFolder temp;
  std::unique_ptr<Player> player;
};

} // namespace

TEST_F(CudaTest, AnEntryIsOneGraphAndOnlyItsFirstLaunchWaitsInFull) {
  open();
  EXPECT_EQ(player->device().description(), "cuda, Mock H100, driver 12.4");
  // mem0 is the io segment, mem1 the scratch memory. Of a cluster's blocks there are two, along x.
  EXPECT_EQ(asked([&] { player->prepare("small"); }),
            "load 2 functions\n"
            "graph of 4\n"
            "  scale 4x1x1 of 128, 65536 shared, cluster 2x1x1, mem0+4096, map of mem0+2048\n"
            "  sum 1x2x1 of 128, 0 shared, early, mem1+16, mem0+4096\n"
            "  scale 4x1x1 of 128, 65536 shared, cluster 2x1x1, early, mem0+4096, map of mem0+2048\n"
            "  sum 1x2x1 of 128, 0 shared, early, mem1+16, mem0+4096\n");
  EXPECT_EQ(asked([&] { player->run("small"); }), "start graph of 4\n");
  EXPECT_EQ(asked([&] { player->run("small"); }), "start graph of 4\n");
  EXPECT_EQ(asked([&] { player->run("small", 1, 2); }),
            "launch scale 4x1x1 of 128, 65536 shared, cluster 2x1x1, mem0+4096, map of mem0+2048\n"
            "launch sum 1x2x1 of 128, 0 shared, early, mem1+16, mem0+4096\n");
}

TEST_F(CudaTest, GraphsOfOlderDriversDoNotOverlap) {
  set("version", 12020);
  open();
  EXPECT_EQ(asked([&] { player->prepare("small"); }).find("early"), std::string::npos);
}

TEST_F(CudaTest, ProgramsFollowTheScratchMemory) {
  open();
  player->run("small");
  std::string large = asked([&] { player->run("large"); });
  EXPECT_EQ(large, "load 1 functions\nfree mem1\nlaunch big 1x1x1 of 128, 0 shared, mem2+16, mem0+4096\n");
  std::string small = asked([&] { player->run("small"); });
  EXPECT_EQ(small.find("mem1"), std::string::npos) << small;
  EXPECT_NE(small.find("sum 1x2x1 of 128, 0 shared, early, mem2+16"), std::string::npos) << small;
  EXPECT_NE(small.find("start graph of 4\n"), std::string::npos) << small;
  EXPECT_EQ(asked([&] { player->run("small"); }), "start graph of 4\n");
}

TEST_F(CudaTest, CopiesOfAnySize) {
  auto device = makeDevice("cuda");
  for (int64_t size : {1, 100, 2 << 20, (2 << 20) + 4, (11 << 20) + 12}) {
    std::vector<unsigned char> from(static_cast<size_t>(size)), to(from.size());
    std::iota(from.begin(), from.end(), 1);
    void *memory = device->allocate(size);
    device->copyOut(to.data(), memory, size);
    EXPECT_EQ(to, std::vector<unsigned char>(from.size())) << "memory starts zeroed";
    device->copyIn(memory, from.data(), size);
    auto read = device->startRead(memory, size);
    device->fillZero(memory, size);
    std::fill(to.begin(), to.end(), 9);
    read->finish(to.data());
    EXPECT_EQ(to, from);
    device->copyIn(memory, from.data(), size);
    std::fill(to.begin(), to.end(), 9);
    device->copyOut(to.data(), memory, size);
    EXPECT_EQ(to, from);
    device->release(memory, size);
  }
}

TEST_F(CudaTest, NothingIsLeftBehind) {
  open();
  player->run("small");
  player->run("large");
  auto kept = player->device().startRead(nullptr, 0);
  kept.reset();
  player.reset();
  std::string text = log();
  EXPECT_NE(
      text.find("context released with 0 allocations, 0 pinned, 0 modules, 0 graphs, 0 events, 0 streams\n"),
      std::string::npos)
      << text;
}

TEST_F(CudaTest, SaysWhatIsWrongWithTheDriver) {
  set("version", 11080);
  EXPECT_EQ(messageOf([] { makeDevice("cuda"); }),
            "the NVIDIA driver is too old: expected one for CUDA 12.0 or newer, got 11.8");
  reset();
  set("devices", 0);
  EXPECT_EQ(messageOf([] { makeDevice("cuda"); }),
            "the NVIDIA driver finds no GPU; is CUDA_VISIBLE_DEVICES set? --device cpu needs none");
  reset();
  set("major", 8);
  EXPECT_EQ(messageOf([] { makeDevice("cuda"); }),
            "'Mock H100' has compute capability 8.0; bundles for sm_90a run on 9.0 (H100, H200, GH200); "
            "CUDA_VISIBLE_DEVICES chooses another GPU");
  reset();
  fail("cuInit", 803, 0);
  EXPECT_EQ(messageOf([] { makeDevice("cuda"); }),
            "the NVIDIA driver does not start: MOCK_ERROR_803 (as ordered)");
  setenv("SAMBA_LIBCUDA", "libm.so.6", 1);
  EXPECT_EQ(messageOf([] { makeDevice("cuda"); }),
            "the NVIDIA driver is too old: 'libm.so.6' has no cuInit; expected one for CUDA 12.0 or newer");
}

TEST_F(CudaTest, OutOfMemorySaysWhatInfoSays) {
  set("memory", 4096);
  open();
  EXPECT_EQ(messageOf([&] { player->run("small"); }).find("'Mock H100' is out of memory: 4352 bytes"), 0u);
  std::string message = messageOf([&] { player->run("small"); });
  EXPECT_NE(message.find("; playing 'small' of '" + temp.path().string() + "' takes 8448 bytes"),
            std::string::npos)
      << message;
}

TEST_F(CudaTest, AKernelThatBreaksOffIsNamed) {
  open();
  player->run("small");
  fail("cuMemcpyDtoHAsync_v2", 700, 0);
  EXPECT_EQ(messageOf([&] { player->read("small", "y"); }),
            "cuda: a kernel broke off: MOCK_ERROR_700 (as ordered); the CUDA context is lost; what was "
            "started last: "
            "'first' to 'second'; the same command with SAMBA_SYNC=1 waits after each launch and names the "
            "culprit");
  player.reset();
  setenv("SAMBA_SYNC", "1", 1);
  open();
  player->prepare("small");
  fail("cuStreamSynchronize", 716, 2);
  EXPECT_EQ(messageOf([&] { player->run("small"); }),
            "cuda: a kernel broke off: MOCK_ERROR_716 (as ordered); the CUDA context is lost; the culprit is "
            "'second', "
            "function 'scale'");
}

TEST_F(CudaTest, SaysWhatIsWrongWithTheKernels) {
  json manifest = gpuManifest();
  manifest["kernels"][0]["launches"][0]["function"] = "square";
  open(manifest);
  EXPECT_EQ(messageOf([&] { player->run("small"); }),
            "'" + (temp.path() / "kernels.cubin").string() +
                "' has no function 'square' where the manifest says; compile the spec again");
  player.reset();
  manifest = gpuManifest();
  manifest["kernels"][0]["image"] = {16, 8};
  open(manifest);
  EXPECT_NE(messageOf([&] { player->run("small"); }).find("does not take the machine code"),
            std::string::npos);
  player.reset();
  manifest["kernels_file"] = "kernels.ptx";
  manifest["kernels"][0]["image"] = {0, 8};
  open(manifest);
  EXPECT_NE(messageOf([&] { player->run("small"); }).find("does not end in NUL"), std::string::npos);
  player.reset();
  manifest["kernels"][0]["image"] = {0, 1000};
  EXPECT_NE(messageOf([&] {
              open(manifest);
            }).find("kernels[0].image: ends at byte 1000 of 'kernels.ptx', which has"),
            std::string::npos);
}

TEST_F(CudaTest, TextIsCompiledOnSeveralThreads) {
  json manifest = gpuManifest();
  manifest["kernels_file"] = "kernels.ptx";
  manifest["entries"]["small"]["launches"].push_back(manifest["entries"]["large"]["launches"][0]);
  open(manifest);
  std::string small = asked([&] { player->run("small"); });
  EXPECT_NE(small.find("load 1 functions\n"), std::string::npos) << small;
  EXPECT_NE(small.find("load 2 functions\n"), std::string::npos) << small;
  EXPECT_NE(small.find("start graph of 5\n"), std::string::npos) << small;
}
