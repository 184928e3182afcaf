//===- KernelGroup.cpp - what a samba.kernel's root and its fused ops mean to an emitter ----------------===//
#include "codegen/KernelGroup.h"
#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba {

int64_t kernelChannelsOf(Value tensor) { return shapeOf(tensor).empty() ? 1 : shapeOf(tensor).back(); }

int64_t kernelRowsOf(Value tensor) { return elementsOf(tensor) / kernelChannelsOf(tensor); }

std::optional<unsigned> argumentOf(KernelOp kernel, Value tensor) {
  if (auto input = dyn_cast<BlockArgument>(tensor))
    return input.getArgNumber();
  OperandRange outputs = kernel.outputs();
  for (auto [i, output] : llvm::enumerate(outputs))
    if (output == tensor)
      return kernel.getBody().getNumArguments() + i;
  return std::nullopt;
}

BufferOp bufferOf(Value argument) {
  if (auto slice = argument.getDefiningOp<SliceOp>())
    argument = slice.getWide();
  return argument.getDefiningOp<BufferOp>();
}

bool isGiven(KernelOp kernel, Value input) {
  unsigned argument = cast<BlockArgument>(input).getArgNumber();
  for (ProgramOp program : kernel->getParentOfType<ModuleOp>().getOps<ProgramOp>()) {
    llvm::SmallPtrSet<Operation *, 16> written;
    for (LaunchOp launch : program.getOps<LaunchOp>()) {
      if (launch.getKernel() == kernel.getSymName()) {
        BufferOp buffer = bufferOf(launch.getInputs()[argument]);
        if (buffer.getSegment() == "arena" || written.contains(buffer))
          return false;
      }
      for (Value output : launch.getOutputs())
        written.insert(bufferOf(output));
    }
  }
  return true;
}

bool isPlainOutputOf(KernelOp kernel, Value result) {
  Operation *root = result.getDefiningOp();
  return result.hasOneUse() && isa<YieldOp>(*result.user_begin()) &&
         llvm::all_of(kernel.outputs(), [&](Value output) { return output.getDefiningOp() == root; });
}

/// The root's results that an output hangs on: none for element-wise ops on inputs alone.
static llvm::SmallPtrSet<Value, 2> rootResultsOf(Value output) {
  llvm::SmallPtrSet<Value, 2> found;
  SmallVector<Value> pending{output};
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    if (isa<BlockArgument>(value))
      continue;
    if (isa<ElementwiseOpInterface>(value.getDefiningOp()))
      llvm::append_range(pending, value.getDefiningOp()->getOperands());
    else
      found.insert(value);
  }
  return found;
}

/// Whether outputs that hang on no result of the root are stored along with `result`.
static bool isEpilogueResult(Value result) {
  auto root = dyn_cast<FusionRootOpInterface>(result.getDefiningOp());
  return cast<OpResult>(result).getResultNumber() == (root ? root.epilogueResult() : 0);
}

SmallVector<unsigned> outputsBehind(KernelOp kernel, Value result) {
  SmallVector<unsigned> found;
  for (auto [i, output] : llvm::enumerate(kernel.outputs())) {
    llvm::SmallPtrSet<Value, 2> roots = rootResultsOf(output);
    if (roots.contains(result) || (roots.empty() && isEpilogueResult(result)))
      found.push_back(i);
  }
  return found;
}

} // namespace samba
