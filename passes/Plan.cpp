//===- Plan.cpp - Functions to programs: kernels, launches, buffers with offsets ------------------------===//
#include "codegen/SharedLaunch.h"
#include "passes/Arena.h"
#include "passes/KernelTable.h"
#include "passes/Passes.h"
#include "passes/SegmentLayout.h"
#include <numeric>

namespace samba {
#define GEN_PASS_DEF_PLAN
#include "passes/Passes.h.inc"
} // namespace samba

using namespace mlir;
using namespace samba;

namespace {

//===- Buffers: where each tensor of a function lives ---------------------------------------------------===//

/// A stretch of memory that tensors live in, one after another or as channel slices.
struct Storage {
  std::string segment;
  RankedTensorType type;   ///< of the whole
  RankedTensorType stored; ///< the same, or with rows apart
  int64_t offset = 0;      ///< fixed, unless in the arena
  StringAttr name, role;
  int64_t first = -1, last = -1; ///< launches between which it is live
  Value buffer;                  ///< samba.buffer, once built
};

/// A tensor's place: all of a storage, or channels of it.
struct Place {
  Storage *storage = nullptr;
  int64_t channel = -1; ///< -1: all of it

  bool isWhole() const { return channel < 0; }
  /// Whether the storage's rows hold more than the tensor's channels.
  bool isSlice() const { return !isWhole() || storage->stored != storage->type; }
  int64_t firstChannel() const { return std::max<int64_t>(channel, 0); }
};

class ProgramPlanner {
public:
  ProgramPlanner(func::FuncOp func, KernelTable &kernels, const SegmentLayout &parameters,
                 const SegmentLayout &state, int64_t &ioBytes)
      : func(func), kernels(kernels), parameters(parameters), state(state), ioBytes(ioBytes) {}

  ProgramOp run(bool reuse) {
    copyAwkwardSlices();
    copyReturnedArguments();
    number();
    placeArguments();
    chooseResultHomes();
    for (Operation *op : launches)
      placeResults(op);
    finishResults();
    return build(reuse);
  }

private:
  // ---- What comes before: concat operands that cannot be slices get a copy of their own ----

