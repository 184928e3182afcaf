//===- Differentiate.cpp - Reverse-mode gradients and the optimizer's step ------------------------------===//
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/SegmentLayout.h"

namespace samba {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "passes/Passes.h.inc"
} // namespace samba

using namespace mlir;
using namespace samba;

namespace {

/// Elements of a gradient that one cell of samba.sum_squares takes.
constexpr int64_t normBlock = 65536;

/// The backward half of one function.
class Backward {
public:
  Backward(func::FuncOp func) : func(func), b(func.getContext()) {}

  /// Emits cotangents of everything that leads to the function's first result.
  LogicalResult run() {
    auto ret = cast<func::ReturnOp>(func.front().getTerminator());
    SmallVector<Operation *> forward;
    for (Operation &op : func.front().without_terminator())
      forward.push_back(&op);
    b.setInsertionPoint(ret);
    Value loss = ret.getOperand(0);
    cotangents[loss] = FillOp::create(b, loss.getLoc(), loss.getType(), b.getF64FloatAttr(1));
    for (Operation *op : llvm::reverse(forward))
      if (failed(visit(op)))
        return failure();
    return success();
  }

  Value cotangentOf(Value value) { return cotangents.lookup(value); }

private:
  LogicalResult visit(Operation *op) {
    SmallVector<Value> results =
        llvm::map_to_vector(op->getResults(), [&](Value r) { return cotangents.lookup(r); });
    if (llvm::none_of(results, [](Value v) { return bool(v); }))
      return success();
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return op->emitOpError("has no gradient, and the loss depends on it");
    SmallVector<Value> operands;
    differentiable.differentiate(b, results, operands);
    for (auto [operand, cotangent] : llvm::zip_equal(op->getOperands(), operands)) {
      if (!cotangent)
        continue;
      Value &sum = cotangents[operand];
      sum = sum ? AddOp::create(b, op->getLoc(), sum, cotangent).getResult() : cotangent;
    }
    return success();
  }

  func::FuncOp func;
  OpBuilder b;
  DenseMap<Value, Value> cotangents;
};

/// Replaces what the backward half reads of the forward half by fresh copies of the ops that compute it,
/// where that costs little and keeps nothing else alive: a chain of recomputable ops must end at values that
/// are kept anyway.
class Recompute {
public:
  Recompute(Block &block, Operation *firstBackward) {
    SmallVector<Operation *> backward;
    for (Operation *op = firstBackward; op; op = op->getNextNode())
      backward.push_back(op);
    llvm::SmallPtrSet<Operation *, 32> isBackward(backward.begin(), backward.end());
    auto readLater = [&](Value value) {
      return llvm::any_of(value.getUsers(), [&](Operation *user) { return isBackward.contains(user); });
    };

    for (Value argument : block.getArguments())
      kept.insert(argument);
    SmallVector<Operation *> candidates;
    for (Operation *op = &block.front(); op != firstBackward; op = op->getNextNode()) {
      if (isCheap(op))
        candidates.push_back(op), forward.insert(op);
      else
        llvm::for_each(op->getResults(), [&](Value result) {
          if (readLater(result) || isa<ViewOpInterface>(op))
            kept.insert(result);
        });
    }
    for (Operation *op : candidates)
      if (llvm::any_of(op->getResults(), readLater) && !endsAtKept(op))
        kept.insert(op->result_begin(), op->result_end());

    for (Operation *op : backward)
      for (OpOperand &operand : op->getOpOperands())
        operand.set(again(operand.get(), op));
  }

private:
  static bool isCheap(Operation *op) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    return differentiable && differentiable.isRecomputable();
  }

  bool endsAtKept(Operation *op) {
    return llvm::all_of(op->getOperands(), [&](Value operand) {
      Operation *def = operand.getDefiningOp();
      return kept.contains(operand) || (def && isCheap(def) && endsAtKept(def));
    });
  }

  /// The value computed again before `before`, or the kept one.
  Value again(Value value, Operation *before) {
    Operation *op = value.getDefiningOp();
    if (!op || kept.contains(value) || !forward.contains(op))
      return value;
    if (Value known = recomputed.lookup(value))
      return known;
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, again(operand, before));
    Operation *copy = OpBuilder(before).clone(*op, mapping);
    copy->setAttr(recomputedMark, UnitAttr::get(op->getContext()));
    for (auto [old, fresh] : llvm::zip(op->getResults(), copy->getResults()))
      recomputed[old] = fresh;
    return recomputed.lookup(value);
  }

  llvm::SmallPtrSet<Operation *, 32> forward; ///< recomputable ops of the forward half
  DenseSet<Value> kept;
  DenseMap<Value, Value> recomputed;
};

struct DifferentiatePass : public samba::impl::DifferentiateBase<DifferentiatePass> {
  using DifferentiateBase::DifferentiateBase;

