// The thread pool, the choice of device, and what the environment may ask for.
#include "runtime/device/Device.h"
#include "TinyModel.h"
#include "runtime/Error.h"
#include "runtime/device/cpu/ThreadPool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <vector>

using namespace samba;
using namespace samba::test;

namespace {

/// Sets an environment variable for the life of this.
class Environment {
public:
  Environment(const char *name, const char *value) : name(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name); }

private:
  const char *name;
};

} // namespace

TEST(ThreadPool, RunsEveryCellOnceOnAnyNumberOfThreads) {
  for (int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (int64_t cells : {1, 2, 7, 64, 1000, 12345}) {
      std::vector<std::atomic<int>> runs(cells);
      pool.run(cells, [&](int64_t begin, int64_t end, int) {
        for (int64_t cell = begin; cell < end; ++cell)
          ++runs[cell];
      });
      for (int64_t cell = 0; cell < cells; ++cell)
        ASSERT_EQ(runs[cell], 1) << cell << " of " << cells << " on " << threads;
    }
  }
}

TEST(ThreadPool, ManyShortLaunchesSeeEachOthersWrites) {
  ThreadPool pool(4);
  std::vector<int64_t> values(64, 0);
  for (int launch = 0; launch < 20000; ++launch)
    pool.run(64, [&](int64_t begin, int64_t end, int) {
      for (int64_t cell = begin; cell < end; ++cell)
        values[cell] = values[cell] + launch; // plain: the end of a launch orders it before the next
    });
  for (int64_t value : values)
    EXPECT_EQ(value, int64_t(20000) * 19999 / 2);
}

TEST(ThreadPool, OneThreadNumberRunsOneCellAtATime) {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> clash = false;
  for (int launch = 0; launch < 500; ++launch)
    pool.run(100, [&](int64_t, int64_t, int thread) {
      clash = clash || busy[size_t(thread)]++ != 0;
      --busy[size_t(thread)];
    });
  EXPECT_FALSE(clash);
}

TEST(ThreadPool, WakesSleepers) {
  ThreadPool pool(2);
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // longer than they spin
    std::atomic<int> cells = 0;
    pool.run(100, [&](int64_t begin, int64_t end, int) { cells += int(end - begin); });
    EXPECT_EQ(cells, 100);
  }
}

TEST(Device, ByName) {
  EXPECT_NE(makeDevice("cpu")->description().find("cpu, "), std::string::npos);
  EXPECT_EQ(messageOf([] { makeDevice("tpu"); }), "unknown device 'tpu'; expected cpu or cuda");
}

TEST(Device, MemoryIsAlignedAndZero) {
  auto device = makeDevice("cpu");
  for (int64_t bytes : {int64_t(1), int64_t(4096), int64_t(3) << 20}) {
    auto *memory = static_cast<unsigned char *>(device->allocate(bytes));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u);
    EXPECT_EQ(memory[0], 0);
    EXPECT_EQ(memory[bytes - 1], 0);
    memory[bytes - 1] = 1;
    device->release(memory, bytes);
  }
  std::string message = messageOf([&] { device->allocate(int64_t(1) << 60); });
  EXPECT_EQ(message,
            "cannot allocate 1152921504606846976 bytes (1.07374e+09 GiB): Cannot allocate memory; compile "
            "with a smaller --batch or --seq");
}

TEST(Device, ObeysTheEnvironment) {
  {
    Environment threads("SAMBA_THREADS", "3"), isa("SAMBA_ISA", "avx2");
    EXPECT_EQ(makeDevice("cpu")->description(), "cpu, 3 threads, avx2");
  }
  {
    Environment threads("SAMBA_THREADS", "1"), isa("SAMBA_ISA", "avx2");
    EXPECT_EQ(makeDevice("cpu")->description(), "cpu, 1 thread, avx2");
  }
  for (const char *bad : {"0", "-1", "two", "2x", "", "1025"}) {
    Environment threads("SAMBA_THREADS", bad);
    EXPECT_EQ(messageOf([] { makeDevice("cpu"); }),
              std::string("SAMBA_THREADS: expected a number from 1 to 1024, got '") + bad + "'");
  }
  Environment isa("SAMBA_ISA", "sse");
  EXPECT_EQ(messageOf([] { makeDevice("cpu"); }), "SAMBA_ISA: expected avx2 or avx512, got 'sse'");
}

TEST(Device, SaysWhichKernelIsMissing) {
  TempFolder temp;
  auto manifest = tinyManifest();
  manifest["kernels"][0]["name"] = "backwards";
  writeBundle(temp.path(), manifest);
  Environment isa("SAMBA_ISA", "avx2");
  EXPECT_EQ(messageOf([&] { Player(Bundle::load(temp.path()), makeDevice("cpu")); }),
            "'" + (temp.path() / "kernels.so").string() +
                "' has no kernel 'backwards_avx2'; compile the spec again");
  std::filesystem::remove(temp.path() / "kernels.so");
  EXPECT_EQ(messageOf([&] {
              Player(Bundle::load(temp.path()), makeDevice("cpu"));
            }).find("cannot load the kernels"),
            0u);
}
