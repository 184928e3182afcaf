// The compiler behind Compiler.h: parses a spec, applies edits, runs the stages, writes the bundle.
#include "tools/samba-run/Compiler.h"

#include "codegen/BundleWriter.h"
#include "codegen/Codegen.h"
#include "dialect/ParseSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "passes/ModelReport.h"
#include "passes/Pipelines.h"
#include "passes/SegmentLayout.h"
#include "passes/SpecEdit.h"
#include "runtime/Error.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace mlir;
using namespace samba;
using nlohmann::ordered_json;

namespace {

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  return text;
}

/// One compilation: a context, the module at its present stage, and where diagnostics go.
class Compilation {
public:
  explicit Compilation(const CompileRequest &request) : request(request), context(registry()) {
    context.loadAllAvailableDialects();
    context.printOpOnDiagnostic(false); // the place and the sentence say enough
    handler.emplace(sources, &context, reasons);
    std::string error;
    auto file = openInputFile(request.model.string(), &error);
    if (!file)
      throw Error(error);
    requireUtf8(file->getBuffer());
    sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
    module = parseSpec(sources, &context);
    if (!module)
      refuse();
    for (const std::string &edit : request.sets)
      apply(edit);
    if (failed(verify(*module)))
      refuse(request.sets.empty() ? "" : "after --set " + llvm::join(request.sets, " --set ") + ": ");
    options = optionsOf(request);
  }

  ModelOp model() {
    auto models = llvm::to_vector(module->getOps<ModelOp>());
    if (models.empty())
      throw Error("'", request.model.string(), "' holds no samba.model");
    if (models.size() > 1) {
      models[1].emitError("expected one samba.model in the spec, this is the second");
      refuse();
    }
    return models.front();
  }

  /// Runs the stages up to and including `last`, dumping each if asked to.
  void
  runTo(StringRef last, llvm::function_ref<void(StringRef, ModuleOp)> after = [](StringRef, ModuleOp) {}) {
    dump(stages().front().name);
    for (const Stage &stage : stages().drop_front()) {
      PassManager pm(&context, ModuleOp::getOperationName());
      addStage(pm, stage.name, options);
      if (failed(pm.run(*module)))
        fail(stage, pm);
      dump(stage.name);
      after(stage.name, *module);
      if (stage.name == last)
        return;
    }
  }

  void write(const BundleFacts &facts, const std::string &out) {
    if (failed(writeBundle(*module, facts, out)))
      refuse();
  }

private:
  const CompileRequest &request;
  MLIRContext context; // before the module, which it outlives
  llvm::SourceMgr sources;
  std::string said; // diagnostics, with the lines they point at
  llvm::raw_string_ostream reasons{said};
  std::optional<SourceMgrDiagnosticHandler> handler;

public:
  PipelineOptions options;
  OwningOpRef<ModuleOp> module;

private:
  static const DialectRegistry &registry() {
    static const DialectRegistry registry = [] {
      DialectRegistry all;
      all.insert<SambaDialect, func::FuncDialect>();
      registerHostCodegen(all);
      return all;
    }();
    return registry;
  }

  /// Ends with what the diagnostics said.
  [[noreturn]] void refuse(const std::string &before = "") {
    throw Error(before, StringRef(said).trim().str());
  }

  /// Everything that is made of the text says it is UTF-8.
  void requireUtf8(StringRef text) {
    size_t at;
    if (!llvm::json::isUTF8(text, &at))
      throw Error("'", request.model.string(), "' is not UTF-8 text: line ",
                  text.take_front(at).count('\n') + 1, " holds the byte 0x",
                  llvm::utohexstr(static_cast<unsigned char>(text[at])));
  }

  void apply(const std::string &edit) {
    std::string reason;
    ScopedDiagnosticHandler collect(&context, [&](Diagnostic &diagnostic) { reason = diagnostic.str(); });
    if (failed(editSpec(*module, edit, [&] { return emitError(UnknownLoc::get(&context)); })))
      throw Error(reason);
  }

  static PipelineOptions optionsOf(const CompileRequest &request) {
    PipelineOptions options;
    options.entries = request.entries;
    options.batch = request.batch;
    options.seq = request.seq;
    options.stepBatch = request.stepBatch;
    options.chunk = request.chunk ? request.chunk : std::min<int64_t>(request.seq, 256);
    options.maxContext = request.maxContext ? request.maxContext : std::max<int64_t>(request.seq, 4096);
    if (!request.recompute.empty())
      options.recompute = request.recompute;
    return options;
  }

  void dump(StringRef stage) {
    if (request.dumpDir.empty())
      return;
    std::string path = (request.dumpDir / (stage.str() + ".mlir")).string(), error;
    std::error_code failure;
    std::filesystem::create_directories(request.dumpDir, failure);
    if (failure)
      throw Error("--dump-dir: cannot create '", request.dumpDir.string(), "': ", failure.message());
    auto file = openOutputFile(path, &error);
    if (!file)
      throw Error(error);
    module->print(file->os());
    file->keep();
  }

