//===- ShareLaunches.cpp - groups that one launch computes together -------------------------------------===//
//
// What is joined, and what the kernel of the marked root makes of it:
//
//   linear -> rotary                           of many rows. RotarySink.cpp turns tiles on their way out
//   linear_dx -> attention_delta               DeltaSink.cpp: tiles of dO meet o on their way out
//   attention_grad -> rotary (of dq, of dk)    FlashGrad.cpp: sums are turned back before they are rounded
//   rms_norm -> linear, linear .. -> rotary    of few rows. SkinnyGemm.cpp: sections of one grid
//   causal_conv, conv_state                    CausalConv.cpp: the state leaves from the registers
//   attention_step, ring_update (of k, of v)   AttentionSplit.cpp: the new row's slot is one nobody reads
//   linear -> dt, -exp(A_log) -> scan step     SelectiveScan.cpp: a channel's threads make its dt
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/Codegen.h"
#include "codegen/SharedLaunch.h"
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace samba {

#define GEN_PASS_DEF_SHARELAUNCHES
#include "codegen/CodegenPasses.h.inc"

namespace {

constexpr int64_t mostRows = 64;        ///< of products that stream their weights
constexpr int64_t mostStepRows = 16;    ///< of the product that a scan's step makes
constexpr int64_t mostNormRows = 8;     ///< that every block makes for itself
constexpr int64_t mostNormDepth = 2560; ///< channels of a row in the registers of a warp
constexpr int64_t mostColumns = 8448;   ///< of all products that make their x: one wave of blocks
constexpr int64_t mostDepth = 512;      ///< of that product
constexpr int64_t tile = 16;            ///< rows of a weight in a block

/// A lone core op or a group, before the plan.
class Part {
public:
  Part(Operation *op) : op(op) {}
  Operation *op;

  bool isLone() const { return !isa<FusedOp>(op); }
  Block &body() const { return cast<FusedOp>(op).getBody().front(); }
  /// The op that is not element-wise, if there is one.
  Operation *root() const {
    if (isLone())
      return isa<ElementwiseOpInterface, ViewOpInterface>(op) ? nullptr : op;
    for (Operation &inner : body().without_terminator())
      if (!isa<ElementwiseOpInterface>(inner))
        return &inner;
    return nullptr;
  }
  template <class Op> Op rootAs() const { return isShared() ? Op() : dyn_cast_or_null<Op>(root()); }
  bool isShared() const {
    return !isLone() && llvm::any_of(body(), [](Operation &inner) { return inner.hasAttr(rootMark); });
  }
  /// What an operand of the root is outside; null where the group makes it.
  Value outside(Value inner) const {
    if (isLone())
      return inner;
    auto argument = dyn_cast<BlockArgument>(inner);
    return argument ? Value(cast<FusedOp>(op).getInputs()[argument.getArgNumber()]) : Value();
  }
  /// Whether every result comes from the root, through element-wise ops.
  bool hangsOnRoot() const {
    return isLone() || llvm::all_of(body().getTerminator()->getOperands(),
                                    [&](Value value) { return hangsOn(value, root()); });
  }
  /// Whether only `reader` reads what it computes.
  bool servesOnly(Operation *reader) const {
    return llvm::all_of(op->getUsers(), [&](Operation *user) { return user == reader; });
  }

private:
  static bool hangsOn(Value value, Operation *root) {
    Operation *op = value.getDefiningOp();
    return op && (op == root || (isa<ElementwiseOpInterface>(op) &&
                                 llvm::any_of(op->getOperands(), [&](Value x) { return hangsOn(x, root); })));
  }
};

bool isBf16(Value value) { return getElementTypeOrSelf(value.getType()).isBF16(); }
int64_t channels(Value value) { return shapeOf(value).back(); }
int64_t rows(Value value) { return elementsOf(value) / channels(value); }
/// A slice of a wider buffer may begin anywhere.
bool isWhole(Value value) { return !isa_and_nonnull<ViewOpInterface>(value.getDefiningOp()); }
bool hasWholeOperands(Operation *op) {
  return llvm::all_of(op->getOperands(), [](Value operand) { return isWhole(operand); });
}

class Sharer {
public:
  explicit Sharer(Block &block) : block(block) {}

  void run() {
    auto share = [&](Operation &op) {
      Part part(&op);
      return shareProducts(part) || shareRotary(part) || shareDelta(part) || shareGradients(part) ||
             shareConvolution(part) || shareRing(part) || shareStep(part);
    };
    while (llvm::any_of(block, share)) // which changes the block
      ;
  }

private:
  // ---- products of one x --------------------------------------------------------------------------------

  static bool mayShare(LinearOp linear) {
    return linear && isBf16(linear.getX()) && isBf16(linear.getW()) && rows(linear.getY()) <= mostRows &&
           channels(linear.getX()) % 8 == 0 && channels(linear.getY()) % tile == 0;
  }

  /// All that may be one launch with the product of `first`.
  bool shareProducts(Part first) {
    auto linear = first.rootAs<LinearOp>();
    if (!mayShare(linear) || !first.outside(linear.getX()))
      return false;
    Value x = first.outside(linear.getX());
    SmallVector<Part> products, parts;
    for (Operation &op : block)
      if (auto other = Part(&op).rootAs<LinearOp>();
          mayShare(other) && Part(&op).outside(other.getX()) == x && Part(&op).hangsOnRoot())
        products.emplace_back(&op);
    if (products.empty() || products[0].op != first.op || !mayMeet(products))
      return false;
    parts = products;
    for (Part product : products)
      if (Operation *rotary = rotaryOf(product))
        parts.emplace_back(rotary);
      else
        addConvolution(product, parts);
    if (Operation *norm = normOf(x, products))
      parts.emplace_back(norm);
    return parts.size() > 1 && isWhole(x) && join(parts, linear);
  }

  /// Where one product's epilogue reads another's result, they are two, of equal columns.
  static bool mayMeet(ArrayRef<Part> products) {
    llvm::SmallPtrSet<Operation *, 4> met;
    for (Part reader : products)
      for (Part read : products)
        if (llvm::is_contained(read.op->getUsers(), reader.op))
          if (!met.insert(reader.op).second || !met.insert(read.op).second ||
              columns(reader) != columns(read))
            return false;
    return true;
  }
  static int64_t columns(Part product) { return channels(cast<LinearOp>(product.root()).getY()); }

  static Operation *rotaryOf(Part product) {
    if (!product.isLone() || !product.op->hasOneUse())
      return nullptr;
    auto rotary = dyn_cast<RotaryOp>(*product.op->user_begin());
    return rotary && int64_t(rotary.getHeadDim()) % (2 * tile) == 0 ? rotary.getOperation() : nullptr;
  }

  /// Of one token's channels of the product, with all that is around it.
  static void addConvolution(Part product, SmallVectorImpl<Part> &parts) {
    auto split = product.isLone() && product.op->hasOneUse() ? dyn_cast<SplitOp>(*product.op->user_begin())
                                                             : SplitOp();
    if (!split ||
        llvm::any_of(split.getParts(), [](Value y) { return channels(y) % (2 * tile) || y.use_empty(); }))
      return;
    for (Value y : split.getParts())
      for (Operation *user : y.getUsers())
        if (auto conv = Part(user).rootAs<CausalConvOp>(); conv && conv.getState() && shapeOf(y)[1] == 1 &&
                                                           Part(user).outside(conv.getX()) == y &&
                                                           Part(user).hangsOnRoot()) {
          Value state = Part(user).outside(conv.getState());
          auto next = llvm::find_if(y.getUsers(), [&](Operation *other) {
            auto next = dyn_cast<ConvStateOp>(other);
            return next && next.getX() == y && next.getState() == state;
          });
          if (next == y.getUsers().end() || !y.hasNUses(2))
            continue;
          parts.append({Part(split), Part(user), Part(*next)});
          return;
        }
  }

  // ---- products of many rows, and what sees whole heads of them ------------------------------------------

  static bool hasWholeHeads(int64_t headDim) { return llvm::is_contained({64, 128, 256}, headDim); }
  static bool isLarge(Value x, Value w, Value y) {
    return isBf16(x) && isBf16(w) && isBf16(y) && channels(x) % 8 == 0 && rows(y) > mostRows;
  }

  bool shareRotary(Part part) {
    auto linear = part.rootAs<LinearOp>();
    if (!linear || !part.isLone() || !isLarge(linear.getX(), linear.getW(), linear.getY()) ||
        !hasWholeOperands(linear) || !part.op->hasOneUse())
      return false;
    auto rotary = dyn_cast<RotaryOp>(*part.op->user_begin());
    return rotary && isBf16(rotary.getY()) && hasWholeHeads(rotary.getHeadDim()) &&
           join({part, Part(rotary.getOperation())}, linear);
  }

  /// Of dO, which others read as it is.
  bool shareDelta(Part part) {
    auto linear = part.rootAs<LinearDxOp>();
    if (!linear || !part.isLone() || !isLarge(linear.getDy(), linear.getW(), linear.getDx()) ||
        !hasWholeOperands(linear) || part.op->hasOneUse() ||
        llvm::any_of(part.op->getUsers(), llvm::IsaPred<ViewOpInterface>))
      return false;
    for (Operation *user : part.op->getUsers())
      if (auto delta = dyn_cast<AttentionDeltaOp>(user);
          delta && delta.getDO() == linear.getDx() && isBf16(delta.getO()) && isWhole(delta.getO()) &&
          hasWholeHeads(channels(delta.getO()) / int64_t(delta.getNHeads())))
        return join({part, Part(user)}, linear);
    return false;
  }

  /// The gradients of attention, where one pass makes them all, and what turns those of queries and keys
  /// back.
  bool shareGradients(Part part) {
    auto grad = part.rootAs<AttentionGradOp>();
    if (!grad || !part.isLone() || !hasWholeOperands(grad) ||
        !llvm::all_of(ValueRange{grad.getQ(), grad.getK(), grad.getV(), grad.getDO(), grad.getDv()}, isBf16))
      return false;
    const int64_t dim = channels(grad.getQ()) / int64_t(grad.getNHeads());
    if (dim != 64 && dim != 128)
      return false;
    SmallVector<Part> parts{part};
    for (Value x : {grad.getDq(), grad.getDk()})
      if (auto rotary = x.hasOneUse() ? dyn_cast<RotaryOp>(*x.user_begin()) : RotaryOp();
          rotary && isBf16(rotary.getY()) && int64_t(rotary.getHeadDim()) == dim)
        parts.emplace_back(rotary.getOperation());
    return parts.size() > 1 && join(parts, grad);
  }

  static Operation *normOf(Value x, ArrayRef<Part> products) {
    auto norm = x.getDefiningOp<RmsNormOp>();
    int64_t all = 0;
    for (Part product : products)
      all += columns(product);
    if (!norm || !norm.getR().use_empty() || rows(x) > mostNormRows || channels(x) > mostNormDepth ||
        all > mostColumns || !isWhole(norm.getX()))
      return nullptr;
    bool servesThem = llvm::all_of(x.getUsers(), [&](Operation *user) {
      return llvm::any_of(products, [&](Part product) { return product.op == user; });
    });
    return servesThem ? norm.getOperation() : nullptr;
  }

  // ---- what else one token needs ------------------------------------------------------------------------

  bool shareConvolution(Part part) {
    auto conv = part.rootAs<CausalConvOp>();
    if (!conv || !conv.getState() || shapeOf(conv.getX())[1] != 1)
      return false;
    Value x = part.outside(conv.getX()), state = part.outside(conv.getState());
    if (!x || !state)
      return false;
    for (Operation *user : state.getUsers())
      if (auto next = dyn_cast<ConvStateOp>(user); next && next.getX() == x && next.getState() == state)
        return join({part, Part(next)}, conv);
    return false;
  }

  bool shareRing(Part part) {
    auto attention = part.rootAs<AttentionStepOp>();
    if (!attention || !part.isLone() || shapeOf(attention.getQ())[1] != 1 || !hasWholeOperands(attention))
      return false;
    SmallVector<Part> parts{part};
    for (auto [x, ring] : {std::pair(attention.getK(), attention.getRingK()),
                           std::pair(attention.getV(), attention.getRingV())})
      for (Operation *user : ring.getUsers())
        if (auto update = dyn_cast<RingUpdateOp>(user); update && update.getX() == x &&
                                                        update.getRing() == ring &&
                                                        update.getPosition() == attention.getPosition())
          parts.emplace_back(user);
    return parts.size() > 1 && join(parts, attention);
  }

  bool shareStep(Part part) {
    auto step = part.rootAs<SelectiveScanStepOp>();
    if (!step || shapeOf(step.getU())[1] != 1 || rows(step.getU()) > mostStepRows)
      return false;
    SmallVector<Part> parts{part};
    auto definition = [&](Value inner) -> Operation * {
      Value value = part.outside(inner);
      Operation *op = value ? value.getDefiningOp() : nullptr;
      return op && op->getNumResults() == 1 && Part(op).servesOnly(part.op) ? op : nullptr;
    };
    if (Operation *op = definition(step.getDt()))
      if (auto linear = Part(op).rootAs<LinearOp>();
          linear && Part(op).outside(linear.getX()) && Part(op).hangsOnRoot() &&
          channels(linear.getX()) % 8 == 0 && channels(linear.getX()) <= mostDepth)
        parts.emplace_back(op);
    if (Operation *op = definition(step.getA()); op && !isa<ViewOpInterface>(op) && !Part(op).root())
      parts.emplace_back(op);
    return parts.size() > 1 && join(parts, step);
  }

  // ---- joining ------------------------------------------------------------------------------------------

  /// Makes one group of the parts, at the place of the last or of the first, whose root is the inner op
  /// `root`.
  bool join(SmallVector<Part> parts, Operation *root) {
    llvm::sort(parts, [](Part a, Part b) { return a.op->isBeforeInBlock(b.op); });
    for (Operation *place : {parts.back().op, parts.front().op})
      if (mayStandAt(place, parts)) {
        build(place, parts, root);
        return true;
      }
    return false;
  }

  static bool isIn(ArrayRef<Part> parts, Operation *op) {
    return llvm::any_of(parts, [&](Part part) { return part.op == op; });
  }

  static bool mayStandAt(Operation *place, ArrayRef<Part> parts) {
    return llvm::all_of(parts, [&](Part part) {
      return llvm::all_of(part.op->getOperands(),
                          [&](Value operand) {
                            Operation *op = operand.getDefiningOp();
                            return !op || isIn(parts, op) || op->isBeforeInBlock(place);
                          }) &&
             llvm::all_of(part.op->getUsers(),
                          [&](Operation *user) { return isIn(parts, user) || place->isBeforeInBlock(user); });
    });
  }

  static void build(Operation *place, ArrayRef<Part> parts, Operation *root) {
    llvm::SmallSetVector<Value, 8> inputs;
    SmallVector<Value> outputs;
    for (Part part : parts) {
      for (Value operand : part.op->getOperands())
        if (!isIn(parts, operand.getDefiningOp()))
          inputs.insert(operand);
      for (Value result : part.op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !isIn(parts, user); }))
          outputs.push_back(result);
    }
    OpBuilder b(place);
    auto fused = FusedOp::create(b, root->getLoc(), ValueRange(outputs).getTypes(), inputs.getArrayRef());
    Block &body = fused.getBody().emplaceBlock();
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body.addArgument(input.getType(), input.getLoc()));
    b.setInsertionPointToStart(&body);
    auto clone = [&](Operation *op) {
      Operation *copy = b.clone(*op, mapping);
      if (op == root)
        copy->setAttr(rootMark, b.getUnitAttr());
    };
    for (Part part : parts) {
      if (part.isLone()) {
        clone(part.op);
        continue;
      }
      auto group = cast<FusedOp>(part.op);
      for (auto [argument, input] : llvm::zip(part.body().getArguments(), group.getInputs()))
        mapping.map(argument, mapping.lookup(input));
      for (Operation &inner : part.body().without_terminator())
        clone(&inner);
      for (auto [output, inner] : llvm::zip(group.getOutputs(), part.body().getTerminator()->getOperands()))
        mapping.map(output, mapping.lookup(inner));
    }
    YieldOp::create(b, root->getLoc(),
                    llvm::map_to_vector(outputs, [&](Value output) { return mapping.lookup(output); }));
    for (auto [old, fresh] : llvm::zip(outputs, fused.getOutputs()))
      old.replaceAllUsesWith(fresh);
    for (Part part : llvm::reverse(parts))
      part.op->erase();
  }

  Block &block;
};

struct ShareLaunches : impl::ShareLaunchesBase<ShareLaunches> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal())
        Sharer(func.front()).run();
  }
};

} // namespace

} // namespace samba
