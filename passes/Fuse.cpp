//===- Fuse.cpp - Groups a root op with the element-wise ops around it ----------------------------------===//
//
// Groups are kept in an order: each has an anchor, the index of the op at whose place it will run. Merging is
// legal when everything a group reads comes from groups with a smaller anchor, and everybody who reads it has
// a larger one.
//
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/core/Shapes.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace samba {
#define GEN_PASS_DEF_FUSE
#include "passes/Passes.h.inc"
} // namespace samba

using namespace mlir;
using namespace samba;

namespace {

struct Group {
  SmallVector<Operation *> ops; ///< in order
  Operation *root = nullptr;    ///< null: element-wise ops alone
  /// Of the values that may join: the element-wise results, or the root's epilogue result.
  ArrayRef<int64_t> shape;
  int64_t anchor = 0;
  bool open = false; ///< whether element-wise ops may join
};

class Fuser {
public:
  Fuser(Block &block, bool epilogues, bool prologues)
      : block(block), epilogues(epilogues), prologues(prologues) {}

  void run() {
    int64_t index = 0;
    for (Operation &op : block.without_terminator()) {
      Group *group = addGroup(&op, index++);
      if (isa<ElementwiseOpInterface>(op))
        joinProducer(&op, group);
      else if (prologues && group->root)
        takePrologue(group);
    }
    materialize();
  }

private:
  Group *addGroup(Operation *op, int64_t index) {
    Group *group = groups.emplace_back(std::make_unique<Group>()).get();
    group->ops.push_back(op);
    group->anchor = index;
    if (isa<ElementwiseOpInterface>(op)) {
      group->shape = shapeOf(op->getResult(0));
      group->open = true;
    } else if (auto root = dyn_cast<FusionRootOpInterface>(op)) {
      group->root = op;
      group->shape = shapeOf(op->getResult(root.epilogueResult()));
      group->open = epilogues;
    }
    groupOf[op] = group;
    return group;
  }

  Group *groupOfValue(Value value) {
    Operation *op = value.getDefiningOp();
    return op ? groupOf.lookup(op) : nullptr;
  }

  /// Whether an element-wise op may follow `value` inside its group.
  static bool isLane(const Group &group, Value value) {
    auto root = dyn_cast_or_null<FusionRootOpInterface>(group.root);
    return shapeOf(value) == group.shape &&
           (value.getDefiningOp() != group.root || value == group.root->getResult(root.epilogueResult()));
  }

  /// Whether `group` with the ops of `other` could run at `anchor`.
  bool mayRunAt(int64_t anchor, const Group &group, const Group &other) {
    auto inside = [&](Operation *op) { return groupOf.lookup(op) == &group || groupOf.lookup(op) == &other; };
    for (const Group *part : {&group, &other})
      for (Operation *op : part->ops) {
        for (Value operand : op->getOperands())
          if (Operation *def = operand.getDefiningOp();
              def && !inside(def) && groupOf.lookup(def)->anchor >= anchor)
            return false;
        for (Operation *user : op->getUsers())
          if (Group *reader = groupOf.lookup(user); reader && !inside(user) && reader->anchor <= anchor)
            return false;
      }
    return true;
  }

