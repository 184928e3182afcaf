//===- SegmentLayout.cpp - Where parameters and states lie in their segments ----------------------------===//
#include "passes/SegmentLayout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace samba;

int64_t samba::bytesOf(ShapedType type) {
  return type.getNumElements() * elementBytes(type.getElementType());
}

RankedTensorType samba::withRowsApart(RankedTensorType type) {
  constexpr int64_t longRow = 64, together = 8; // elements
  if (type.getRank() < 2 || type.getShape().back() < longRow)
    return type;
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = llvm::alignTo(shape.back(), together);
  return type.clone(shape);
}

/// The arguments of all functions that carry `mark`, once per name.
static SegmentLayout collect(ModuleOp module, StringRef mark) {
  SegmentLayout layout;
  for (auto func : module.getOps<func::FuncOp>())
    for (BlockArgument argument : func.getArguments()) {
      unsigned index = argument.getArgNumber();
      auto name = func.getArgAttrOfType<StringAttr>(index, mark);
      if (!name || !layout.byName.try_emplace(name.getValue(), layout.placements.size()).second)
        continue;
      auto decay = func.getArgAttrOfType<BoolAttr>(index, "samba.decay");
      layout.placements.push_back({name.str(), cast<RankedTensorType>(argument.getType()),
                                   func.getArgAttrOfType<DictionaryAttr>(index, "samba.init"),
                                   decay && decay.getValue()});
    }
  return layout;
}

static void place(SegmentLayout &layout, function_ref<int64_t(RankedTensorType)> bytes) {
  for (auto [index, placement] : llvm::enumerate(layout.placements)) {
    layout.byName[placement.name] = index;
    placement.offset = layout.bytes;
    layout.bytes += alignBuffer(bytes(placement.type));
    if (placement.decay)
      layout.decayBytes = layout.bytes;
  }
}

SegmentLayout SegmentLayout::parameters(ModuleOp module) {
  SegmentLayout layout = collect(module, "samba.param");
  llvm::sort(layout.placements, [&](const Placement &a, const Placement &b) {
    return a.decay != b.decay ? a.decay : layout.byName.lookup(a.name) < layout.byName.lookup(b.name);
  });
  place(layout, [](RankedTensorType type) { return bytesOf(withRowsApart(type)); });
  return layout;
}

SegmentLayout SegmentLayout::state(ModuleOp module) {
  SegmentLayout layout = collect(module, "samba.state");
  place(layout, bytesOf);
  return layout;
}

ArrayAttr SegmentLayout::toAttribute(MLIRContext *context) const {
  Builder b(context);
  return b.getArrayAttr(llvm::map_to_vector(placements, [&](const Placement &placement) -> Attribute {
    NamedAttrList entry;
    entry.set("name", b.getStringAttr(placement.name));
    entry.set("type", TypeAttr::get(placement.type));
    entry.set("offset", b.getI64IntegerAttr(placement.offset));
    if (placement.init) {
      entry.set("init", placement.init);
      entry.set("decay", b.getBoolAttr(placement.decay));
      if (RankedTensorType stored = withRowsApart(placement.type); stored != placement.type)
        entry.set("row_stride", b.getI64IntegerAttr(stored.getShape().back()));
    }
    return entry.getDictionary(context);
  }));
}