  void copyAwkwardSlices() {
    DenseSet<Value> taken;
    for (Operation &op : llvm::make_early_inc_range(func.front())) {
      auto concat = dyn_cast<ConcatOp>(op);
      if (!concat)
        continue;
      for (OpOperand &part : concat->getOpOperands()) {
        Operation *def = part.get().getDefiningOp();
        bool returned =
            llvm::any_of(part.get().getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); });
        if (def && !isa<ViewOpInterface>(def) && !returned && taken.insert(part.get()).second)
          continue;
        OpBuilder b(concat);
        part.set(CopyOp::create(b, concat.getLoc(), part.get()));
        taken.insert(part.get());
      }
    }
  }

  /// An argument (or channels of one) that is returned elsewhere, such as a state that becomes another, would
  /// be overwritten by its own successor: it is read before any of the final copies.
  void copyReturnedArguments() {
    auto ret = cast<func::ReturnOp>(func.front().getTerminator());
    OpBuilder b(ret);
    for (OpOperand &value : ret->getOpOperands())
      if (isPartOfArgument(value.get()) && !staysHome(value))
        value.set(CopyOp::create(b, value.get().getLoc(), value.get()));
  }

  static bool isPartOfArgument(Value value) {
    while (auto split = value.getDefiningOp<SplitOp>())
      value = split.getX();
    return isa<BlockArgument>(value);
  }

  /// Whether the result is the argument of the same name.
  bool staysHome(OpOperand &result) {
    auto argument = dyn_cast<BlockArgument>(result.get());
    return argument &&
           func.getArgAttrDict(argument.getArgNumber()) == func.getResultAttrDict(result.getOperandNumber());
  }

  /// Launch indices, and for every value the last launch that reads it (through views).
  void number() {
    for (Operation &op : func.front().without_terminator())
      if (!isa<ViewOpInterface>(op)) {
        indexOf[&op] = launches.size();
        launches.push_back(&op);
      }
    end = launches.size();
  }

  int64_t lastUse(Value value) {
    int64_t last = -1;
    for (Operation *user : value.getUsers()) {
      if (auto split = dyn_cast<SplitOp>(user))
        for (Value part : split.getParts())
          last = std::max(last, lastUse(part));
      else if (auto concat = dyn_cast<ConcatOp>(user))
        last = std::max(last, lastUse(concat.getX()));
      else if (isa<func::ReturnOp>(user))
        last = end;
      else
        last = std::max(last, indexOf.lookup(user));
    }
    return last;
  }

  // ---- Arguments and results live in segments ----

  Storage *storage(StringRef segment, Type type, int64_t offset, StringAttr name = {}, StringRef role = "") {
    auto made = std::make_unique<Storage>();
    made->segment = segment.str();
    made->type = made->stored = cast<RankedTensorType>(type);
    bool isOurs = segment == "arena" && made->type.getElementType().isBF16();
    if (isOurs || segment == "params" || segment == "weights" || segment == "grads")
      made->stored = withRowsApart(made->type);
    made->offset = offset;
    made->name = name;
    made->role = role.empty() ? StringAttr() : StringAttr::get(func.getContext(), role);
    return storages.emplace_back(std::move(made)).get();
  }

  Storage *ioStorage(Type type, StringAttr name, StringRef role) {
    Storage *result = storage("io", type, ioBytes, name, role);
    ioBytes += alignBuffer(bytesOf(result->type));
    return result;
  }

  void placeArguments() {
    for (BlockArgument argument : func.getArguments()) {
      DictionaryAttr attrs = func.getArgAttrDict(argument.getArgNumber());
      auto string = [&](StringRef key) { return attrs ? attrs.getAs<StringAttr>(key) : StringAttr(); };
      Type type = argument.getType();
      Storage *home;
      if (StringAttr name = string("samba.param"))
        home = storage("params", type, parameters.at(name).offset, name);
      else if (StringAttr name = string("samba.weight")) // half as many bytes as the f32 it is a copy of
        home = storage("weights", type, parameters.at(name).offset / 2, name);
      else if (StringAttr name = string("samba.grad"))
        home = storage("grads", type, parameters.at(name).offset, name);
      else if (StringAttr name = string("samba.state"))
        home = storage("state", type, state.at(name).offset, name);
      else if (StringAttr segment = string("samba.segment"))
        home = storage(segment, type, attrs.getAs<IntegerAttr>("samba.offset").getInt());
      else {
        StringAttr name = string("samba.input");
        if (!name) // a function of core ops that no spec made
          name = StringAttr::get(func.getContext(), "arg" + std::to_string(argument.getArgNumber()));
        home = ioStorage(type, name, "input");
      }
      places[argument] = {home};
      placeSlices(argument);
    }
  }

  /// Where each returned value must end up: the argument it succeeds, the input of the same name, or an
  /// output of its own.
  void chooseResultHomes() {
    auto ret = cast<func::ReturnOp>(func.front().getTerminator());
    for (auto [index, value] : llvm::enumerate(ret.getOperands())) {
      DictionaryAttr attrs = func.getResultAttrDict(index);
      Storage *home = nullptr;
      for (StringRef key : {"samba.grad", "samba.state"})
        if (auto name = attrs ? attrs.getAs<StringAttr>(key) : StringAttr())
          home = argumentNamed(key, name);
      if (!home && attrs && attrs.contains("samba.segment"))
        home = argumentAt(attrs);
      auto name = attrs ? attrs.getAs<StringAttr>("samba.output") : StringAttr();
      if (!home && name && (home = argumentNamed("samba.input", name)))
        home->role = StringAttr::get(func.getContext(), "input and output");
      if (!home) {
        if (!name)
          name = StringAttr::get(func.getContext(), "result" + std::to_string(index));
        home = ioStorage(value.getType(), name, "output");
      }
      results.push_back({value, home});
    }
  }

  Storage *argumentNamed(StringRef key, StringAttr name) {
    for (unsigned i = 0, n = func.getNumArguments(); i < n; ++i)
      if (func.getArgAttr(i, key) == name)
        return places.lookup(func.getArgument(i)).storage;
    return nullptr;
  }
  Storage *argumentAt(DictionaryAttr attrs) {
    for (unsigned i = 0, n = func.getNumArguments(); i < n; ++i)
      if (func.getArgAttrDict(i) == attrs)
        return places.lookup(func.getArgument(i)).storage;
    return nullptr;
  }

  // ---- Everything else lives in the arena ----

  void placeResults(Operation *op) {
    for (OpResult result : op->getResults())
      places[result] = placeOf(op, result);
    // Views of what is placed now.
    for (OpResult result : op->getResults())
      placeSlices(result);
  }

  Place placeOf(Operation *op, OpResult result) {
    int64_t index = indexOf.lookup(op);
    for (Operation *user : result.getUsers())
      if (auto concat = dyn_cast<ConcatOp>(user)) {
        if (Place place = sliceOf(concat, result); place.storage)
          return place;
      }
    // A returned value goes home at once if the home's old value is not read after this launch.
    for (auto &[value, home] : results)
      if (value == result && homeIsFree(op, result, home, index))
        return {home};
    for (Value operand : op->getOperands())
      if (mayOverwrite(op, result, operand)) {
        Storage *old = places.lookup(operand).storage;
        old->last = std::max(old->last, lastUse(result));
        return {old};
      }
    Storage *fresh = storage("arena", result.getType(), 0);
    fresh->first = index;
    fresh->last = std::max(index, lastUse(result));
    return {fresh};
  }

  /// Channels of the concat's storage, which the first of its slices brings into being.
  Place sliceOf(ConcatOp concat, Value part) {
    auto [entry, isNew] = places.try_emplace(concat.getX());
    if (isNew) {
      Storage *wide = storage("arena", concat.getX().getType(), 0);
      wide->first = end;
      for (Value slice : concat.getParts())
        wide->first = std::min(wide->first, indexOf.lookup(slice.getDefiningOp()));
      wide->last = lastUse(concat.getX());
      for (Value slice : concat.getParts())
        wide->last = std::max(wide->last, lastUse(slice));
      entry->second = {wide};
    }
    int64_t channel = 0;
    for (Value slice : concat.getParts()) {
      if (slice == part)
        break;
      channel += cast<RankedTensorType>(slice.getType()).getShape().back();
    }
    return {places.lookup(concat.getX()).storage, channel};
  }

  void placeSlices(Value value) {
    for (Operation *user : value.getUsers()) {
      if (auto split = dyn_cast<SplitOp>(user)) {
        Place wide = places.lookup(value);
        int64_t channel = wide.firstChannel();
        for (Value part : split.getParts()) {
          places[part] = {wide.storage, channel};
          channel += cast<RankedTensorType>(part.getType()).getShape().back();
          placeSlices(part);
        }
      }
      if (auto concat = dyn_cast<ConcatOp>(user); concat && value == concat.getParts().back())
        placeSlices(concat.getX());
    }
  }

  /// The value that stands in `home` when the function starts, if any.
  Value oldValue(Storage *home) {
    for (BlockArgument argument : func.getArguments())
      if (places.lookup(argument).storage == home)
        return argument;
    return nullptr;
  }

  bool homeIsFree(Operation *op, Value result, Storage *home, int64_t index) {
    if (claimed.contains(home))
      return false;
    Value old = oldValue(home);
    if (old && lastUse(old) >= index &&
        !(lastUse(old) == index && llvm::is_contained(op->getOperands(), old) &&
          allowsOverwrite(op, result, old)))
      return false;
    claimed.insert(home);
    return true;
  }

  /// Whether `result` may take over the arena storage of `operand`, which nobody reads later.
  bool mayOverwrite(Operation *op, OpResult result, Value operand) {
    Place place = places.lookup(operand);
    return place.storage->segment == "arena" && place.isWhole() && place.storage->type == result.getType() &&
           place.storage->last == indexOf.lookup(op) && allowsOverwrite(op, result, operand);
  }

  /// Whether the value hangs on the result of a group's root that lane ops may follow.
  static bool isBehindRoot(Value value) {
    Operation *op = value.getDefiningOp();
    if (op && isa<ElementwiseOpInterface>(op))
      return llvm::any_of(op->getOperands(), isBehindRoot);
    auto root = dyn_cast_or_null<FusionRootOpInterface>(op);
    return root && value == op->getResult(root.epilogueResult());
  }

  /// Whether a group reads `operand` nowhere but where it stores result `number`, an element at a time.
  static bool isReadWhereStored(FusedOp fused, unsigned number, Value operand) {
    auto isBehind = [](OpOperand &use) {
      return isa<ElementwiseOpInterface>(use.getOwner()) && isBehindRoot(use.getOwner()->getResult(0));
    };
    return isBehindRoot(fused.getBody().front().getTerminator()->getOperand(number)) &&
           llvm::all_of(llvm::enumerate(fused.getInputs()), [&](auto input) {
             return input.value() != operand ||
                    llvm::all_of(fused.getBody().getArgument(input.index()).getUses(), isBehind);
           });
  }

  /// Whether the op's kernel works when `result` is written over `operand`.
  static bool allowsOverwrite(Operation *op, Value result, Value operand) {
    unsigned number = cast<OpResult>(result).getResultNumber();
    auto fused = dyn_cast<FusedOp>(op);
    if (fused) { // a group works in place where its root does; one with a marked root, also where others do
      bool readsFirst =
          llvm::any_of(fused.getBody().front(), [](Operation &op) { return op.hasAttr(rootMark); });
      auto inner = dyn_cast<OpResult>(fused.getBody().front().getTerminator()->getOperand(number));
      if (inner && isa<InPlaceOpInterface>(inner.getOwner())) {
        auto input = llvm::find(fused.getInputs(), operand) - fused.getInputs().begin();
        Value argument = fused.getBody().getArgument(input);
        return llvm::count(fused.getInputs(), operand) == 1 && (argument.hasOneUse() || readsFirst) &&
               allowsOverwrite(inner.getOwner(), inner, argument);
      }
    }
    if (auto inPlace = dyn_cast<InPlaceOpInterface>(op)) {
      int64_t allowed = inPlace.inPlaceOperand(number);
      return allowed >= 0 && op->getOperand(allowed) == operand &&
             llvm::count(op->getOperands(), operand) == 1;
    }
    auto isLaneUse = [&](OpOperand &use) {
      return isa<ElementwiseOpInterface>(use.getOwner()) && use.get().getType() == result.getType();
    };
    if (operand.getType() != result.getType())
      return false;
    if (op->getNumResults() != 1)
      return fused && isReadWhereStored(fused, number, operand);
    if (isa<ElementwiseOpInterface>(op))
      return true;
    return fused && llvm::all_of(llvm::enumerate(fused.getInputs()), [&](auto input) {
             return input.value() != operand ||
                    llvm::all_of(fused.getBody().getArgument(input.index()).getUses(), isLaneUse);
           });
  }

  // ---- The program ----

  /// A returned value that could not be computed in its home is copied there at the end.
  void finishResults() {
    OpBuilder b(func.front().getTerminator());
    for (auto &[value, home] : results) {
      Place place = places.lookup(value);
      if (place.storage == home)
        continue;
      Operation *copy = CopyOp::create(b, value.getLoc(), value);
      launches.push_back(copy);
      places[copy->getResult(0)] = {home};
    }
  }

  ProgramOp build(bool reuse) {
    SmallVector<ArenaBuffer> arena;
    SmallVector<Storage *> arenaStorages;
    for (auto &item : storages)
      if (item->segment == "arena") {
        arena.push_back({bytesOf(item->stored), item->first, item->last});
        arenaStorages.push_back(item.get());
      }
    int64_t bytes = assignArena(arena, reuse);
    for (auto [item, buffer] : llvm::zip(arenaStorages, arena))
      item->offset = buffer.offset;

    OpBuilder b(func);
    auto program = ProgramOp::create(b, func.getLoc(), func.getSymName(), bytes);
    b.setInsertionPointToStart(&program.getBody().emplaceBlock());
    for (auto &item : storages) {
      auto type = MemRefType::get(item->stored.getShape(), item->stored.getElementType());
      item->buffer = BufferOp::create(b, func.getLoc(), type, b.getStringAttr(item->segment),
                                      b.getI64IntegerAttr(item->offset), item->name, item->role);
    }
    for (Operation *op : launches)
      launch(b, op);
    return program;
  }

  Value bufferOf(OpBuilder &b, Value value) {
    Place place = places.lookup(value);
    if (!place.isSlice())
      return place.storage->buffer;
    Value &slice = slices[value];
    if (!slice) {
      int64_t width = cast<RankedTensorType>(value.getType()).getShape().back();
      int64_t channel = place.firstChannel();
      auto type = SliceOp::typeOf(cast<MemRefType>(place.storage->buffer.getType()), channel, width);
      slice = SliceOp::create(b, value.getLoc(), type, place.storage->buffer, b.getI64IntegerAttr(channel));
    }
    return slice;
  }

  static int64_t rowStride(const Place &place) {
    ArrayRef<int64_t> shape = place.storage->stored.getShape();
    return shape.empty() ? 1 : shape.back();
  }

  /// Bytes that divide the address of a value, up to 16: buffers are aligned to more.
  static int64_t alignment(const Place &place, Value value) {
    int64_t bytes = place.firstChannel() * elementBytes(getElementTypeOrSelf(value.getType()));
    return std::gcd<int64_t>(bytes, 16);
  }

  void launch(OpBuilder &b, Operation *op) {
    SmallVector<Value> inputs, outputs;
    SmallVector<int64_t> strides, alignments;
    auto describe = [&](Value value) {
      strides.push_back(rowStride(places.lookup(value)));
      alignments.push_back(alignment(places.lookup(value), value));
    };
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      if (isa<FusedOp>(op) || !llvm::is_contained(operands, operand))
        operands.push_back(operand);
    for (Value operand : operands) {
      inputs.push_back(bufferOf(b, operand));
      describe(operand);
    }
    for (Value result : op->getResults()) {
      outputs.push_back(bufferOf(b, result));
      describe(result);
    }
    KernelOp kernel = kernels.kernelFor(op, strides, alignments);
    LaunchOp::create(b, KernelTable::rootOf(op)->getLoc(), kernel.getSymName(), inputs, outputs);
  }

  func::FuncOp func;
  KernelTable &kernels;
  const SegmentLayout &parameters, &state;
  int64_t &ioBytes;
  SmallVector<Operation *> launches;
  int64_t end = 0;
  DenseMap<Operation *, int64_t> indexOf;
  std::vector<std::unique_ptr<Storage>> storages;
  DenseMap<Value, Place> places;
  DenseMap<Value, Value> slices;
  SmallVector<std::pair<Value, Storage *>> results;
  llvm::SmallPtrSet<Storage *, 8> claimed;
};

