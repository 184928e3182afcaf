//===- Recurrence.cpp - attention with decay as one recurrence, read in four ways -----------------------===//
#include "codegen/kernels/Recurrence.h"

using namespace mlir;

namespace samba {

Recurrence Recurrence::of(Value out) {
  constexpr bool rows = true, lanes = false, forward = false, backward = true;
  Operation *op = out.getDefiningOp();
  if (auto o = dyn_cast<DecayAttentionOp>(op))
    return {o, o.getK(), o.getV(), o.getQ(), out, rows, forward};
  if (auto step = dyn_cast<DecayAttentionStepOp>(op)) {
    Recurrence r(step, step.getK(), step.getV(), step.getQ(), out, rows, forward);
    r.before = step.getState(), r.after = step.getNext();
    return r;
  }
  auto grad = cast<DecayAttentionGradOp>(op);
  if (out == grad.getDv())
    return {grad, grad.getQ(), grad.getDO(), grad.getK(), out, rows, backward};
  if (out == grad.getDq())
    return {grad, grad.getV(), grad.getK(), grad.getDO(), out, lanes, forward};
  return {grad, grad.getDO(), grad.getQ(), grad.getV(), out, lanes, backward};
}

} // namespace samba
