//===- Decompose.cpp - Spec to core ops: one function per entry -----------------------------------------===//
#include "passes/Passes.h"
#include "llvm/ADT/STLExtras.h"

namespace samba {
#define GEN_PASS_DEF_DECOMPOSE
#include "passes/Passes.h.inc"
} // namespace samba

using namespace mlir;
using namespace samba;

namespace {

/// One f in x + sum of f_i(norm(x)).
struct Branch {
  LayerOpInterface layer;
  std::string prefix; ///< of its parameters: "backbone.layers.3."
  std::string name;   ///< for messages and states: "layers.3"
  Location loc;
};

/// One residual step: a layer, or the branches of a parallel.
struct Step {
  std::string normName;
  SmallVector<Branch> branches;
  Location loc;
};

/// Builds one entry: declares arguments by name, then emits the body.
class EntryBuilder {
public:
  EntryBuilder(ModelOp model, ModelConfig config, ArrayRef<Step> steps, StringRef name)
      : model(model), config(config), steps(steps), b(model.getContext()), name(name) {}

  /// loss of `tokens` against `targets`; stateful: from the state, otherwise from zero. `pack`: several
  /// documents share a row.
  void buildLoss(int64_t batch, int64_t tokens, bool stateful, bool pack) {
    start(batch, tokens, stateful);
    Value targets = argument("samba.input", "targets", tensor({batch, tokens}, b.getI32Type()));
    if (pack)
      documents = argument("samba.input", "documents", tensor({batch, tokens}, b.getI32Type()));
    Value hidden = stack(stateful);
    auto nll = LinearCrossEntropyOp::create(b, headLoc(), hidden, head(), targets);
    finish({{"loss", MaskedMeanOp::create(b, headLoc(), nll.getNll(), targets)}});
  }

  /// The loss, and what its ops show of themselves.
  void buildProbe(int64_t batch, int64_t tokens) {
    buildLoss(batch, tokens, /*stateful=*/false, /*pack=*/false);
    auto ret = cast<func::ReturnOp>(func.front().getTerminator());
    SmallVector<ProbeOpInterface> probes;
    func.walk([&](ProbeOpInterface op) { probes.push_back(op); });
    SmallVector<Value> values(ret.getOperands());
    SmallVector<Attribute> attrs = llvm::to_vector(func.getResAttrsAttr());
    for (ProbeOpInterface op : probes) {
      b.setInsertionPointAfter(op);
      values.push_back(op.probe(b));
      StringRef layer = cast<NameLoc>(op->getLoc()).getName();
      attrs.push_back(mark("samba.output", (layer + " " + op.probeName()).str()));
    }
    ret->setOperands(values);
    setResults(values, attrs);
  }

  /// logits of every token, and the next state. `samples`: also the token drawn from them, in the place of
  /// the one read, so that calling again goes on with it.
  void buildLogits(int64_t batch, int64_t tokens, bool samples) {
    start(batch, tokens, /*stateful=*/true);
    Value hidden = stack(/*stateful=*/true), logits = LinearOp::create(b, headLoc(), hidden, head());
    if (!samples)
      return finish({{"logits", logits}});
    Value sampling = argument("samba.input", "sampling", tensor({4}, b.getF32Type()));
    Value seed = argument("samba.input", "seed", tensor({2}, b.getI32Type()));
    auto token = SampleOp::create(b, named("sample", model.getLoc()), logits, position, sampling, seed);
    finish({{"logits", logits}, {"tokens", token.getNext()}, {"drawn", token.getDrawn()}});
  }

private:
  RankedTensorType tensor(ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  }
  Location named(StringRef what, Location loc) { return NameLoc::get(b.getStringAttr(what), loc); }
  Location headLoc() { return named("head", model.getLoc()); }

  void start(int64_t batch, int64_t tokenCount, bool stateful) {
    config.batch = batch;
    b.setInsertionPoint(model);
    func = func::FuncOp::create(b, model.getLoc(), name, b.getFunctionType({}, {}));
    func.addEntryBlock();
    b.setInsertionPointToStart(&func.front());
    tokens = argument("samba.input", "tokens", tensor({batch, tokenCount}, b.getI32Type()));
    if (stateful)
      position = argument("samba.state", "position", tensor({batch}, b.getI64Type()));
  }

