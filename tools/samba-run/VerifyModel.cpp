// The compiler's half of `samba-run verify`: compiles a spec, or functions of core ops, and compares what
// comes out with the double-precision reference in test/oracle.
#include "tools/samba-run/Compiler.h"

#include "codegen/BundleWriter.h"
#include "codegen/Codegen.h"
#include "codegen/targets/host/HostTarget.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/Error.h"
#include "runtime/Player.h"
#include "runtime/init/Initializer.h"
#include "test/oracle/Gradients.h"
#include "test/oracle/KernelCheck.h"
#include "test/oracle/ModelCheck.h"
#include "tools/samba-run/Compilation.h"
#include "tools/samba-run/MarkdownTable.h"

#include <cstdio>
#include <cstring>
#include <iostream>
#include <unistd.h>

using namespace mlir;
using namespace samba;

namespace {

constexpr uint64_t kSeed = 1;

/// A folder that is gone when its user is.
struct TemporaryFolder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("samba-verify-" + std::to_string(getpid()));
  TemporaryFolder() { std::filesystem::create_directories(path); }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

/// The player, as the oracle's checks want it.
class PlayedModel : public oracle::CompiledModel {
public:
  explicit PlayedModel(const std::filesystem::path &bundle)
      : player(Bundle::load(bundle), makeDevice("cpu")) {
    initializeParameters(player, kSeed);
  }

  std::vector<float> read(Segment segment, const std::string &name) override {
    const Parameter &parameter = find(name);
    std::vector<float> values(parameter.elements());
    player.readParameter(parameter, 0, values, of(segment));
    return values;
  }
  void write(Segment segment, const std::string &name, const std::vector<float> &values) override {
    player.writeParameter(find(name), 0, values, of(segment));
  }
  void write(const std::string &entry, const std::string &input,
             const std::vector<int32_t> &values) override {
    player.write(entry, input, values);
  }
  void write(const std::string &entry, const std::string &input, const std::vector<float> &values) override {
    player.write(entry, input, values);
  }
  void run(const std::string &entry) override { player.run(entry); }
  std::vector<float> read(const std::string &entry, const std::string &output) override {
    return player.read(entry, output);
  }
  void zeroState() override { player.zeroState(); }
  std::vector<std::pair<std::string, std::vector<float>>> state() override {
    std::vector<std::byte> bytes = player.snapshotState();
    std::vector<std::pair<std::string, std::vector<float>>> tensors;
    for (const Tensor &tensor : player.bundle().state) {
      std::vector<float> values(tensor.elements());
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = element(bytes.data() + tensor.offset, tensor.dtype, i);
      tensors.emplace_back(tensor.name, std::move(values));
    }
    return tensors;
  }

private:
  static samba::Segment of(Segment segment) {
    switch (segment) {
    case Segment::params:
      return samba::Segment::Params;
    case Segment::grads:
      return samba::Segment::Grads;
    case Segment::moment1:
      return samba::Segment::Moment1;
    default:
      return samba::Segment::Moment2;
    }
  }
  static float element(const std::byte *data, DType dtype, size_t index) {
    auto load = [&](auto value) {
      std::memcpy(&value, data + index * sizeof value, sizeof value);
      return float(value);
    };
    return dtype == DType::F32 ? load(float()) : dtype == DType::I32 ? load(int32_t()) : load(int64_t());
  }
  const Parameter &find(const std::string &name) {
    for (const Parameter &parameter : player.bundle().parameters)
      if (parameter.name == name)
        return parameter;
    throw Error("the bundle has no parameter '", name, "'");
  }

