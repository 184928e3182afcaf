//===- Join.cpp - Two ops that read the same become one -------------------------------------------------===//
#include "passes/Passes.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace samba {
#define GEN_PASS_DEF_JOIN
#include "passes/Passes.h.inc"
} // namespace samba

using namespace mlir;
using namespace samba;

namespace {

struct JoinPass : public samba::impl::JoinBase<JoinPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    SmallVector<TwinOpInterface> twins(getOperation().getOps<TwinOpInterface>());
    for (TwinOpInterface twin : twins)
      join(twin);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(getOperation().front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

private:
  /// With the first later op that `first` goes together with. It moves up to where `first` reads the same.
  static void join(TwinOpInterface first) {
    OpBuilder b(first);
    for (Operation *second : first->getOperand(0).getUsers()) {
      if (second->getBlock() != first->getBlock() || !first->isBeforeInBlock(second))
        continue;
      Operation *both = first.joinWith(b, second);
      if (!both)
        continue;
      unsigned count = first->getNumResults();
      first->replaceAllUsesWith(both->getResults().take_front(count));
      second->replaceAllUsesWith(both->getResults().slice(count, second->getNumResults()));
      return;
    }
  }
};

} // namespace
