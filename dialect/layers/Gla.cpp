//===- Gla.cpp - The gated linear attention layer -------------------------------------------------------===//
//
//   q, k, v = x W_q, x W_k, x W_v;   log a = log(sigmoid(x W_1 W_2 + b)) / 16
//   S_t = diag(a_t) S_{t-1} + k_t v_t^T;   o_t = S_t^T q_t / sqrt(key_dim);   out as in DecayHeads
//
// Yang et al. 2024; parameter names are flash-linear-attention's.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/DecayHeads.h"
#include "dialect/layers/SpecAttributes.h"

using namespace mlir;
using namespace samba;

static DecayHeads headsOf(GlaOp op, int64_t dModel) { return DecayHeads::of(op, dModel / 2, dModel); }
static int64_t rankOf(GlaOp op) { return integerOr(op.getGateRankAttr(), 16); }

LogicalResult GlaOp::verify() {
  int64_t dModel = integerOr((*this)->getParentOfType<ModelOp>().getDModelAttr(), 0);
  return success(succeeded(checkKnown(*this)) && succeeded(DecayHeads::verify(*this, dModel / 2, dModel)) &&
                 succeeded(checkInteger(*this, "gate_rank", 1, 1 << 16)) &&
                 succeeded(checkPositiveNumber(*this, "gate_logit_normalizer")));
}

SmallVector<ParameterSpec> GlaOp::parameters(const ModelConfig &model) {
  DecayHeads heads = headsOf(*this, model.dModel);
  int64_t rank = rankOf(*this);
  SmallVector<ParameterSpec> all = heads.parameters(model);
  all.push_back(
      {"mixer.gk_proj.0.weight", {rank, model.dModel}, DecayHeads::matrix(model, rank, model.dModel)});
  all.push_back(
      {"mixer.gk_proj.1.weight", {heads.keys(), rank}, DecayHeads::matrix(model, heads.keys(), rank)});
  all.push_back({"mixer.gk_proj.1.bias", {heads.keys()}, Initializer::constant(0)});
  return all;
}

SmallVector<StateSpec> GlaOp::state(const ModelConfig &model) {
  return headsOf(*this, model.dModel).state(model);
}

void GlaOp::decompose(OpBuilder &b, const ModelConfig &model, const LayerInputs &in, LayerOutputs &out) {
  DecayHeads heads = headsOf(*this, model.dModel);
  ArrayRef<Value> gate = ArrayRef(in.parameters).take_back(3);
  Value low = LinearOp::create(b, in.loc, in.x, gate[0]); // [B, T, gate_rank]
  Value logit =
      AddOp::create(b, in.loc, LinearOp::create(b, in.loc, low, gate[1]), gate[2]); // [B, T, n_heads key]
  // log(sigmoid(z)) / c = softplus(-z) (-1 / c)
  auto perChannel = RankedTensorType::get({heads.keys()}, b.getF32Type());
  Value factor = FillOp::create(b, in.loc, perChannel,
                                b.getF64FloatAttr(-1 / numberOr(getGateLogitNormalizerAttr(), 16)));
  Value g = MulOp::create(b, in.loc, SoftplusOp::create(b, in.loc, NegOp::create(b, in.loc, logit)), factor);
  heads.finish(b, model, in, heads.project(b, in), g, DenseF64ArrayAttr(), out);
}