struct PlanPass : public samba::impl::PlanBase<PlanPass> {
  using PlanBase::PlanBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SegmentLayout parameters = SegmentLayout::parameters(module), state = SegmentLayout::state(module);
    KernelTable kernels(module);
    int64_t ioBytes = 0;
    bool trains = module.lookupSymbol<func::FuncOp>("train") || module.lookupSymbol<func::FuncOp>("update");
    for (auto func : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (func.isExternal())
        continue;
      ProgramPlanner(func, kernels, parameters, state, ioBytes).run(reuse);
      func.erase();
    }
    OpBuilder b(&getContext());
    NamedAttrList segments;
    auto set = [&](StringRef name, int64_t bytes) { segments.set(name, b.getI64IntegerAttr(bytes)); };
    set("params", parameters.bytes);
    for (StringRef name : {"grads", "moment1", "moment2"})
      set(name, trains ? parameters.bytes : 0);
    set("weights", module.lookupSymbol<ProgramOp>("sync_weights") ? parameters.bytes / 2 : 0);
    set("state", state.bytes);
    set("io", ioBytes);
    module->setAttr("samba.segments", segments.getDictionary(&getContext()));
    module->setAttr("samba.parameters", parameters.toAttribute(&getContext()));
    module->setAttr("samba.state_table", state.toAttribute(&getContext()));
  }
};

} // namespace
