//===- DecayHeads.cpp - What the layers of decaying attention share -------------------------------------===//
#include "dialect/layers/DecayHeads.h"
#include "dialect/layers/SpecAttributes.h"
#include <cmath>

using namespace mlir;

namespace samba {

static Initializer smallXavier(int64_t out, int64_t in, double divisor) {
  return Initializer::uniform(std::exp2(-2.5) * std::sqrt(6 / double(in + out)) / divisor);
}

Initializer DecayHeads::matrix(const ModelConfig &model, int64_t out, int64_t in) {
  return model.normalInit ? model.linear(in) : smallXavier(out, in, 1);
}

ShortConv DecayHeads::conv() const {
  return ShortConv(shortConv, {{"q", keys()}, {"k", keys()}, {"v", values()}});
}

LogicalResult DecayHeads::verify(Operation *op, int64_t keys, int64_t values) {
  if (failed(checkPresent(op, "n_heads", "n_heads = 4")) || failed(checkInteger(op, "n_heads", 1, 4096)) ||
      failed(checkInteger(op, "key_dim", 1, 4096)) || failed(checkInteger(op, "value_dim", 1, 4096)) ||
      failed(ShortConv::verify(op)))
    return failure();
  int64_t heads = integerOr(op->getAttr("n_heads"), 1);
  for (auto [name, channels] : {std::pair("key_dim", keys), std::pair("value_dim", values)})
    if (!op->getAttr(name) && (channels < heads || channels % heads))
      return op->emitOpError("expected ")
             << channels << " channels of all heads to be divisible by n_heads = " << heads
             << "; choose a divisor, or give " << name;
  return success();
}

DecayHeads DecayHeads::of(Operation *op, int64_t keys, int64_t values) {
  int64_t heads = integerOr(op->getAttr("n_heads"), 1);
  return {heads, integerOr(op->getAttr("key_dim"), keys / heads),
          integerOr(op->getAttr("value_dim"), values / heads), op->getAttr("short_conv")};
}

SmallVector<ParameterSpec> DecayHeads::parameters(const ModelConfig &model) const {
  int64_t d = model.dModel;
  Initializer output =
      model.normalInit ? model.output(values()) : smallXavier(d, values(), std::sqrt(double(model.nLayers)));
  SmallVector<ParameterSpec> all = {
      {"mixer.q_proj.weight", {keys(), d}, matrix(model, keys(), d)},
      {"mixer.k_proj.weight", {keys(), d}, matrix(model, keys(), d)},
      {"mixer.v_proj.weight", {values(), d}, matrix(model, values(), d)},
      {"mixer.g_proj.weight", {values(), d}, matrix(model, values(), d)},
      {"mixer.g_norm.weight", {value}, Initializer::constant(1)},
      {"mixer.o_proj.weight", {d, values()}, output},
  };
  llvm::append_range(all, conv().parameters());
  return all;
}

SmallVector<StateSpec> DecayHeads::state(const ModelConfig &model) const {
  SmallVector<StateSpec> all = {{"decay", {model.batch, keys(), value}}};
  llvm::append_range(all, conv().state(model.batch));
  return all;
}

DecayHeads::Projected DecayHeads::project(OpBuilder &b, const LayerInputs &in) const {
  auto linear = [&](size_t parameter) -> Value {
    return LinearOp::create(b, in.loc, in.x, in.parameters[parameter]);
  };
  Projected x{linear(0), linear(1), linear(2), {}};
  conv().apply(b, in.loc, {&x.q, &x.k, &x.v}, ValueRange(in.parameters).drop_front(6),
               in.state.empty() ? ValueRange() : ValueRange(in.state).drop_front(1), in.documents,
               x.nextConv);
  return x;
}

void DecayHeads::finish(OpBuilder &b, const ModelConfig &model, const LayerInputs &in, const Projected &x,
                        Value g, DenseF64ArrayAttr logDecays, LayerOutputs &out) const {
  IntegerAttr heads = b.getI64IntegerAttr(count);
  FloatAttr scale = b.getF64FloatAttr(1 / std::sqrt(double(key)));
  Value o; // [B, T, n_heads value]
  if (in.state.empty()) {
    o = DecayAttentionOp::create(b, in.loc, x.q, x.k, x.v, g, heads, scale, logDecays);
  } else {
    auto step =
        DecayAttentionStepOp::create(b, in.loc, x.q, x.k, x.v, in.state[0], g, heads, scale, logDecays);
    o = step.getO();
    out.state.push_back(step.getNext());
    llvm::append_range(out.state, x.nextConv);
  }
  Value gate = LinearOp::create(b, in.loc, in.x, in.parameters[3]); // [B, T, n_heads value]
  auto ofHeads = SplitOp::create(b, in.loc, o, SmallVector<int64_t>(count, value));
  SmallVector<Value> normed;
  for (Value head : ofHeads.getResults())
    normed.push_back(
        RmsNormOp::create(b, in.loc, head, in.parameters[4], b.getF64FloatAttr(model.normEps)).getY());
  Value all = ConcatOp::create(b, in.loc, normed);
  Value gated = MulOp::create(b, in.loc, all, SiluOp::create(b, in.loc, gate));
  out.y = LinearOp::create(b, in.loc, gated, in.parameters[5]); // [B, T, d_model]
}

} // namespace samba
