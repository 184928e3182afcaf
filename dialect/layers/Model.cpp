//===- Model.cpp - The stack: model, repeat, parallel ---------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/SpecAttributes.h"

using namespace mlir;
using namespace samba;

// samba.model @name {attributes} { layers }: the first braces are always attributes, the second the stack.
ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  return failure(parser.parseSymbolName(name, "sym_name", result.attributes) ||
                 parser.parseOptionalAttrDict(result.attributes) ||
                 parser.parseRegion(*result.addRegion(), /*arguments=*/{}) ||
                 (result.regions.front()->empty() && (result.regions.front()->emplaceBlock(), false)));
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
      failed(checkPresent(*this, "d_model", "d_model = 128")) || failed(checkPositive(*this, "vocab_size")) ||
      failed(checkPositive(*this, "d_model")) || failed(checkPositiveNumber(*this, "norm_eps")) ||
      failed(checkBool(*this, "tie_embeddings")))
    return failure();
  if (Attribute residual = getResidualAttr();
      residual && !isWord(residual, "f32") && !isWord(residual, "bf16"))
    return emitOpError("attribute 'residual' expected \"f32\" or \"bf16\", got ") << residual;
  return success();
}

/// Only layers, repeats and parallels may stand in a stack.
static LogicalResult verifyStack(Operation *parent, Block &block) {
  for (Operation &op : block)
    if (!isa<LayerOpInterface, RepeatOp, ParallelOp>(op))
      return op.emitError("'") << op.getName() << "' is not a layer: '" << parent->getName()
                               << "' holds layers, 'samba.repeat' and 'samba.parallel'";
  return success();
}

LogicalResult ModelOp::verifyRegions() {
  if (failed(verifyStack(*this, getBody().front())))
    return failure();
  if (getBody().front().empty())
    return emitOpError("has no layers; write at least one, such as samba.mamba");
  return success();
}

LogicalResult RepeatOp::verify() {
  if (failed(checkKnown(*this)))
    return failure();
  if (int64_t count = getCount(); count < 1 || count > 10000)
    return emitOpError("expected a count from 1 to 10000, got ") << count;
  return verifyStack(*this, getBody().front());
}

LogicalResult ParallelOp::verify() {
  if (failed(checkKnown(*this)))
    return failure();
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
  for (Operation *op : stack())
    config.nLayers += isa<ParallelOp>(op) ? op->getRegion(0).front().getOperations().size() : 1;
  return config;
}
