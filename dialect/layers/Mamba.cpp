//===- Mamba.cpp - The Mamba layer ----------------------------------------------------------------------===//
//
//   [h | z] = x W_in;  u = silu(conv(h) + b_conv);  [r | B | C] = u W_x;  dt = softplus(r W_dt + b_dt)
//   y = selective_scan(u, dt, -exp(A_log), B, C, D);  out = (y * silu(z)) W_out
//
// Samba paper, section 2.1; parameter names are mamba-ssm's.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/SpecAttributes.h"
#include <cmath>

using namespace mlir;
using namespace samba;

namespace {
struct Sizes {
  int64_t dInner, dState, dConv, dtRank;
};
} // namespace

static Sizes sizesOf(MambaOp op, const ModelConfig &model) {
  return {integerOr(op.getExpandAttr(), 2) * model.dModel, integerOr(op.getDStateAttr(), 16),
          integerOr(op.getDConvAttr(), 4), integerOr(op.getDtRankAttr(), (model.dModel + 15) / 16)};
}

LogicalResult MambaOp::verify() {
  return success(succeeded(checkKnown(*this)) && succeeded(checkInteger(*this, "d_state", 1, 256)) &&
                 succeeded(checkInteger(*this, "d_conv", 2, 16)) &&
                 succeeded(checkInteger(*this, "expand", 1, 16)) &&
                 succeeded(checkInteger(*this, "dt_rank", 1, 1 << 16, "auto")));
}

SmallVector<ParameterSpec> MambaOp::parameters(const ModelConfig &model) {
  auto [dInner, dState, dConv, dtRank] = sizesOf(*this, model);
  return {
      {"mixer.in_proj.weight", {2 * dInner, model.dModel}, model.linear(model.dModel)},
      {"mixer.conv1d.weight", {dInner, dConv}, Initializer::linear(dConv)},
      {"mixer.conv1d.bias", {dInner}, Initializer::linear(dConv)},
      {"mixer.x_proj.weight", {dtRank + 2 * dState, dInner}, model.linear(dInner)},
      {"mixer.dt_proj.weight", {dInner, dtRank}, model.linear(dtRank)},
      {"mixer.dt_proj.bias", {dInner}, Initializer::inverseSoftplusLogUniform(0.001, 0.1, 1e-4)},
      {"mixer.A_log", {dInner, dState}, Initializer::logRange()},
      {"mixer.D", {dInner}, Initializer::constant(1)},
      {"mixer.out_proj.weight", {model.dModel, dInner}, model.output(dInner)},
  };
}

SmallVector<StateSpec> MambaOp::state(const ModelConfig &model) {
  auto [dInner, dState, dConv, dtRank] = sizesOf(*this, model);
  return {{"conv", {model.batch, dConv - 1, dInner}}, {"ssm", {model.batch, dInner, dState}}};
}

bool MambaOp::keepsDocumentsApart() { return true; }

void MambaOp::decompose(OpBuilder &b, const ModelConfig &model, const LayerInputs &in, LayerOutputs &out) {
  auto [dInner, dState, dConv, dtRank] = sizesOf(*this, model);
  Value wIn = in.parameters[0], wConv = in.parameters[1], bConv = in.parameters[2], wX = in.parameters[3],
        wDt = in.parameters[4], bDt = in.parameters[5], aLog = in.parameters[6], d = in.parameters[7],
        wOut = in.parameters[8];
  bool stateful = !in.state.empty();

  Value xz = LinearOp::create(b, in.loc, in.x, wIn); // [B, T, 2 d_inner]
  auto xAndZ = SplitOp::create(b, in.loc, xz, ArrayRef<int64_t>{dInner, dInner});
  Value h = xAndZ.getResult(0), z = xAndZ.getResult(1); // [B, T, d_inner]
  Value conv = CausalConvOp::create(b, in.loc, h, wConv, stateful ? in.state[0] : Value(), in.documents);
  Value u = SiluOp::create(b, in.loc, AddOp::create(b, in.loc, conv, bConv)); // [B, T, d_inner]

  Value projected = LinearOp::create(b, in.loc, u, wX); // [B, T, dt_rank + 2 d_state]
  auto parts = SplitOp::create(b, in.loc, projected, ArrayRef<int64_t>{dtRank, dState, dState});
  Value rank = parts.getResult(0), B = parts.getResult(1), C = parts.getResult(2);
  Value dt = LinearOp::create(b, in.loc, rank, wDt); // [B, T, d_inner]
  dt = SoftplusOp::create(b, in.loc, AddOp::create(b, in.loc, dt, bDt));
  Value A = NegOp::create(b, in.loc, ExpOp::create(b, in.loc, aLog)); // [d_inner, d_state]

  Value y; // [B, T, d_inner]
  if (stateful) {
    auto scan = SelectiveScanStepOp::create(b, in.loc, u, dt, A, B, C, d, in.state[1]);
    y = scan.getY();
    out.state = {ConvStateOp::create(b, in.loc, h, in.state[0]), scan.getNext()};
  } else {
    y = SelectiveScanOp::create(b, in.loc, u, dt, A, B, C, d, Value(), in.documents, model.checkpoint).getY();
  }
  Value gated = MulOp::create(b, in.loc, y, SiluOp::create(b, in.loc, z));
  out.y = LinearOp::create(b, in.loc, gated, wOut); // [B, T, d_model]
}
