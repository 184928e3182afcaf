//===- Retention.cpp - The retention layer --------------------------------------------------------------===//
//
//   q, k, v = x W_q, x W_k, x W_v;   q, k turned by their position;   a = 1 - 2^(-5 - head)
//   S_t = a S_{t-1} + k_t v_t^T;   o_t = S_t^T q_t / sqrt(key_dim);   out as in DecayHeads
//
// Sun et al. 2023, without the scales of xPos; parameter names are flash-linear-attention's.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/DecayHeads.h"
#include "dialect/layers/SpecAttributes.h"
#include <cmath>

using namespace mlir;
using namespace samba;

static DecayHeads headsOf(RetentionOp op, int64_t dModel) { return DecayHeads::of(op, dModel, 2 * dModel); }

LogicalResult RetentionOp::verify() {
  int64_t dModel = integerOr((*this)->getParentOfType<ModelOp>().getDModelAttr(), 0);
  if (failed(checkKnown(*this)) || failed(DecayHeads::verify(*this, dModel, 2 * dModel)) ||
      failed(checkPositiveNumber(*this, "rope_theta", "none")))
    return failure();
  if (int64_t key = headsOf(*this, dModel).key; key % 2 && !isWord(getRopeThetaAttr(), "none"))
    return emitOpError("expected an even key_dim (d_model / n_heads if absent) to turn by position, got ")
           << key << "; choose n_heads or key_dim to fit, or rope_theta = \"none\"";
  return success();
}

SmallVector<ParameterSpec> RetentionOp::parameters(const ModelConfig &model) {
  return headsOf(*this, model.dModel).parameters(model);
}

SmallVector<StateSpec> RetentionOp::state(const ModelConfig &model) {
  return headsOf(*this, model.dModel).state(model);
}

void RetentionOp::decompose(OpBuilder &b, const ModelConfig &model, const LayerInputs &in,
                            LayerOutputs &out) {
  DecayHeads heads = headsOf(*this, model.dModel);
  DecayHeads::Projected x = heads.project(b, in);
  if (!isWord(getRopeThetaAttr(), "none")) {
    FloatAttr theta = b.getF64FloatAttr(numberOr(getRopeThetaAttr(), 10000));
    auto turn = [&](Value value) -> Value {
      return RotaryOp::create(b, in.loc, value, in.position, b.getI64IntegerAttr(heads.key), theta,
                              UnitAttr());
    };
    x.q = turn(x.q), x.k = turn(x.k);
  }
  SmallVector<double> logDecays;
  for (int64_t head = 0; head < heads.count; ++head)
    logDecays.push_back(std::log1p(-std::exp2(-5 - double(head))));
  heads.finish(b, model, in, x, Value(), b.getDenseF64ArrayAttr(logDecays), out);
}