  /// A new argument of the function, marked by `mark` = name.
  Value argument(StringRef mark, StringRef argumentName, RankedTensorType type,
                 const ParameterSpec *spec = nullptr) {
    NamedAttrList attrs;
    attrs.set(mark, b.getStringAttr(argumentName));
    if (spec) {
      attrs.set("samba.init", spec->init.toAttribute(b.getContext()));
      attrs.set("samba.decay", b.getBoolAttr(spec->weightDecay));
    }
    unsigned index = func.getNumArguments();
    (void)func.insertArgument(index, type, attrs.getDictionary(b.getContext()), func.getLoc());
    return func.getArgument(index);
  }
  Value parameter(const ParameterSpec &spec) {
    return argument("samba.param", spec.name, tensor(spec.shape, b.getF32Type()), &spec);
  }
  Value norm(Value x, const Twine &parameterName, Location loc) {
    Value weight = parameter({parameterName.str(), {config.dModel}, Initializer::constant(1)});
    return RmsNormOp::create(b, loc, x, weight, b.getF64FloatAttr(config.normEps)).getY();
  }
  Value head() {
    if (config.tieEmbeddings)
      return embedding;
    return parameter({"lm_head.weight", {config.vocabSize, config.dModel}, config.linear(config.dModel)});
  }

  /// The final norm's output [B, T, d_model].
  Value stack(bool stateful) {
    embedding =
        parameter({"backbone.embedding.weight", {config.vocabSize, config.dModel}, config.embedding()});
    Value x = EmbeddingOp::create(b, named("embedding", model.getLoc()), tokens, embedding);
    for (const Step &step : steps) {
      Value normed = norm(x, step.normName, step.loc);
      for (const Branch &branch : step.branches)
        x = AddOp::create(b, branch.loc, x, emit(branch, x, normed, stateful));
    }
    return norm(x, "backbone.norm_f.weight", headLoc());
  }

  Value emit(const Branch &branch, Value residual, Value normed, bool stateful) {
    LayerOpInterface layer = branch.layer;
    LayerInputs inputs{branch.loc, residual, normed, {}, {}, position, documents};
    for (ParameterSpec spec : layer.parameters(config)) {
      spec.name = branch.prefix + spec.name;
      inputs.parameters.push_back(parameter(spec));
    }
    SmallVector<std::string> stateNames;
    if (stateful)
      for (const StateSpec &spec : layer.state(config)) {
        stateNames.push_back(branch.name + "." + spec.name);
        inputs.state.push_back(
            argument("samba.state", stateNames.back(), tensor(spec.shape, b.getF32Type())));
      }
    LayerOutputs outputs;
    layer.decompose(b, config, inputs, outputs);
    for (auto [stateName, next] : llvm::zip_equal(stateNames, outputs.state))
      nextState.emplace_back(stateName, next);
    return outputs.y;
  }

  /// Returns the outputs, then the next state.
  void finish(ArrayRef<std::pair<StringRef, Value>> outputs) {
    SmallVector<Value> values;
    SmallVector<Attribute> attrs;
    for (auto [output, value] : outputs) {
      values.push_back(value);
      attrs.push_back(mark("samba.output", output));
    }
    if (position) {
      int64_t count = cast<RankedTensorType>(tokens.getType()).getShape()[1];
      nextState.emplace_back("position", AdvanceOp::create(b, func.getLoc(), position, count));
    }
    for (auto &[stateName, next] : nextState) {
      values.push_back(next);
      attrs.push_back(mark("samba.state", stateName));
    }
    func::ReturnOp::create(b, func.getLoc(), values);
    setResults(values, attrs);
  }
  void setResults(ArrayRef<Value> values, ArrayRef<Attribute> attrs) {
    func.setFunctionType(b.getFunctionType(func.getArgumentTypes(), ValueRange(values).getTypes()));
    func.setResAttrsAttr(b.getArrayAttr(attrs));
  }
  Attribute mark(StringRef key, StringRef value) {
    return b.getDictionaryAttr(b.getNamedAttr(key, b.getStringAttr(value)));
  }

  ModelOp model;
  ModelConfig config;
  ArrayRef<Step> steps;
  OpBuilder b;
  StringRef name;
  func::FuncOp func;
  Value tokens, position, documents, embedding;
  SmallVector<std::pair<std::string, Value>> nextState;
};

struct DecomposePass : public samba::impl::DecomposeBase<DecomposePass> {
  using DecomposeBase::DecomposeBase;

