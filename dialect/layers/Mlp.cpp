//===- Mlp.cpp - The SwiGLU feed-forward layer ----------------------------------------------------------===//
//
//   out = (silu(x W_gate) * (x W_up)) W_down                                    (Shazeer 2020, no biases)
//
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/SpecAttributes.h"

using namespace mlir;
using namespace samba;

LogicalResult MlpOp::verify() {
  return success(succeeded(checkKnown(*this)) && succeeded(checkPresent(*this, "d_ff", "d_ff = 4096")) &&
                 succeeded(checkInteger(*this, "d_ff", 1, 1 << 24)));
}

SmallVector<ParameterSpec> MlpOp::parameters(const ModelConfig &model) {
  int64_t dFf = integerOr(getDFfAttr(), 0);
  return {
      {"mlp.gate_proj.weight", {dFf, model.dModel}, model.linear(model.dModel)},
      {"mlp.up_proj.weight", {dFf, model.dModel}, model.linear(model.dModel)},
      {"mlp.down_proj.weight", {model.dModel, dFf}, model.output(dFf)},
  };
}

SmallVector<StateSpec> MlpOp::state(const ModelConfig &) { return {}; }

void MlpOp::decompose(OpBuilder &b, const ModelConfig &, const LayerInputs &in, LayerOutputs &out) {
  Value gate = LinearOp::create(b, in.loc, in.x, in.parameters[0]); // [B, T, d_ff]
  Value up = LinearOp::create(b, in.loc, in.x, in.parameters[1]);   // [B, T, d_ff]
  Value hidden = MulOp::create(b, in.loc, SiluOp::create(b, in.loc, gate), up);
  out.y = LinearOp::create(b, in.loc, hidden, in.parameters[2]); // [B, T, d_model]
}