  Player player;
};

/// The model at sizes that the naive reference can follow, with several chunks and a rest.
PipelineOptions smallOptions(const CompileRequest &request) {
  PipelineOptions options = optionsOf(request);
  options.stepBatch = request.batch;
  options.chunk = request.chunk ? request.chunk : std::max<int64_t>(1, request.seq / 3);
  options.maxContext = request.maxContext ? request.maxContext : request.seq;
  return options;
}

/// The emitted cotangents of every differentiable op, against finite differences.
void checkGradients(Compilation &subject, oracle::Report &report) {
  oracle::Random random(kSeed);
  for (auto func : subject.module->getOps<func::FuncOp>())
    for (DifferentiableOpInterface op : oracle::differentiableOps(func)) {
      FailureOr<double> error = oracle::gradientError(op, random);
      subject.require(error);
      std::string shape;
      for (Type type : op->getOperandTypes())
        shape += (shape.empty() ? "" : ", ") + oracle::shapeText(cast<RankedTensorType>(type).getShape());
      report.rows.push_back({op->getName().stripDialect().str(),
                             shape,
                             {},
                             *error,
                             oracle::gradientLimit,
                             *error <= oracle::gradientLimit,
                             ""});
    }
}

void checkKernels(Compilation &subject, const std::filesystem::path &library, oracle::Report &report) {
  subject.require(oracle::checkKernels(*subject.module, library.string(), kSeed, report));
}

void verifySpec(Compilation &subject, const std::filesystem::path &folder, oracle::Report &report) {
  subject.run("01-core");
  OwningOpRef<ModuleOp> core = subject.module->clone();
  checkGradients(subject, report);
  subject.run("02-train");
  OwningOpRef<ModuleOp> train = subject.module->clone();
  for (StringRef stage : {"03-fused", "04-planned", "05-kernels"})
    subject.run(stage);
  std::filesystem::path bundle = folder / "model.samba";
  BundleFacts facts{"samba " SAMBA_VERSION, "", "", "host", "{}"};
  subject.require(writeBundle(*subject.module, facts, bundle.string()));
  checkKernels(subject, bundle / "kernels.so", report);
  PlayedModel model(bundle);
  subject.require(oracle::checkModel(*core, *train, model, kSeed, report));
}

void verifyFunctions(Compilation &subject, const std::filesystem::path &folder, oracle::Report &report) {
  checkGradients(subject, report);
  for (StringRef stage : {"03-fused", "04-planned", "05-kernels"})
    subject.run(stage);
  std::filesystem::path library = folder / "kernels.so";
  subject.require(host::buildSharedLibrary(hostModules(*subject.module), library.string()));
  checkKernels(subject, library, report);
}

std::string errorText(std::optional<double> error) {
  char text[32] = "";
  if (error)
    std::snprintf(text, sizeof text, "%.1e", *error);
  return text;
}

} // namespace

int samba::verifyModel(const CompileRequest &request) {
  Compilation subject(request, smallOptions(request));
  bool isModel = !subject.module->getOps<ModelOp>().empty();
  if (!isModel && subject.module->getOps<func::FuncOp>().empty())
    throw Error("'", request.model.string(),
                "' holds nothing to verify: expected a samba.model, or functions of core ops");
  TemporaryFolder folder;
  oracle::Report report;
  isModel ? verifySpec(subject, folder.path, report) : verifyFunctions(subject, folder.path, report);

  MarkdownTable table(
      {{"op", false}, {"shape", false}, {"error"}, {"gradient error"}, {"limit"}, {"ok", false}});
  for (const oracle::Row &row : report.rows)
    table.row({row.op, row.shape, errorText(row.forward), errorText(row.gradient), errorText(row.limit),
               row.ok ? "yes" : "NO"});
  std::cout << table.text() << '\n';
  for (const oracle::Row &row : report.rows)
    if (!row.ok)
      std::cout << "failed: " << row.op << " (" << row.shape << ") " << row.note << '\n';
  int64_t failed = report.failures();
  std::cout << "seed " << kSeed << ": " << int64_t(report.rows.size()) - failed << " passed, " << failed
            << " failed\n";
  return failed ? 1 : 0;
}
