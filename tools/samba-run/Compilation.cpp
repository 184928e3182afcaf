// Parsing, edits and stages, with every failure as one error.
#include "tools/samba-run/Compilation.h"

#include "codegen/Codegen.h"
#include "dialect/ParseSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Support/FileUtilities.h"
#include "passes/SpecEdit.h"
#include "runtime/Error.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"
#include <algorithm>

using namespace mlir;
using namespace samba;

static const DialectRegistry &registry() {
  static const DialectRegistry registry = [] {
    DialectRegistry all;
    all.insert<SambaDialect, func::FuncDialect>();
    registerCodegen(all);
    return all;
  }();
  return registry;
}

/// Everything that is made of the text says it is UTF-8.
static void requireUtf8(const std::string &path, StringRef text) {
  size_t at;
  if (!llvm::json::isUTF8(text, &at))
    throw Error("'", path, "' is not UTF-8 text: line ", text.take_front(at).count('\n') + 1,
                " holds the byte 0x", llvm::utohexstr(static_cast<unsigned char>(text[at])));
}

PipelineOptions samba::optionsOf(const CompileRequest &request) {
  PipelineOptions options;
  options.target = request.target;
  options.entries = request.entries;
  options.batch = request.batch;
  options.seq = request.seq;
  options.stepBatch = request.stepBatch;
  options.chunk = request.chunk ? request.chunk : std::min<int64_t>(request.seq, 256);
  options.maxContext = request.maxContext ? request.maxContext : std::max<int64_t>(request.seq, 4096);
  options.pack = request.pack;
  if (!request.recompute.empty())
    options.recompute = request.recompute;
  return options;
}

Compilation::Compilation(const CompileRequest &request, PipelineOptions options)
    : request(request), context(registry()), options(std::move(options)) {
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false); // the place and the sentence say enough
  handler.emplace(sources, &context, reasons);
  std::string error;
  auto file = request.text.empty()
                  ? openInputFile(request.model.string(), &error)
                  : llvm::MemoryBuffer::getMemBufferCopy(request.text, request.model.string());
  if (!file)
    throw Error(error);
  requireUtf8(request.model.string(), file->getBuffer());
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  module = parseSpec(sources, &context);
  if (!module)
    refuse();
  for (const std::string &edit : request.sets)
    apply(edit);
  if (failed(verify(*module)))
    refuse(request.sets.empty() ? "" : "after --set " + llvm::join(request.sets, " --set ") + ": ");
  if (holdsFunctions())
    describeFunctions();
}

bool Compilation::holdsFunctions() {
  return module->getOps<ModelOp>().empty() && !module->getOps<func::FuncOp>().empty();
}

/// What a bundle says of the model, which the first stage takes from a spec.
void Compilation::describeFunctions() {
  Builder b(&context);
  (*module)->setAttr("samba.model_name", b.getStringAttr(request.model.stem().string()));
  (*module)->setAttr("samba.vocab_size", b.getI64IntegerAttr(1));
}

ModelOp Compilation::model() {
  auto models = llvm::to_vector(module->getOps<ModelOp>());
  if (models.empty())
    throw Error("'", request.model.string(), "' holds no samba.model");
  if (models.size() > 1) {
    models[1].emitError("expected one samba.model in the spec, this is the second");
    refuse();
  }
  return models.front();
}

void Compilation::run(StringRef stage) {
  PassManager pm(&context, ModuleOp::getOperationName());
  addStage(pm, stage, options);
  if (succeeded(pm.run(*module)))
    return;
  std::string pipeline;
  llvm::raw_string_ostream os(pipeline);
  pm.printAsTextualPipeline(os);
  const Stage *failing = llvm::find_if(stages(), [&](const Stage &known) { return known.name == stage; });
  std::filesystem::path folder = request.dumpDir.empty() ? "DIR" : request.dumpDir;
  throw Error(StringRef(said).trim().str(), "\nstage '", stage.str(), "' (", failing->summary.str(),
              ") failed; ", request.dumpDir.empty() ? "with --dump-dir DIR its input is kept, and " : "",
              "'samba-opt ", (folder / (failing[-1].name.str() + ".mlir")).string(), " --pass-pipeline=\"",
              pipeline, "\"' reproduces it");
}

void Compilation::runTo(StringRef last, llvm::function_ref<void(StringRef, ModuleOp)> after) {
  dump(stages().front().name);
  for (const Stage &stage : stages().drop_front(holdsFunctions() ? 2 : 1)) {
    run(stage.name);
    dump(stage.name);
    after(stage.name, *module);
    if (stage.name == last)
      return;
  }
}

void Compilation::require(LogicalResult result) {
  if (failed(result))
    refuse();
}

void Compilation::refuse(const std::string &before) { throw Error(before, StringRef(said).trim().str()); }

void Compilation::apply(const std::string &edit) {
  std::string reason;
  ScopedDiagnosticHandler collect(&context, [&](Diagnostic &diagnostic) { reason = diagnostic.str(); });
  if (failed(editSpec(*module, edit, [&] { return emitError(UnknownLoc::get(&context)); })))
    throw Error(reason);
}

void Compilation::dump(StringRef stage) {
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