  void runOnOperation() override {
    auto models = llvm::to_vector(getOperation().getOps<ModelOp>());
    if (models.size() != 1) {
      getOperation().emitError("expected one 'samba.model' in the spec, got ") << models.size();
      return signalPassFailure();
    }
    if (failed(checkOptions()))
      return signalPassFailure();
    ModelOp model = models.front();
    ModelConfig config = model.config();
    config.maxContext = maxContext;
    config.checkpoint = checkpoint;
    SmallVector<Step> steps = stepsOf(model);
    if (pack && failed(checkDocuments(steps, config)))
      return signalPassFailure();
    for (const std::string &entry : entriesOrAll()) {
      EntryBuilder builder(model, config, steps, entry == "train" ? "loss" : entry);
      if (entry == "train")
        builder.buildLoss(batch, seq, /*stateful=*/false, pack);
      else if (entry == "probe")
        builder.buildProbe(batch, seq);
      else if (entry == "eval")
        builder.buildLoss(stepBatch, chunk, /*stateful=*/true, /*pack=*/false);
      else
        builder.buildLogits(stepBatch, entry == "decode" ? 1 : chunk, /*samples=*/entry == "decode");
    }
    Builder b(&getContext());
    getOperation()->setAttr("samba.model_name", model.getSymNameAttr());
    if (Attribute residual = model.getResidualAttr())
      getOperation()->setAttr("samba.residual", residual);
    getOperation()->setAttr("samba.vocab_size", b.getI64IntegerAttr(config.vocabSize));
    bool hasState = llvm::any_of(
        entriesOrAll(), [](const std::string &entry) { return entry != "train" && entry != "probe"; });
    if (hasState && hasGrowingState(steps, config))
      getOperation()->setAttr("samba.max_context", b.getI64IntegerAttr(maxContext));
    model.erase();
  }

private:
  std::vector<std::string> entriesOrAll() {
    return entries.empty() ? std::vector<std::string>{"train", "eval", "prefill", "decode"}
                           : std::vector<std::string>(entries.begin(), entries.end());
  }

  LogicalResult checkOptions() {
    for (const std::string &entry : entriesOrAll())
      if (!llvm::is_contained({"train", "eval", "prefill", "decode", "probe"}, StringRef(entry)))
        return getOperation().emitError(
                   "option 'entries' expected train, eval, prefill, decode or probe, got '")
               << entry << "'";
    std::pair<StringRef, int64_t> sizes[] = {{"batch", batch},
                                             {"seq", seq},
                                             {"step-batch", stepBatch},
                                             {"chunk", chunk},
                                             {"max-context", maxContext},
                                             {"checkpoint", checkpoint}};
    for (auto [option, value] : sizes)
      if (value < 1)
        return getOperation().emitError("option '")
               << option << "' expected a positive integer, got " << value;
    return success();
  }

  /// Only layers that keep documents apart, or see one token at a time, may be trained on packed rows.
  LogicalResult checkDocuments(ArrayRef<Step> steps, const ModelConfig &config) {
    for (const Step &step : steps)
      for (const Branch &branch : step.branches) {
        LayerOpInterface layer = branch.layer;
        if (!layer.state(config).empty() && !layer.keepsDocumentsApart())
          return layer->emitOpError("does not keep the documents of a row apart: it can't be trained with "
                                    "packed rows (pack)");
      }
    return success();
  }

  /// Whether some layer's state depends on how many positions it may have to hold.
  static bool hasGrowingState(ArrayRef<Step> steps, const ModelConfig &config) {
    ModelConfig more = config;
    more.maxContext += 1;
    auto sizes = [](LayerOpInterface layer, const ModelConfig &model) {
      return llvm::map_to_vector(layer.state(model), [](const StateSpec &state) { return state.shape; });
    };
    return llvm::any_of(steps, [&](const Step &step) {
      return llvm::any_of(step.branches, [&](const Branch &branch) {
        return sizes(branch.layer, config) != sizes(branch.layer, more);
      });
    });
  }

  SmallVector<Step> stepsOf(ModelOp model) {
    SmallVector<Step> steps;
    for (auto [index, op] : llvm::enumerate(model.stack())) {
      std::string name = "layers." + std::to_string(index), prefix = "backbone." + name + ".";
      auto named = [&](Operation *op, StringRef what) -> Location {
        return NameLoc::get(StringAttr::get(&getContext(), what), op->getLoc());
      };
      steps.push_back({prefix + "norm.weight", {}, named(op, name)});
      if (auto layer = dyn_cast<LayerOpInterface>(op)) {
        steps.back().branches.push_back({layer, prefix, name, named(op, name)});
        continue;
      }
      for (auto [number, branch] : llvm::enumerate(op->getRegion(0).getOps<LayerOpInterface>())) {
        std::string suffix = "branches." + std::to_string(number), branchName = name + "." + suffix;
        steps.back().branches.push_back(
            {branch, prefix + suffix + ".", branchName, named(branch, branchName)});
      }
    }
    return steps;
  }
};

} // namespace