  [[noreturn]] void fail(const Stage &stage, PassManager &pm) {
    std::string pipeline;
    llvm::raw_string_ostream os(pipeline);
    pm.printAsTextualPipeline(os);
    const Stage &before = *(&stage - 1);
    std::filesystem::path folder = request.dumpDir.empty() ? "DIR" : request.dumpDir;
    throw Error(StringRef(said).trim().str(), "\nstage '", stage.name.str(), "' (", stage.summary.str(),
                ") failed; ", request.dumpDir.empty() ? "with --dump-dir DIR its input is kept, and " : "",
                "'samba-opt ", (folder / (before.name.str() + ".mlir")).string(), " --pass-pipeline=\"",
                pipeline, "\"' reproduces it");
  }
};

void requireStage(const std::string &flag, const std::string &stage) {
  if (stage.empty() || isStage(stage))
    return;
  std::string names;
  for (const Stage &known : stages())
    names += (names.empty() ? "" : ", ") + known.name.str();
  throw Error("--", flag, ": expected one of ", names, ", got '", stage, "'");
}

std::string digestOf(const std::string &spec, const PipelineOptions &options) {
  std::string text = llvm::formatv(
      "{0}\nbatch {1} seq {2} step batch {3} chunk {4} max context {5} recompute {6}", spec, options.batch,
      options.seq, options.stepBatch, options.chunk, options.maxContext, options.recompute);
  auto hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::toHex(hash, /*LowerCase=*/true);
}

/// Bytes that training holds: every segment, and the largest arena of the named programs.
int64_t memoryOf(ModuleOp module, ArrayRef<StringRef> entries) {
  int64_t bytes = 0, arena = 0;
  for (NamedAttribute segment : module->getAttrOfType<DictionaryAttr>("samba.segments"))
    bytes += cast<IntegerAttr>(segment.getValue()).getInt();
  for (ProgramOp program : module.getOps<ProgramOp>())
    if (llvm::is_contained(entries, program.getSymName()))
      arena = std::max<int64_t>(arena, program.getArenaBytes());
  return bytes + arena;
}

/// Runs the stages up to `last` and gathers what each knows of the model's size and cost.
ordered_json reportOn(Compilation &compilation, StringRef last) {
  ModelConfig config = compilation.model().config();
  config.maxContext = compilation.options.maxContext;
  ModelReport report = reportSpec(compilation.model(), config);
  compilation.runTo(last, [&](StringRef stage, ModuleOp module) {
    if (stage == "01-core")
      reportCost(report, module, module.lookupSymbol("loss") ? "loss" : "prefill");
    if (stage == "02-train")
      report.trainingFlopsPerToken = flopsPerToken(module, "train");
  });

  ModuleOp module = *compilation.module;
  ordered_json layers = ordered_json::array();
  for (const LayerReport &layer : report.layers)
    layers.push_back({{"layer", layer.name},
                      {"kind", layer.kind},
                      {"parameters", layer.parameters},
                      {"FLOPs per token", layer.flops},
                      {"state bytes", layer.stateBytes}});
  ordered_json json = {{"model", report.model},
                       {"parameters", report.parameters},
                       {"flops_per_token", report.flopsPerToken},
                       {"state_bytes", report.stateBytes}};
  if (report.trainingFlopsPerToken) {
    json["training_flops_per_token"] = report.trainingFlopsPerToken;
    json["batch"] = compilation.options.batch;
    json["seq"] = compilation.options.seq;
    json["training_memory_bytes"] = memoryOf(module, {"train", "update"});
  }
  for (ProgramOp program : module.getOps<ProgramOp>())
    json["arena_bytes"][program.getSymName().str()] = int64_t(program.getArenaBytes());
  json["layers"] = std::move(layers);
  return json;
}

} // namespace

bool samba::compilerPresent() { return true; }

void samba::compileToBundle(const CompileRequest &request, const std::filesystem::path &out) {
  requireStage("emit", request.emitStage);
  requireStage("stop-after", request.stopAfter);
  if (request.target != "host")
    throw Error("target '", request.target, "' is not there yet; expected 'host'");
  Compilation compilation(request);
  compilation.model();
  std::string last = !request.emitStage.empty() ? request.emitStage : request.stopAfter;
  if (!last.empty()) {
    if (last != stages().front().name)
      compilation.runTo(last);
    if (!request.emitStage.empty())
      std::cout << textOf(*compilation.module);
    return;
  }
  BundleFacts facts;
  facts.compiler = "samba " SAMBA_VERSION;
  facts.spec = textOf(*compilation.module);
  facts.digest = digestOf(facts.spec, compilation.options);
  facts.info = reportOn(compilation, stages().back().name).dump();
  compilation.write(facts, out.string());
}

std::string samba::modelInfo(const CompileRequest &request) {
  Compilation compilation(request);
  return reportOn(compilation, "04-planned").dump();
}
