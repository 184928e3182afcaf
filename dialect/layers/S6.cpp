//===- S6.cpp - The selective state space that layers are built around
//-----------------------------------===//
//
// Samba paper, section 2.1; parameter names are mamba-ssm's.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/layers/S6.h"
#include "dialect/Samba.h"
#include "dialect/layers/SpecAttributes.h"

using namespace mlir;
using namespace samba;

S6::S6(Operation *op, int64_t channels, int64_t autoRank)
    : channels(channels), dState(integerOr(op->getAttr("d_state"), 16)),
      dConv(integerOr(op->getAttr("d_conv"), 4)), dtRank(integerOr(op->getAttr("dt_rank"), autoRank)) {}

LogicalResult S6::verify(Operation *op) {
  return success(succeeded(checkInteger(op, "d_state", 1, 256)) &&
                 succeeded(checkInteger(op, "d_conv", 2, 16)) &&
                 succeeded(checkInteger(op, "dt_rank", 1, 1 << 16, "auto")));
}

SmallVector<ParameterSpec> S6::parameters(const ModelConfig &model) const {
  return {
      {"mixer.conv1d.weight", {channels, dConv}, Initializer::linear(dConv)},
      {"mixer.conv1d.bias", {channels}, Initializer::linear(dConv)},
      {"mixer.x_proj.weight", {dtRank + 2 * dState, channels}, model.linear(channels)},
      {"mixer.dt_proj.weight", {channels, dtRank}, model.linear(dtRank)},
      {"mixer.dt_proj.bias", {channels}, Initializer::inverseSoftplusLogUniform(0.001, 0.1, 1e-4)},
      {"mixer.A_log", {channels, dState}, Initializer::logRange()},
      {"mixer.D", {channels}, Initializer::constant(1)},
  };
}

SmallVector<StateSpec> S6::state(int64_t batch) const {
  return {{"conv", {batch, dConv - 1, channels}}, {"ssm", {batch, channels, dState}}};
}

Value S6::apply(OpBuilder &b, const LayerInputs &in, const ModelConfig &model, Value x, ValueRange parameters,
                SmallVectorImpl<Value> &nextState) const {
  Value wConv = parameters[0], bConv = parameters[1], wX = parameters[2], wDt = parameters[3],
        bDt = parameters[4], aLog = parameters[5], d = parameters[6];
  bool stateful = !in.state.empty();
  Value conv = CausalConvOp::create(b, in.loc, x, wConv, stateful ? in.state[0] : Value(), in.documents);
  Value u = SiluOp::create(b, in.loc, AddOp::create(b, in.loc, conv, bConv)); // [B, T, channels]
  Value projected = LinearOp::create(b, in.loc, u, wX);                       // [B, T, dt_rank + 2 d_state]
  auto parts = SplitOp::create(b, in.loc, projected, ArrayRef<int64_t>{dtRank, dState, dState});
  Value rank = parts.getResult(0), B = parts.getResult(1), C = parts.getResult(2);
  Value dt = LinearOp::create(b, in.loc, rank, wDt); // [B, T, channels]
  dt = SoftplusOp::create(b, in.loc, AddOp::create(b, in.loc, dt, bDt));
  Value A = NegOp::create(b, in.loc, ExpOp::create(b, in.loc, aLog)); // [channels, d_state]
  if (!stateful)
    return SelectiveScanOp::create(b, in.loc, u, dt, A, B, C, d, Value(), in.documents, model.checkpoint)
        .getY();
  auto scan = SelectiveScanStepOp::create(b, in.loc, u, dt, A, B, C, d, in.state[1]);
  nextState.append({ConvStateOp::create(b, in.loc, x, in.state[0]), scan.getNext()});
  return scan.getY();
}