  /// Moves all ops of `from` to `into`, which runs at `anchor`.
  void merge(Group *from, Group *into, int64_t anchor) {
    for (Operation *op : from->ops)
      groupOf[op] = into;
    llvm::append_range(into->ops, from->ops);
    from->ops.clear();
    into->anchor = anchor;
    llvm::sort(into->ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  }

  bool tryMerge(Group *from, Group *into) {
    // At the earlier place if what `from` reads is there already, else at the later if nobody reads `into`
    // before.
    for (int64_t anchor : {std::min(from->anchor, into->anchor), std::max(from->anchor, into->anchor)})
      if (mayRunAt(anchor, *into, *from)) {
        merge(from, into, anchor);
        return true;
      }
    return false;
  }

  /// What the backward pass computes again must not join the group of the forward pass that it copies: it
  /// would be kept after all.
  static bool isRecomputed(Operation *op) { return op->hasAttr(recomputedMark); }

  /// Whether the root of `home` reads `group`: its kernel needs such an operand in memory, or as a prologue.
  static bool feedsRoot(const Group &group, const Group &home) {
    return home.root && llvm::any_of(home.root->getOperands(), [&](Value operand) {
             return llvm::is_contained(group.ops, operand.getDefiningOp());
           });
  }

  /// Lets an element-wise op join the latest group that computes one of its operands, one with a root if
  /// there is any, then draws in the element-wise groups that compute the others.
  void joinProducer(Operation *op, Group *group) {
    llvm::SmallSetVector<Group *, 4> producers;
    for (Value operand : op->getOperands())
      if (Group *producer = groupOfValue(operand);
          producer && producer->open && producer->shape == group->shape && isLane(*producer, operand) &&
          (!isRecomputed(op) || isRecomputed(producer->ops.front())))
        producers.insert(producer);
    SmallVector<Group *> sorted = producers.takeVector();
    llvm::sort(sorted, [](Group *a, Group *b) {
      return std::pair(a->root != nullptr, a->anchor) > std::pair(b->root != nullptr, b->anchor);
    });
    Group *home = nullptr;
    for (Group *producer : sorted) {
      if (!home)
        home = tryMerge(group, producer) ? producer : nullptr;
      else if (!producer->root && !feedsRoot(*producer, *home))
        (void)tryMerge(producer, home);
    }
  }

  /// Draws element-wise groups that serve only this root into its prologue.
  void takePrologue(Group *group) {
    auto root = cast<FusionRootOpInterface>(group->root);
    for (unsigned index : root.prologueOperands()) {
      Group *producer = groupOfValue(group->root->getOperand(index));
      if (!producer || producer == group || producer->root || !producer->open ||
          producer->shape != shapeOf(group->root->getOperand(index)))
        continue;
      bool servesOnlyRoot = llvm::all_of(producer->ops, [&](Operation *op) {
        return llvm::all_of(op->getUses(), [&](OpOperand &use) {
          return groupOf.lookup(use.getOwner()) == producer ||
                 (use.getOwner() == group->root &&
                  llvm::is_contained(root.prologueOperands(), use.getOperandNumber()));
        });
      });
      if (servesOnlyRoot && mayRunAt(group->anchor, *group, *producer))
        merge(producer, group, group->anchor);
    }
  }

  /// Reorders the block by anchors and wraps every group of more than one op.
  void materialize() {
    llvm::erase_if(groups, [](const auto &group) { return group->ops.empty(); });
    llvm::sort(groups, [](const auto &a, const auto &b) { return a->anchor < b->anchor; });
    for (const auto &group : groups)
      for (Operation *op : group->ops) {
        op->removeAttr(recomputedMark);
        op->moveBefore(block.getTerminator());
      }
    for (const auto &group : groups)
      if (group->ops.size() > 1)
        wrap(*group);
  }

  void wrap(const Group &group) {
    llvm::SmallPtrSet<Operation *, 8> inside(group.ops.begin(), group.ops.end());
    llvm::SmallSetVector<Value, 8> inputs;
    SmallVector<Value> outputs;
    for (Operation *op : group.ops) {
      for (Value operand : op->getOperands())
        if (!inside.contains(operand.getDefiningOp()))
          inputs.insert(operand);
      for (Value result : op->getResults())
        if (isOutput(result, inside))
          outputs.push_back(result);
    }
    Operation *named = group.root ? group.root : group.ops.front();
    OpBuilder b(group.ops.back());
    auto fused = FusedOp::create(b, named->getLoc(), ValueRange(outputs).getTypes(), inputs.getArrayRef());
    Block &body = fused.getBody().emplaceBlock();
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body.addArgument(input.getType(), input.getLoc()));
    b.setInsertionPointToStart(&body);
    for (Operation *op : group.ops)
      b.clone(*op, mapping);
    YieldOp::create(b, named->getLoc(),
                    llvm::map_to_vector(outputs, [&](Value v) { return mapping.lookup(v); }));
    for (auto [old, fresh] : llvm::zip(outputs, fused.getOutputs()))
      old.replaceAllUsesWith(fresh);
    for (Operation *op : llvm::reverse(group.ops))
      op->erase();
  }

  /// A result leaves the group if somebody outside reads it, or if nobody reads it at all: its kernel writes
  /// it.
  static bool isOutput(Value result, const llvm::SmallPtrSetImpl<Operation *> &inside) {
    return result.use_empty() ||
           llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(user); });
  }

  Block &block;
  bool epilogues, prologues;
  std::vector<std::unique_ptr<Group>> groups;
  DenseMap<Operation *, Group *> groupOf;
};

struct FusePass : public samba::impl::FuseBase<FusePass> {
  using FuseBase::FuseBase;
  void runOnOperation() override {
    if (!getOperation().isExternal())
      Fuser(getOperation().front(), epilogues, prologues).run();
  }
};

} // namespace
