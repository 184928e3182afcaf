// Telling specs, bundles and runs apart, and opening them.
#include "tools/samba-run/ModelSource.h"

#include "runtime/Player.h"
#include "runtime/checkpoint/Weights.h"
#include "runtime/train/RunFolder.h"
#include "tools/samba-run/ModelCache.h"

#include <iostream>

using namespace samba;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> compileFlags = {"set",         "batch",     "seq",  "chunk", "step-batch",
                                               "max-context", "recompute", "pack", "target"};

} // namespace

void samba::addCompileFlags(Flags &flags, CompileRequest &request, bool training) {
  flags.section("how a spec is compiled");
  flags.list("set", request.sets, "PATH=VALUE", "edit an attribute, as attention.window=512; repeatable");
  if (training) {
    flags.integer("batch", request.batch, "B", "sequences of a micro-batch");
    flags.integer("seq", request.seq, "T", "tokens of a training sequence");
    flags.toggle("pack", request.pack,
                 "documents share a row of training and do not see each other, as if each stood alone");
    flags.choice("recompute", request.recompute, {"none", "elementwise"},
                 "what the backward pass computes again instead of keeping it");
  }
  flags.integer("chunk", request.chunk, "C", "tokens per call of prefill and eval; 0: min(seq, 256)", 0);
  flags.integer("step-batch", request.stepBatch, "B", "sequences side by side in decode, prefill and eval");
  flags.integer("max-context", request.maxContext, "N", "longest text of full attention; 0: as the spec says",
                0);
}

void samba::addDeviceFlag(Flags &flags, std::string &device, const std::string &help) {
  flags.choice("device", device, {"cpu", "cuda"}, help);
}

void samba::addWeightsFlag(Flags &flags, std::string &weights) {
  flags.text("weights", weights, "F", "safetensors file or folder, instead of the run's newest checkpoint");
}

void samba::addTokenizerFlag(Flags &flags, std::string &tokenizer) {
  flags.text("tokenizer", tokenizer, "FILE",
             "a SentencePiece tokenizer.model that reads text; that of a run if not given, otherwise bytes");
}

fs::path samba::tokenizerOf(const std::string &given, const std::string &model) {
  fs::path own = RunFolder(model).tokenizer();
  return given.empty() && RunFolder::isRun(model) && fs::exists(own) ? own : fs::path(given);
}

void DataSource::declare(Flags &flags) {
  flags.list("data", paths, "FILE|DIR…", "text, or tokens of nanoGPT, llm.c or lit_gpt; folders are searched",
             true);
  flags.require("data");
  addTokenizerFlag(flags, tokenizer);
}

void DataSource::declareDocuments(Flags &flags) {
  flags.integer("document-id", documentId, "ID",
                "the token with which a document begins, in token files; -1: none (text: the 0 byte)", -1);
}

void DataSource::declareSplit(Flags &flags) {
  flags.choice("split", split, {"all", "validation"},
               "validation: only the part of the data that train holds out");
}

Corpus DataSource::open(const Bundle &bundle, const std::string &model, double share) const {
  if (documentId >= bundle.vocabSize)
    throw Error("--document-id: expected an id from 0 to ", bundle.vocabSize - 1, " (vocab_size is ",
                bundle.vocabSize, "), got ", documentId);
  std::optional<int32_t> separator;
  if (documentId >= 0)
    separator = static_cast<int32_t>(documentId);
  std::unique_ptr<Tokenizer> reader;
  if (fs::path file = tokenizerOf(tokenizer, model); !file.empty())
    reader = openSentencePiece(file, bundle.vocabSize);
  Corpus corpus =
      Corpus::open({paths.begin(), paths.end()}, bundle.vocabSize, share, separator, reader.get());
  for (const std::string &note : corpus.notes)
    std::cerr << note << '\n';
  return corpus;
}

TokenStream DataSource::openSplit(const Bundle &bundle, const std::string &model) const {
  return split == "all" ? open(bundle, model, 0).train : open(bundle, model).validation;
}

void samba::checkCompileFlags(const Flags &flags, const std::string &model) {
  for (const std::string &name : compileFlags)
    if (flags.given(name))
      throw Error("--", name, " changes how a spec is compiled, but '", model,
                  "' is compiled already; give the spec (.mlir) instead");
}

std::string samba::targetOf(const std::string &device) { return device == "cuda" ? "sm_90a" : "host"; }

ModelKind samba::kindOf(const fs::path &model) {
  if (isBundle(model))
    return ModelKind::Bundle;
  if (RunFolder::isRun(model))
    return ModelKind::Run;
  if (fs::is_regular_file(model))
    return ModelKind::Spec;
  if (!fs::exists(model))
    throw Error("'", model.string(), "' does not exist; expected a spec (.mlir), a bundle (.samba) or a run");
  throw Error("'", model.string(),
              "' is neither a spec (.mlir) nor a bundle (a folder with manifest.json) nor a "
              "run (a folder with model.samba and run.json)");
}

fs::path samba::bundleOf(const std::string &model, const std::string &device, CompileRequest &request,
                         const Flags &flags) {
  ModelKind kind = kindOf(model);
  if (kind == ModelKind::Spec) {
    request.model = model;
    request.target = targetOf(device);
    return cachedBundle(request);
  }
  checkCompileFlags(flags, model);
  return kind == ModelKind::Run ? RunFolder::open(model).bundle() : fs::path(model);
}

std::unique_ptr<Player> samba::openTrained(const std::string &model, const std::string &weights,
                                           const std::string &device, CompileRequest &request,
                                           const Flags &flags,
                                           const std::function<bool(const Bundle &)> &suits) {
  bool run = kindOf(model) == ModelKind::Run;
  if (!run && weights.empty())
    throw Error("'", model,
                "' has no weights; give --weights FILE (safetensors), or the run folder that "
                "samba-run train wrote");
  std::shared_ptr<Device> chosen = makeDevice(device);
  Bundle bundle = Bundle::load(bundleOf(model, device, request, flags));
  if (suits && !suits(bundle)) {
    request.text = bundle.spec;
    request.model = fs::path(model).filename();
    request.target = targetOf(device);
    bundle = Bundle::load(cachedBundle(request));
  }
  auto player = std::make_unique<Player>(std::move(bundle), chosen);
  for (const std::string &entry :
       request.entries) // memory that is missing is missed before the weights are read
    if (player->bundle().has(entry))
      player->prepare(entry);
  if (!weights.empty())
    loadWeights(*player, weights);
  else
    std::cerr << "weights of step " << RunFolder::open(model).loadWeights(*player) << '\n';
  return player;
}
