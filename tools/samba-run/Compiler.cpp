// The compiler behind Compiler.h: a spec becomes a stage printed, a report, or a bundle.
#include "tools/samba-run/Compiler.h"

#include "codegen/BundleWriter.h"
#include "codegen/Codegen.h"
#include "codegen/targets/nvptx/NvptxTarget.h"
#include "passes/ModelReport.h"
#include "passes/SegmentLayout.h"
#include "runtime/Error.h"
#include "runtime/device/Device.h"
#include "tools/samba-run/Compilation.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SHA256.h"
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
      "{0}\nbatch {1} seq {2} step batch {3} chunk {4} max context {5} recompute {6} target {7}", spec,
      options.batch, options.seq, options.stepBatch, options.chunk, options.maxContext, options.recompute,
      options.target);
  if (options.pack)
    text += " pack";
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

/// Bytes of scratch memory besides: one piece per thread of the host, or one for all kernels of the GPU.
int64_t scratchOf(Compilation &compilation, int threads) {
  ModuleOp module = *compilation.module;
  if (compilation.options.target == "host") {
    FailureOr<int64_t> bytes = scratchBytesPerThread(module);
    compilation.require(bytes);
    return threads * *bytes;
  }
  int64_t bytes = 0;
  for (KernelOp kernel : module.getOps<KernelOp>())
    bytes = std::max<int64_t>(bytes, kernel.getScratchBytes().value_or(0));
  return bytes;
}

/// Runs the stages up to `last` and gathers what each knows of the model's size and cost; with `threads`,
/// also the memory of training on so many.
ordered_json reportOn(Compilation &compilation, StringRef last, int threads = 0) {
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
  reportState(report, module);
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
    if (threads)
      json["training_memory_bytes"] = memoryOf(module, {"train", "update"}) + scratchOf(compilation, threads);
  }
  for (ProgramOp program : module.getOps<ProgramOp>())
    json["arena_bytes"][program.getSymName().str()] = int64_t(program.getArenaBytes());
  json["layers"] = std::move(layers);
  return json;
}

/// The attributes of an op of a spec as values.
ordered_json valuesOf(Operation *op) {
  ordered_json values = ordered_json::object();
  for (NamedAttribute attribute : op->getAttrs()) {
    ordered_json &value = values[attribute.getName().str()];
    if (auto boolean = dyn_cast<BoolAttr>(attribute.getValue()))
      value = boolean.getValue();
    else if (auto integer = dyn_cast<IntegerAttr>(attribute.getValue()))
      value = integer.getInt();
    else if (auto number = dyn_cast<FloatAttr>(attribute.getValue()))
      value = number.getValueAsDouble();
    else if (auto text = dyn_cast<StringAttr>(attribute.getValue()))
      value = text.str();
  }
  return values;
}

} // namespace

bool samba::compilerPresent() { return true; }

void samba::compileToBundle(const CompileRequest &request, const std::filesystem::path &out) {
  requireStage("emit", request.emitStage);
  requireStage("stop-after", request.stopAfter);
  if (request.target != "host" && request.target != gpu::targetName)
    throw Error("--target: expected host or sm_90a, got '", request.target, "'");
  Compilation compilation(request, optionsOf(request));
  if (!compilation.holdsFunctions())
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
  facts.target = request.target;
  facts.compiler = "samba " SAMBA_VERSION;
  facts.spec = textOf(*compilation.module);
  facts.digest = digestOf(facts.spec, compilation.options);
  if (compilation.holdsFunctions())
    compilation.runTo(stages().back().name);
  else
    facts.info = reportOn(compilation, stages().back().name).dump();
  compilation.require(writeBundle(*compilation.module, facts, out.string()));
  std::cerr << compilation.warnings();
}

std::string samba::modelInfo(const CompileRequest &request) {
  Compilation compilation(request, optionsOf(request));
  bool isHost = request.target == "host"; // whose kernels' scratch memory is known before they are emitted
  return reportOn(compilation, isHost ? "04-planned" : "05-kernels", makeDevice("cpu")->threads()).dump();
}

ModelSpec samba::outlineOf(const CompileRequest &request) {
  Compilation compilation(request, optionsOf(request));
  ModelOp model = compilation.model();
  ModelSpec spec{model.getSymName().str(), valuesOf(model), {}, {}};
  spec.attributes.erase("sym_name");
  for (Operation *op : model.stack())
    spec.layers.push_back({op->getName().getStringRef().str(), valuesOf(op)});
  compilation.runTo("01-core");
  for (const Placement &parameter : SegmentLayout::parameters(*compilation.module).placements)
    spec.parameters.push_back({parameter.name, parameter.type.getShape().vec()});
  return spec;
}
