// The checks of `samba-run verify` on a device whose memory is not the host's: kernels that are right pass,
// and devices that go wrong in each way that a kernel can are found out.
#include "codegen/BundleWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/device/Device.h"
#include "test/oracle/KernelCheck.h"
#include "test/oracle/ModelCheck.h"
#include "tools/samba-run/Compilation.h"
#include "tools/samba-run/DeviceKernels.h"
#include "tools/samba-run/PlayedModel.h"

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace samba;

namespace {

/// How a launch may go wrong.
enum class Fault { None, WritesBehind, WritesToInput, OtherBits, Stops, LeavesOutput };

/// The host behind addresses that only this class can follow: touching them ends the process.
class DistantDevice : public Device {
public:
  explicit DistantDevice(Fault fault = Fault::None) : fault(fault) {}
  ~DistantDevice() override { EXPECT_TRUE(memories.empty()) << "device memory was not released"; }

  std::string description() const override { return "distant"; }
  void *allocate(int64_t bytes) override {
    size_t length = size_t(std::max<int64_t>(bytes, 1));
    void *address = mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    memories[static_cast<std::byte *>(address)] = {static_cast<std::byte *>(host->allocate(bytes)), bytes};
    return address;
  }
  void release(void *memory, int64_t bytes) override {
    auto found = memories.find(static_cast<std::byte *>(memory));
    ASSERT_TRUE(found != memories.end() && found->second.bytes == bytes);
    host->release(found->second.here, bytes);
    munmap(memory, size_t(std::max<int64_t>(bytes, 1)));
    memories.erase(found);
  }
  void copyIn(void *to, const void *from, int64_t bytes) override {
    std::memcpy(here(to), from, size_t(bytes));
  }
  void copyOut(void *to, const void *from, int64_t bytes) override {
    std::memcpy(to, here(from), size_t(bytes));
  }
  void fillZero(void *to, int64_t bytes) override { std::memset(here(to), 0, size_t(bytes)); }
  std::unique_ptr<Kernels> load(const Bundle &bundle) override;

  /// The host's address of a distant one.
  std::byte *here(const void *there) const {
    auto address = const_cast<std::byte *>(static_cast<const std::byte *>(there));
    auto found = std::prev(memories.upper_bound(address));
    EXPECT_LE(address - found->first, found->second.bytes);
    return found->second.here + (address - found->first);
  }

  const Fault fault;

private:
  struct Memory {
    std::byte *here;
    int64_t bytes;
  };
  std::shared_ptr<Device> host = makeDevice("cpu");
  std::map<std::byte *, Memory> memories;
};

/// Programs over distant addresses.
class DistantKernels : public Kernels {
public:
  DistantKernels(DistantDevice &device, std::unique_ptr<Kernels> host)
      : device(device), host(std::move(host)) {}

  std::unique_ptr<Program> bind(std::vector<BoundLaunch> launches) override {
    for (BoundLaunch &launch : launches)
      for (void *&arg : launch.args)
        arg = device.here(arg);
    return std::make_unique<DistantProgram>(*this, host->bind(launches), launches);
  }
  int64_t memoryBytes() const override { return host->memoryBytes(); }
  void poisonScratch() override { host->poisonScratch(); }

private:
  struct DistantProgram : Program {
    DistantProgram(DistantKernels &kernels, std::unique_ptr<Program> host, std::vector<BoundLaunch> launches)
        : kernels(kernels), host(std::move(host)), launches(std::move(launches)) {}
    void run(size_t begin, size_t end) override {
      if (kernels.device.fault == Fault::Stops)
        throw Error("an illegal memory access was encountered");
      if (kernels.device.fault == Fault::LeavesOutput)
        return;
      host->run(begin, end);
      auto *output = static_cast<char *>(launches[begin].args.back());
      switch (kernels.device.fault) {
      case Fault::WritesBehind: // of 4 x 8 floats
        output[4 * 8 * 4 + 100] = 0;
        break;
      case Fault::WritesToInput:
        static_cast<float *>(launches[begin].args[0])[3] += 1;
        break;
      case Fault::OtherBits:
        output[0] = char(output[0] ^ ++kernels.runs);
        break;
      default:
        break;
      }
    }
    DistantKernels &kernels;
    std::unique_ptr<Program> host;
    std::vector<BoundLaunch> launches;
  };

