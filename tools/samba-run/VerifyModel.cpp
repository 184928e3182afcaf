// The compiler's half of `samba-run verify`: compiles a spec, or functions of core ops, and compares what
// comes out with the double-precision reference in test/oracle.
#include "tools/samba-run/Compiler.h"

#include "codegen/BundleWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/Error.h"
#include "test/oracle/ActivationStorage.h"
#include "test/oracle/Gradients.h"
#include "test/oracle/KernelCheck.h"
#include "test/oracle/ModelCheck.h"
#include "tools/samba-run/Compilation.h"
#include "tools/samba-run/DeviceKernels.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/PlayedModel.h"

#include <cstdio>
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

std::shared_ptr<Device> deviceOf(const CompileRequest &request) {
  return makeDevice(request.target == "host" ? "cpu" : "cuda");
}

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

/// Takes the module from `stage` on to its kernels.
void compile(Compilation &subject, StringRef stage) {
  bool reached = false;
  for (const Stage &next : stages())
    if (reached |= next.name == stage; reached)
      subject.run(next.name);
}

void writeKernels(Compilation &subject, const CompileRequest &request, const std::filesystem::path &bundle) {
  BundleFacts facts;
  facts.compiler = "samba " SAMBA_VERSION;
  facts.target = request.target;
  subject.require(writeBundle(*subject.module, facts, bundle.string()));
}

void checkKernels(Compilation &subject, const CompileRequest &request, const std::filesystem::path &bundle,
                  int64_t runs, oracle::Report &report) {
  std::unique_ptr<oracle::KernelRunner> runner;
  if (request.target == "host") { // its functions themselves: cell by cell, for every instruction set
    auto host = oracle::hostKernels(*subject.module, (bundle / "kernels.so").string());
    subject.require(host);
    runner = std::move(*host);
  } else {
    runner = std::make_unique<DeviceKernels>(Bundle::load(bundle), [&] { return deviceOf(request); });
  }
  subject.require(oracle::checkKernels(*subject.module, *runner, kSeed, report, runs));
}

void verifySpec(Compilation &subject, const CompileRequest &request, const std::filesystem::path &bundle,
                int64_t runs, oracle::Report &report) {
  subject.run("01-core");
  OwningOpRef<ModuleOp> core = subject.module->clone();
  checkGradients(subject, report);
  subject.run("02-train");
  OwningOpRef<ModuleOp> train = subject.module->clone();
  compile(subject, "03-fused");
  writeKernels(subject, request, bundle);
  checkKernels(subject, request, bundle, runs, report);
  PlayedModel model(bundle, deviceOf(request), kSeed);
  subject.require(oracle::checkModel(*core, *train, model, kSeed, report));
}

/// The kernels of functions of core ops, in a bundle without entries.
void verifyKernels(Compilation &subject, const CompileRequest &request, const std::filesystem::path &bundle,
                   int64_t runs, oracle::Report &report) {
  compile(subject, "02-train"); // there is nothing to train, but precision to assign
  OwningOpRef<ModuleOp> whole = subject.module->clone();
  for (ProgramOp program : llvm::make_early_inc_range(subject.module->getOps<ProgramOp>()))
    program.erase();
  writeKernels(subject, request, bundle);
  subject.module = std::move(whole);
  checkKernels(subject, request, bundle, runs, report);
}

/// On a target of mixed precision a kernel must take its activations as f32 and as bf16.
void verifyFunctions(Compilation &subject, const CompileRequest &request, const std::filesystem::path &bundle,
                     int64_t runs, oracle::Report &report) {
  checkGradients(subject, report);
  OwningOpRef<ModuleOp> functions = subject.module->clone();
  verifyKernels(subject, request, bundle, runs, report);
  if (request.target == "host")
    return;
  subject.module = std::move(functions);
  oracle::storeActivationsAsBf16(*subject.module);
  verifyKernels(subject, request, bundle.string() + "-bf16", runs, report);
}

std::string errorText(std::optional<double> error) {
  char text[32] = "";
  if (error)
    std::snprintf(text, sizeof text, "%.1e", *error);
  return text;
}

} // namespace

int samba::verifyModel(const CompileRequest &request, int64_t runs) {
  Compilation subject(request, smallOptions(request));
  bool isModel = !subject.module->getOps<ModelOp>().empty();
  if (!isModel && !subject.holdsFunctions())
    throw Error("'", request.model.string(),
                "' holds nothing to verify: expected a samba.model, or functions of core ops");
  TemporaryFolder folder;
  oracle::Report report;
  auto verify = isModel ? verifySpec : verifyFunctions;
  verify(subject, request, folder.path / "model.samba", runs, report);

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
