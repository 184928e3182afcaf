//===- KernelTable.cpp - The kernels of a module, one per distinct group --------------------------------===//
#include "passes/KernelTable.h"
#include "codegen/SharedLaunch.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace samba;

KernelOp KernelTable::kernelFor(Operation *op, ArrayRef<int64_t> rowStrides, ArrayRef<int64_t> alignments) {
  OpBuilder b(module.getContext());
  b.setInsertionPointToEnd(module.getBody());
  Operation *named = rootOf(op);
  auto kernel =
      KernelOp::create(b, named->getLoc(), "", rowStrides, DenseI64ArrayAttr(), IntegerAttr(), IntegerAttr());
  if (llvm::any_of(alignments, [](int64_t bytes) { return bytes < 16; }))
    kernel.setAlignments(alignments);
  Block &body = kernel.getBody().emplaceBlock();
  b.setInsertionPointToStart(&body);
  IRMapping mapping;
  if (auto fused = dyn_cast<FusedOp>(op)) {
    Block &group = fused.getBody().front();
    for (BlockArgument argument : group.getArguments())
      mapping.map(argument, body.addArgument(argument.getType(), argument.getLoc()));
    for (Operation &inner : group)
      b.clone(inner, mapping);
  } else {
    for (Value operand : op->getOperands())
      if (!mapping.contains(operand))
        mapping.map(operand, body.addArgument(operand.getType(), operand.getLoc()));
    YieldOp::create(b, op->getLoc(), b.clone(*op, mapping)->getResults());
  }
  return unique(kernel, named->getName().stripDialect());
}

Operation *KernelTable::rootOf(Operation *op) {
  auto fused = dyn_cast<FusedOp>(op);
  if (!fused)
    return op;
  auto ops = fused.getBody().front().without_terminator();
  for (Operation &inner : ops)
    if (inner.hasAttr(rootMark))
      return &inner;
  for (Operation &inner : ops)
    if (!isa<ElementwiseOpInterface>(inner))
      return &inner;
  return &fused.getBody().front().front();
}

KernelOp KernelTable::unique(KernelOp kernel, StringRef name) {
  std::string key;
  llvm::raw_string_ostream os(key);
  kernel->print(os, OpPrintingFlags().useLocalScope().assumeVerified());
  auto [entry, isNew] = kernels.try_emplace(key, kernel);
  if (!isNew) {
    kernel.erase();
    return entry->second;
  }
  kernel.setSymName((name + "_" + Twine(counts[name]++)).str());
  return kernel;
}
