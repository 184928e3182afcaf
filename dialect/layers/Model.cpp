//===- Model.cpp - The stack: model, repeat, parallel ---------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/SpecAttributes.h"
#include <limits>

using namespace mlir;
using namespace samba;

/// Layers that a stack may hold once its repeats are unrolled.
static constexpr int64_t maxLayers = 10000;

// samba.model @name {attributes} { layers }: the first braces are always attributes, the second the stack.
ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  if (parser.parseSymbolName(name, "sym_name", result.attributes) ||
      parser.parseOptionalAttrDict(result.attributes))
    return failure();
  Region &body = *result.addRegion();
  OptionalParseResult parsed = parser.parseOptionalRegion(body);
  if (!parsed.has_value())
    return parser.emitError(parser.getCurrentLocation(),
                            "expected the layers in a second pair of braces: "
                            "samba.model @name {vocab_size = 256, d_model = 128} "
                            "{ samba.mamba }");
  if (body.empty())
    body.emplaceBlock();
  return *parsed;
}

void ModelOp::print(OpAsmPrinter &p) {
  p << ' ';
  p.printSymbolName(getSymName());
  p.printOptionalAttrDict((*this)->getAttrs(), {"sym_name"});
  p << ' ';
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false, /*printBlockTerminators=*/false);
}

LogicalResult ModelOp::verify() {
  if (failed(checkKnown(*this)) || failed(checkPresent(*this, "vocab_size", "vocab_size = 256")) ||
      failed(checkPresent(*this, "d_model", "d_model = 128")) ||
      failed(checkInteger(*this, "vocab_size", 1, std::numeric_limits<int32_t>::max())) ||
      failed(checkInteger(*this, "d_model", 1, 1 << 20)) || failed(checkPositiveNumber(*this, "norm_eps")) ||
      failed(checkBool(*this, "tie_embeddings")))
    return failure();
  return success(succeeded(checkWord(*this, "init", {"uniform", "normal"})) &&
                 succeeded(checkWord(*this, "residual", {"f32", "bf16"})));
}

/// Only layers, repeats and parallels may stand in a stack, and no values.
static LogicalResult verifyStack(Operation *parent, Block &block) {
  if (block.getNumArguments())
    return parent->emitOpError("expected layers only, got a block with arguments");
  for (Operation &op : block)
    if (!isa<LayerOpInterface, RepeatOp, ParallelOp>(op))
      return op.emitError("'") << op.getName() << "' is not a layer: '" << parent->getName()
                               << "' holds layers, 'samba.repeat' and 'samba.parallel'";
  if (block.empty())
    return parent->emitOpError("has no layers; write at least one, such as samba.mamba");
  return success();
}

/// Layers of a stack whose repeats are verified, so that no product overflows.
static int64_t countLayers(Block &block) {
  int64_t count = 0;
  for (Operation &op : block) {
    auto repeat = dyn_cast<RepeatOp>(op);
    count += repeat ? int64_t(repeat.getCount()) * countLayers(repeat.getBody().front()) : 1;
  }
  return count;
}

static LogicalResult verifyLayerCount(Operation *op, int64_t count) {
  if (count <= maxLayers)
    return success();
  return op->emitOpError("expected at most ") << maxLayers << " layers after repetition, got " << count;
}

LogicalResult ModelOp::verifyRegions() {
  return success(succeeded(verifyStack(*this, getBody().front())) &&
                 succeeded(verifyLayerCount(*this, countLayers(getBody().front()))));
}

// samba.repeat 6 { layers }
ParseResult RepeatOp::parse(OpAsmParser &parser, OperationState &result) {
  int64_t count = 0;
  SMLoc loc = parser.getCurrentLocation();
  OptionalParseResult parsed = parser.parseOptionalInteger(count);
  if (!parsed.has_value())
    return parser.emitError(loc, "expected a whole number of repetitions: samba.repeat 6 { samba.mamba }");
  if (failed(*parsed))
    return failure();
  result.addAttribute("count", parser.getBuilder().getI64IntegerAttr(count));
  Region &body = *result.addRegion();
  if (parser.parseRegion(body) || parser.parseOptionalAttrDict(result.attributes))
    return failure();
  if (body.empty())
    body.emplaceBlock();
  return success();
}

void RepeatOp::print(OpAsmPrinter &p) {
  p << ' ' << int64_t(getCount()) << ' ';
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false, /*printBlockTerminators=*/false);
  p.printOptionalAttrDict((*this)->getAttrs(), {"count"});
}

LogicalResult RepeatOp::verify() {
  if (failed(checkKnown(*this)))
    return failure();
  if (int64_t count = getCount(); count < 1 || count > maxLayers)
    return emitOpError("expected a count from 1 to ") << maxLayers << ", got " << count;
  return verifyStack(*this, getBody().front());
}

LogicalResult RepeatOp::verifyRegions() {
  return verifyLayerCount(*this, int64_t(getCount()) * countLayers(getBody().front()));
}

LogicalResult ParallelOp::verify() {
  if (failed(checkKnown(*this)))
    return failure();
  if (getBody().getNumArguments())
    return emitOpError("expected layers only, got a block with arguments");
  for (Operation &op : getBody().front())
    if (!isa<LayerOpInterface>(op))
      return op.emitError("'") << op.getName() << "' is not a layer: 'samba.parallel' holds layers only";
  if (getBody().front().empty())
    return emitOpError("has no branches; write at least one layer");
  return success();
}

static void appendStack(Block &block, SmallVectorImpl<Operation *> &stack) {
  for (Operation &op : block) {
    auto repeat = dyn_cast<RepeatOp>(op);
    if (!repeat)
      stack.push_back(&op);
    for (int64_t i = 0; repeat && i < int64_t(repeat.getCount()); ++i)
      appendStack(repeat.getBody().front(), stack);
  }
}

SmallVector<Operation *> ModelOp::stack() {
  SmallVector<Operation *> result;
  appendStack(getBody().front(), result);
  return result;
}

ModelConfig ModelOp::config() {
  ModelConfig config;
  config.vocabSize = integerOr(getVocabSizeAttr(), 0);
  config.dModel = integerOr(getDModelAttr(), 0);
  config.normEps = numberOr(getNormEpsAttr(), 1e-5);
  config.tieEmbeddings = !getTieEmbeddingsAttr() || cast<BoolAttr>(getTieEmbeddingsAttr()).getValue();
  config.normalInit = isWord(getInitAttr(), "normal");
  for (Operation *op : stack())
    config.nLayers += isa<ParallelOp>(op) ? op->getRegion(0).front().getOperations().size() : 1;
  return config;
}
