//===- AssignPrecision.cpp - f32 everywhere to bf16 where it does no harm -------------------------------===//
#include "dialect/core/Shapes.h"
#include "passes/Passes.h"
#include "passes/SegmentLayout.h"

namespace samba {
#define GEN_PASS_DEF_ASSIGNPRECISION
#include "passes/Passes.h.inc"
} // namespace samba

using namespace mlir;
using namespace samba;

namespace {

bool isFloat(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}
bool isBf16(Value value) { return getElementTypeOrSelf(value.getType()).isBF16(); }

Type stored(Value value, Type element) { return RankedTensorType::get(shapeOf(value), element); }
void store(Value value, Type element) { value.setType(stored(value, element)); }

/// Gives types to the values of one function, in order.
class Assigner {
public:
  Assigner(func::FuncOp func, bool bf16Residual)
      : func(func), b(func.getContext()), f32(b.getF32Type()), bf16(b.getBF16Type()),
        residual(bf16Residual ? bf16 : f32) {}

  void run() {
    assignStates();
    for (Operation &op : llvm::make_early_inc_range(func.front().without_terminator())) {
      feedMatrixUnits(&op);
      assignResults(&op);
    }
    keepOutputs();
    func.setFunctionType(
        b.getFunctionType(func.front().getArgumentTypes(), func.front().getTerminator()->getOperandTypes()));
  }

private:
  /// A state is stored as its successor will be.
  void assignStates() {
    auto ret = cast<func::ReturnOp>(func.front().getTerminator());
    for (OpOperand &value : ret->getOpOperands()) {
      auto name = func.getResultAttrOfType<StringAttr>(value.getOperandNumber(), "samba.state");
      Operation *op = value.get().getDefiningOp();
      auto precision = dyn_cast_or_null<PrecisionOpInterface>(op);
      if (!name || !precision || !isFloat(value.get()))
        continue;
      Type element = elementFor(precision, cast<OpResult>(value.get()).getResultNumber());
      for (BlockArgument argument : func.getArguments())
        if (func.getArgAttr(argument.getArgNumber(), "samba.state") == name)
          store(argument, element);
    }
  }

  Type elementFor(PrecisionOpInterface op, unsigned result) {
    switch (op.storageOf(result)) {
    case Storage::exact:
      return f32;
    case Storage::activation:
      return bf16;
    case Storage::residual:
      return residual;
    case Storage::likeFirst:
      return getElementTypeOrSelf(op->getOperand(0).getType());
    case Storage::promoted:
      return llvm::all_of(op->getOperands(),
                          [&](Value x) { return isBf16(x) || shapeOf(x) != shapeOf(op->getResult(result)); })
                 ? bf16
                 : f32;
    }
    llvm_unreachable("all kinds of storage are above");
  }

  void assignResults(Operation *op) {
    if (auto precision = dyn_cast<PrecisionOpInterface>(op)) {
      for (OpResult result : op->getResults())
        if (isFloat(result))
          store(result, elementFor(precision, result.getResultNumber()));
    } else if (auto split = dyn_cast<SplitOp>(op)) {
      for (Value part : split.getParts())
        store(part, getElementTypeOrSelf(split.getX().getType()));
    } else if (auto concat = dyn_cast<ConcatOp>(op)) {
      // Slices of one buffer have one type.
      Type element = llvm::any_of(concat.getParts(), isBf16) ? bf16 : f32;
      for (OpOperand &part : concat->getOpOperands())
        part.set(as(part.get(), element));
      store(concat.getX(), element);
    }
  }

