//===- ModelReport.cpp - What a model is and what it costs, per layer -----------------------------------===//
#include "passes/ModelReport.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/SegmentLayout.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace samba;

static int64_t product(ArrayRef<int64_t> shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  return elements;
}

static LayerReport reportLayer(LayerOpInterface layer, std::string name, const ModelConfig &config) {
  LayerReport report{std::move(name), layer->getName().stripDialect().str()};
  for (const ParameterSpec &parameter : layer.parameters(config))
    report.parameters += product(parameter.shape);
  for (const StateSpec &state : layer.state(config))
    report.stateBytes += product(state.shape) * sizeof(float);
  return report;
}

ModelReport samba::reportSpec(ModelOp model, const ModelConfig &config) {
  ModelReport report;
  report.model = model.getSymName().str();
  report.layers.push_back({"embedding", "embedding", config.vocabSize * config.dModel});
  for (auto [index, op] : llvm::enumerate(model.stack())) {
    std::string name = "layers." + std::to_string(index);
    size_t first = report.layers.size();
    if (auto layer = dyn_cast<LayerOpInterface>(op))
      report.layers.push_back(reportLayer(layer, name, config));
    else
      for (auto [number, branch] : llvm::enumerate(op->getRegion(0).getOps<LayerOpInterface>()))
        report.layers.push_back(reportLayer(branch, name + ".branches." + std::to_string(number), config));
    report.layers[first].parameters += config.dModel; // the norm before it
  }
  report.layers.push_back({"head", config.tieEmbeddings ? "tied head" : "head",
                           config.dModel + (config.tieEmbeddings ? 0 : config.vocabSize * config.dModel)});
  for (const LayerReport &layer : report.layers) {
    report.parameters += layer.parameters;
    report.stateBytes += layer.stateBytes;
  }
  report.stateBytes += sizeof(int64_t); // the position
  return report;
}

/// Sequences times tokens of a function's `tokens` input.
static int64_t tokensOf(func::FuncOp func) {
  for (unsigned i = 0, n = func.getNumArguments(); i < n; ++i)
    if (auto name = func.getArgAttrOfType<StringAttr>(i, "samba.input"); name && name.getValue() == "tokens")
      return cast<ShapedType>(func.getArgument(i).getType()).getNumElements();
  return 1;
}

void samba::reportCost(ModelReport &report, ModuleOp core, StringRef entry) {
  auto func = core.lookupSymbol<func::FuncOp>(entry);
  if (!func)
    return;
  llvm::StringMap<int64_t> byLayer;
  func.walk([&](CostOpInterface op) {
    if (auto name = dyn_cast<NameLoc>(op->getLoc()))
      byLayer[name.getName()] += op.flops();
  });
  int64_t tokens = tokensOf(func);
  for (LayerReport &layer : report.layers)
    layer.flops = byLayer.lookup(layer.name) / tokens;
  report.flopsPerToken = flopsPerToken(core, entry);
}

void samba::reportState(ModelReport &report, ModuleOp planned) {
  auto table = planned->getAttrOfType<ArrayAttr>("samba.state_table");
  if (!table || table.empty())
    return;
  llvm::StringMap<int64_t> byLayer;
  report.stateBytes = 0;
  for (auto entry : table.getAsRange<DictionaryAttr>()) {
    auto type = cast<ShapedType>(entry.getAs<TypeAttr>("type").getValue());
    int64_t bytes =
        type.getNumElements() / type.getDimSize(0) * type.getElementTypeBitWidth() / 8; // of one sequence
    report.stateBytes += bytes;
    byLayer[entry.getAs<StringAttr>("name").getValue().rsplit('.').first] += bytes;
  }
  for (LayerReport &layer : report.layers)
    layer.stateBytes = byLayer.lookup(layer.name);
}

int64_t samba::flopsPerToken(ModuleOp module, StringRef entry) {
  auto func = module.lookupSymbol<func::FuncOp>(entry);
  if (!func)
    return 0;
  int64_t flops = 0;
  func.walk([&](CostOpInterface op) { flops += op.flops(); });
  return flops / tokensOf(func);
}
