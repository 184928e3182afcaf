//===- Plan.cpp - Kernels, buffers, launches and programs -----------------------------------------------===//
#include "dialect/Samba.h"
#include <limits>
#include <map>

using namespace mlir;
using namespace samba;

//===- samba.kernel: samba.kernel @name(%x: type, ...) attributes {...} { ... samba.yield ... } ---------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  return failure(parser.parseSymbolName(name, "sym_name", result.attributes) ||
                 parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) ||
                 parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*result.addRegion(), arguments));
}

void KernelOp::print(OpAsmPrinter &p) {
  p << ' ';
  p.printSymbolName(getSymName());
  p << '(';
  llvm::interleaveComma(getBody().getArguments(), p,
                        [&](BlockArgument argument) { p.printRegionArgument(argument); });
  p << ')';
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name"});
  p << ' ';
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

OperandRange KernelOp::outputs() { return cast<YieldOp>(getBody().front().getTerminator()).getValues(); }

SmallVector<Type> KernelOp::argumentTypes() {
  SmallVector<Type> types(getBody().getArgumentTypes());
  llvm::append_range(types, outputs().getTypes());
  return types;
}

LogicalResult KernelOp::verify() {
  if (!isa<YieldOp>(getBody().front().getTerminator()))
    return emitOpError("expected its body to end with 'samba.yield'");
  SmallVector<Type> types = argumentTypes();
  if (getRowStrides().size() != types.size())
    return emitOpError("attribute 'row_strides' expected one stride for each of ")
           << types.size() << " arguments, got " << getRowStrides().size();
  for (auto [index, pair] : llvm::enumerate(llvm::zip(types, getRowStrides()))) {
    auto [type, stride] = pair;
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return emitOpError("argument ") << index << " expected a tensor of static shape, got " << type;
    int64_t width = tensor.getRank() ? tensor.getShape().back() : 1;
    if (stride < width)
      return emitOpError("attribute 'row_strides' of argument ")
             << index << " expected at least its " << width << " channels, got " << stride;
  }
  return success();
}

//===- samba.buffer and samba.slice ---------------------------------------------------------------------===//

int64_t BufferOp::bytes() {
  auto type = cast<MemRefType>(getBuffer().getType());
  return type.getNumElements() * (type.getElementTypeBitWidth() / 8);
}

LogicalResult BufferOp::verify() {
  static constexpr StringLiteral segments[] = {"params",  "grads", "moment1", "moment2",
                                               "weights", "state", "io",      "arena"};
  auto type = cast<MemRefType>(getBuffer().getType());
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return emitOpError("expected a dense memref of static shape, got ") << type;
  if (!llvm::is_contained(segments, getSegment()))
    return emitOpError("expected one of the segments params, grads, moment1, moment2, weights, state, io, "
                       "arena, got '")
           << getSegment() << "'";
  if (int64_t(getOffset()) < 0 || getOffset() % 4)
    return emitOpError("expected an offset that is a multiple of 4, got ") << int64_t(getOffset());
  return success();
}

MemRefType SliceOp::typeOf(MemRefType wide, int64_t channel, int64_t width) {
  auto [strides, offset] = wide.getStridesAndOffset();
  SmallVector<int64_t> shape(wide.getShape());
  shape.back() = width;
  return MemRefType::get(shape, wide.getElementType(),
                         StridedLayoutAttr::get(wide.getContext(), offset + channel, strides));
}

LogicalResult SliceOp::verify() {
  auto wide = cast<MemRefType>(getWide().getType()), slice = cast<MemRefType>(getSlice().getType());
  if (!getWide().getDefiningOp<BufferOp>())
    return emitOpError("expected channels of a 'samba.buffer'");
  if (!wide.getRank() || wide.getRank() != slice.getRank())
    return emitOpError("expected ranks that are equal and at least 1, got ") << wide << " and " << slice;
  int64_t channel = getChannel(), channels = wide.getShape().back(), width = slice.getShape().back();
  if (channel < 0 || channel + width > channels)
    return emitOpError("expected channels within [0, ")
           << channels << "), got [" << channel << ", " << channel + width << ")";
  if (MemRefType expected = typeOf(wide, channel, width); expected != slice)
    return emitOpError("expected type ") << expected << ", got " << slice;
  return success();
}

//===- samba.program: the proof that no two live buffers overlap ----------------------------------------===//

namespace {
/// A buffer's bytes in the arena and the launches between which it holds something.
struct LiveRange {
  BufferOp buffer;
  int64_t begin, end, first, last;
};
} // namespace

static LogicalResult verifyDisjoint(MutableArrayRef<LiveRange> ranges) {
  // In order of their first launch; `live` holds those not yet dead, by first byte.
  llvm::sort(ranges, [](const LiveRange &a, const LiveRange &b) { return a.first < b.first; });
  std::map<int64_t, LiveRange *> live;
  for (LiveRange &range : ranges) {
    for (auto entry = live.begin(); entry != live.end();)
      entry = entry->second->last < range.first ? live.erase(entry) : std::next(entry);
    auto after = live.lower_bound(range.begin);
    LiveRange *clash = nullptr;
    if (after != live.end() && after->second->begin < range.end)
      clash = after->second;
    if (after != live.begin() && std::prev(after)->second->end > range.begin)
      clash = std::prev(after)->second;
    if (clash) {
      InFlightDiagnostic diag = range.buffer.emitOpError("overlaps a live buffer: bytes [")
                                << range.begin << ", " << range.end << ") are live in launches ["
                                << range.first << ", " << range.last << "]";
      diag.attachNote(clash->buffer.getLoc())
          << "bytes [" << clash->begin << ", " << clash->end << ") are live in launches [" << clash->first
          << ", " << clash->last << "]";
      return diag;
    }
    live[range.begin] = &range;
  }
  return success();
}

LogicalResult ProgramOp::verifyRegions() {
  for (Operation &op : getBody().front())
    if (!isa<BufferOp, SliceOp, LaunchOp>(op))
      return op.emitError("'") << op.getName()
                               << "' is not a plan op: 'samba.program' holds buffers, slices and launches";
  DenseMap<Operation *, int64_t> launchIndex;
  for (LaunchOp launch : getBody().getOps<LaunchOp>())
    launchIndex.try_emplace(launch, int64_t(launchIndex.size()));

  std::vector<LiveRange> ranges;
  for (BufferOp buffer : getBody().getOps<BufferOp>()) {
    if (buffer.getSegment() != "arena")
      continue;
    LiveRange range{buffer, int64_t(buffer.getOffset()), int64_t(buffer.getOffset()) + buffer.bytes(),
                    std::numeric_limits<int64_t>::max(), -1};
    if (range.end > int64_t(getArenaBytes()))
      return buffer.emitOpError("ends at byte ") << range.end << " of an arena of " << getArenaBytes();
    auto extend = [&](Operation *user) {
      range.first = std::min(range.first, launchIndex.at(user));
      range.last = std::max(range.last, launchIndex.at(user));
    };
    for (Operation *user : buffer->getUsers()) {
      if (auto slice = dyn_cast<SliceOp>(user))
        llvm::for_each(slice->getUsers(), extend);
      else
        extend(user);
    }
    if (range.last >= 0)
      ranges.push_back(range);
  }
  return verifyDisjoint(ranges);
}

//===- samba.launch -------------------------------------------------------------------------------------===//

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto module = (*this)->getParentOfType<ModuleOp>();
  auto kernel = symbols.lookupSymbolIn<KernelOp>(module, getKernelAttr());
  if (!kernel)
    return emitOpError("names kernel '") << getKernel() << "', which the module does not hold";
  SmallVector<Type> types = kernel.argumentTypes();
  if (getNumOperands() != types.size())
    return emitOpError("expected ") << types.size() << " buffers for kernel '" << getKernel() << "', got "
                                    << getNumOperands();
  for (auto [index, pair] : llvm::enumerate(llvm::zip(getOperands(), types))) {
    auto memref = cast<MemRefType>(std::get<0>(pair).getType());
    auto tensor = cast<RankedTensorType>(std::get<1>(pair));
    if (memref.getShape() != tensor.getShape() || memref.getElementType() != tensor.getElementType())
      return (emitOpError("buffer ") << index << " expected the shape of " << tensor << ", got " << memref)
                 .attachNote(kernel.getLoc())
             << "the kernel is here";
  }
  return success();
}
