//===- ActivationStorage.cpp - Functions of core ops as a model of mixed precision would call them ------===//
#include "test/oracle/ActivationStorage.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/oracle/Semantics.h"

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

static bool isActivation(BlockArgument argument) {
  auto type = cast<RankedTensorType>(argument.getType());
  return type.getElementType().isF32() && type.getRank() >= 3 &&
         llvm::none_of(argument.getUses(), [](OpOperand &use) {
           const Rule *rule = semantics().find(use.getOwner()->getName().getStringRef());
           return rule && llvm::is_contained(rule->exact, use.getOperandNumber());
         });
}

void samba::oracle::storeActivationsAsBf16(ModuleOp functions) {
  Builder b(functions.getContext());
  for (auto func : functions.getOps<func::FuncOp>()) {
    for (BlockArgument argument : func.getArguments())
      if (isActivation(argument))
        argument.setType(cast<RankedTensorType>(argument.getType()).clone(b.getBF16Type()));
    func.setFunctionType(
        b.getFunctionType(func.front().getArgumentTypes(), func.getFunctionType().getResults()));
  }
}