  /// The value stored as `element`: itself, its working weights, or a copy made where it is computed.
  Value as(Value value, Type element) {
    if (getElementTypeOrSelf(value.getType()) == element)
      return value;
    Value &other = converted[{value, element}];
    if (other)
      return other;
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument && element == bf16)
      if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "samba.param"))
        return other = workingWeights(argument, name);
    b.setInsertionPointAfterValue(value);
    return other = ConvertOp::create(b, value.getLoc(), stored(value, element), value);
  }

  Value workingWeights(BlockArgument parameter, StringAttr name) {
    unsigned index = func.getNumArguments();
    (void)func.insertArgument(index, stored(parameter, bf16),
                              b.getDictionaryAttr(b.getNamedAttr("samba.weight", name)), parameter.getLoc());
    return func.getArgument(index);
  }

  void feedMatrixUnits(Operation *op) {
    auto precision = dyn_cast<PrecisionOpInterface>(op);
    if (!precision)
      return;
    for (OpOperand &operand : op->getOpOperands())
      if (isFloat(operand.get()) && precision.isMatrixOperand(operand.getOperandNumber()))
        operand.set(as(operand.get(), bf16));
  }

  /// What leaves the function: outputs as f32, a successor as what it succeeds; the results of a function
  /// that no spec made are left as they are.
  void keepOutputs() {
    auto ret = cast<func::ReturnOp>(func.front().getTerminator());
    for (OpOperand &value : ret->getOpOperands()) {
      DictionaryAttr marks = func.getResultAttrDict(value.getOperandNumber());
      if (!isFloat(value.get()) || !marks || marks.empty())
        continue;
      Type element = f32;
      if (auto name = func.getResultAttrOfType<StringAttr>(value.getOperandNumber(), "samba.state"))
        for (BlockArgument argument : func.getArguments())
          if (func.getArgAttr(argument.getArgNumber(), "samba.state") == name)
            element = getElementTypeOrSelf(argument.getType());
      // The head's product is exact enough to be stored as it is. A reader without float results does not
      // mind.
      bool isFree = llvm::all_of(value.get().getUsers(),
                                 [](Operation *user) { return llvm::none_of(user->getResults(), isFloat); });
      if (isFree && isa_and_nonnull<FusionRootOpInterface>(value.get().getDefiningOp()))
        store(value.get(), element);
      value.set(as(value.get(), element));
    }
  }

  func::FuncOp func;
  OpBuilder b;
  Type f32, bf16, residual;
  DenseMap<std::pair<Value, Type>, Value> converted;
};

/// {samba.segment = name, samba.offset = 0}: all of a segment.
DictionaryAttr segmentMark(Builder &b, StringRef name) {
  return b.getDictionaryAttr({b.getNamedAttr("samba.segment", b.getStringAttr(name)),
                              b.getNamedAttr("samba.offset", b.getI64IntegerAttr(0))});
}

/// Lets @update write the working weights too.
void extendUpdate(func::FuncOp update) {
  auto adamw = *update.getOps<AdamWOp>().begin();
  OpBuilder b(adamw);
  DictionaryAttr mark = segmentMark(b, "weights");
  auto type = RankedTensorType::get(adamw.getP().getType().getShape(), b.getBF16Type());
  (void)update.insertArgument(update.getNumArguments(), type, mark, update.getLoc());
  SmallVector<Type> types(adamw->getResultTypes());
  types.push_back(type);
  SmallVector<Value> operands(adamw->getOperands());
  auto working = AdamWOp::create(b, adamw.getLoc(), types, operands, adamw->getAttrs());
  working.setWorking(true);
  adamw->replaceAllUsesWith(working->getResults().drop_back());
  adamw.erase();
  auto ret = cast<func::ReturnOp>(update.front().getTerminator());
  ret->insertOperands(ret->getNumOperands(), working->getResults().back());
  SmallVector<Attribute> attrs = llvm::to_vector(update.getResAttrsAttr());
  attrs.push_back(mark);
  update.setFunctionType(b.getFunctionType(update.getArgumentTypes(), ret->getOperandTypes()));
  update.setResAttrsAttr(b.getArrayAttr(attrs));
}

struct AssignPrecisionPass : public samba::impl::AssignPrecisionBase<AssignPrecisionPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto residual = module->getAttrOfType<StringAttr>("samba.residual");
    for (auto func : module.getOps<func::FuncOp>())
      if (func.getSymName() == "update")
        extendUpdate(func);
      else if (!func.isExternal())
        Assigner(func, residual && residual == "bf16").run();
    if (int64_t bytes = SegmentLayout::parameters(module).bytes)
      buildSync(bytes / 4);
  }

  /// @sync_weights: all parameters, rounded.
  void buildSync(int64_t elements) {
    OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
    Location loc = NameLoc::get(b.getStringAttr("weights"));
    Type params = RankedTensorType::get({elements}, b.getF32Type()),
         weights = RankedTensorType::get({elements}, b.getBF16Type());
    auto func = func::FuncOp::create(b, loc, "sync_weights", b.getFunctionType({params, weights}, {weights}));
    func.setArgAttrsAttr(b.getArrayAttr({segmentMark(b, "params"), segmentMark(b, "weights")}));
    func.setResAttrsAttr(b.getArrayAttr({segmentMark(b, "weights")}));
    b.setInsertionPointToStart(func.addEntryBlock());
    Value rounded = ConvertOp::create(b, loc, weights, func.getArgument(0));
    func::ReturnOp::create(b, loc, rounded);
  }
};

} // namespace