  void runOnOperation() override {
    if (recompute != "none" && recompute != "elementwise") {
      getOperation().emitError("option 'recompute' expected none or elementwise, got '") << recompute << "'";
      return signalPassFailure();
    }
    auto func = getOperation().lookupSymbol<func::FuncOp>("loss");
    SegmentLayout parameters = SegmentLayout::parameters(getOperation());
    if (!func || parameters.bytes == 0)
      return; // nothing to train
    if (failed(differentiate(func)))
      return signalPassFailure();
    buildUpdate(parameters);
  }

private:
  LogicalResult differentiate(func::FuncOp func) {
    Operation *lastForward = func.front().getTerminator()->getPrevNode();
    Backward backward(func);
    if (failed(backward.run()))
      return failure();

    // One more argument and result per parameter: its gradient so far, and with this batch's.
    Builder attrs(&getContext());
    auto ret = cast<func::ReturnOp>(func.front().getTerminator());
    OpBuilder b(ret);
    SmallVector<Value> results(ret.getOperands());
    SmallVector<Attribute> resultAttrs = llvm::to_vector(func.getResAttrsAttr());
    for (unsigned i = 0, n = func.getNumArguments(); i < n; ++i) {
      auto name = func.getArgAttrOfType<StringAttr>(i, "samba.param");
      if (!name)
        continue;
      Value parameter = func.getArgument(i), gradient = backward.cotangentOf(parameter);
      if (!gradient)
        return func.emitError("the loss does not depend on parameter '") << name.getValue() << "'";
      DictionaryAttr mark = attrs.getDictionaryAttr(attrs.getNamedAttr("samba.grad", name));
      unsigned index = func.getNumArguments();
      (void)func.insertArgument(index, parameter.getType(), mark, parameter.getLoc());
      results.push_back(AddOp::create(b, gradient.getLoc(), func.getArgument(index), gradient));
      resultAttrs.push_back(mark);
    }
    ret->setOperands(results);
    func.setFunctionType(b.getFunctionType(func.getArgumentTypes(), ValueRange(results).getTypes()));
    func.setResAttrsAttr(b.getArrayAttr(resultAttrs));
    func.setSymName("train");
    if (recompute == "elementwise")
      Recompute(func.front(), lastForward->getNextNode());
    sinkAccumulation(func.front());
    return success();
  }

  /// Moves each gradient's accumulation to where its last contribution is computed, so that the contribution
  /// does not have to live until the end.
  static void sinkAccumulation(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
      auto add = dyn_cast<AddOp>(op);
      if (add && isa<BlockArgument>(add.getA()) && add.getB().getDefiningOp())
        add->moveAfter(add.getB().getDefiningOp());
    }
  }

  /// @update: one launch of AdamW over all parameters; those that decay come first.
  void buildUpdate(const SegmentLayout &layout) {
    OpBuilder b(getOperation().getBodyRegion());
    b.setInsertionPointToEnd(getOperation().getBody());
    Location loc = NameLoc::get(b.getStringAttr("optimizer"));
    Type f32 = b.getF32Type();
    SmallVector<Type> types{RankedTensorType::get({9}, f32)};
    SmallVector<Attribute> attrs{mark(b, "samba.input", "hyper")},
        resultAttrs{mark(b, "samba.output", "grad_norm")};

    // Flat views of the four segments.
    for (StringRef segment : {"params", "grads", "moment1", "moment2"}) {
      types.push_back(RankedTensorType::get({layout.bytes / 4}, f32));
      attrs.push_back(segmentMark(b, segment));
    }

    auto func = func::FuncOp::create(b, loc, "update", b.getFunctionType(types, {}));
    func.setArgAttrsAttr(b.getArrayAttr(attrs));
    Block *body = func.addEntryBlock();
    b.setInsertionPointToStart(body);
    Value hyper = body->getArgument(0);
    auto segments = body->getArguments().drop_front();
    Value partials = SumSquaresOp::create(b, loc, segments[1], normBlock);
    Value norm = GradNormOp::create(b, loc, partials, hyper);
    auto step = AdamWOp::create(b, loc, segments[0], segments[1], segments[2], segments[3], hyper, norm,
                                layout.decayBytes / 4, /*working=*/false);
    SmallVector<Value> results{norm};
    llvm::append_range(results, step.getResults());
    llvm::append_range(resultAttrs, ArrayRef(attrs).drop_front());
    func::ReturnOp::create(b, loc, results);
    func.setFunctionType(b.getFunctionType(types, ValueRange(results).getTypes()));
    func.setResAttrsAttr(b.getArrayAttr(resultAttrs));
  }

  static Attribute segmentMark(Builder &b, StringRef segment) {
    return b.getDictionaryAttr({b.getNamedAttr("samba.segment", b.getStringAttr(segment)),
                                b.getNamedAttr("samba.offset", b.getI64IntegerAttr(0))});
  }
  static Attribute mark(Builder &b, StringRef key, StringRef value) {
    return b.getDictionaryAttr(b.getNamedAttr(key, b.getStringAttr(value)));
  }
};

} // namespace