  DistantDevice &device;
  std::unique_ptr<Kernels> host;
  int runs = 0;
};

std::unique_ptr<Kernels> DistantDevice::load(const Bundle &bundle) {
  return std::make_unique<DistantKernels>(*this, host->load(bundle));
}

class Verify : public testing::Test {
protected:
  Verify() { std::filesystem::create_directories(folder); }
  ~Verify() override { std::filesystem::remove_all(folder); }

  /// Compiles a text as far as kernels for the host, and keeps the stages that the checks want.
  void compile(const std::string &text, CompileRequest sizes = {}) {
    request = std::move(sizes);
    request.model = folder / "text.mlir";
    std::ofstream(request.model) << text;
    subject = std::make_unique<Compilation>(request, optionsOf(request));
    bool isModel = !subject->holdsFunctions();
    for (const Stage &stage : stages().drop_front()) {
      if (!isModel && stage.name == "01-core")
        continue;
      subject->run(stage.name);
      if (stage.name == "01-core")
        core = subject->module->clone();
      if (stage.name == "02-train")
        train = subject->module->clone();
    }
    BundleFacts facts;
    subject->require(writeBundle(*subject->module, facts, bundle().string()));
  }

  std::filesystem::path bundle() const { return folder / "test.samba"; }

  oracle::Report kernelReport(Fault fault) {
    oracle::Report report;
    DeviceKernels kernels(Bundle::load(bundle()), [=] { return std::make_shared<DistantDevice>(fault); });
    EXPECT_TRUE(succeeded(oracle::checkKernels(*subject->module, kernels, 1, report)));
    return report;
  }

  /// The note of the one kernel, which must fail.
  std::string noteOf(Fault fault) {
    oracle::Report report = kernelReport(fault);
    EXPECT_EQ(report.failures(), 1);
    return report.rows.at(0).note;
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("samba-verify-test-" + std::to_string(getpid()));
  CompileRequest request;
  std::unique_ptr<Compilation> subject;
  mlir::OwningOpRef<mlir::ModuleOp> core, train;
};

const char *add = "func.func @f(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {\n"
                  "  %z = samba.add %x, %y : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>\n"
                  "  return %z : tensor<4x8xf32>\n"
                  "}\n";

TEST_F(Verify, KernelsPassOnADeviceWithMemoryOfItsOwn) {
  compile(add);
  oracle::Report report = kernelReport(Fault::None);
  EXPECT_EQ(report.rows.size(), 1u);
  EXPECT_EQ(report.failures(), 0) << report.rows.at(0).note;
}

TEST_F(Verify, EveryFaultIsFound) {
  compile(add);
  EXPECT_NE(noteOf(Fault::WritesBehind).find("writes outside of its arguments"), std::string::npos);
  EXPECT_NE(noteOf(Fault::WritesToInput).find("writes to an input"), std::string::npos);
  EXPECT_NE(noteOf(Fault::OtherBits).find("gives other bits"), std::string::npos);
  EXPECT_NE(noteOf(Fault::Stops).find("an illegal memory access"), std::string::npos);
  EXPECT_NE(noteOf(Fault::LeavesOutput).find("got nan"), std::string::npos);
}

TEST_F(Verify, WholeModelsPassOnADeviceWithMemoryOfItsOwn) {
  CompileRequest sizes;
  sizes.batch = sizes.stepBatch = 2;
  sizes.seq = 12;
  sizes.chunk = 4;
  compile("samba.model @m {vocab_size = 40, d_model = 16} {\n"
          "  samba.attention {n_heads = 2, window = 4}\n"
          "  samba.mlp {d_ff = 24}\n"
          "}\n",
          sizes);
  PlayedModel model(bundle(), std::make_shared<DistantDevice>(), 1);
  oracle::Report report;
  subject->require(oracle::checkModel(*core, *train, model, 1, report));
  EXPECT_GT(report.rows.size(), 10u);
  for (const oracle::Row &row : report.rows)
    EXPECT_TRUE(row.ok) << row.op << ": " << row.note;
}

} // namespace
