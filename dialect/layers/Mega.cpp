//===- Mega.cpp - The Mega-S6 layer ---------------------------------------------------------------------===//
//
//   m = silu(S6(x));  [u | z | r | h] = m W_m + b_m;  z, r = silu(z), silu(r)
//   q, k = z * s_q + o_q, z * s_k + o_k;  v = silu(x W_v + b_v)
//   o_i = sum_j softmax_j(q_i k_j / sqrt(key_dim) + <turned_i(alpha), turned_j(beta)>) v_j    j in i's chunk,
//   j <= i out = residual + sigmoid(u) * (silu(h + (o * r) W_h + b_h) - residual)
//
// S6 is Mamba's convolution and selective scan on d_model channels, without projections and gate around it.
// The one head of d_model values runs as heads of 2 key_dim: with q' = [sqrt(2) q, sqrt(2 key_dim)
// turned(alpha)] and k' = [k, turned(beta)] their logits are those above, the bias included.
//
// Ma et al. 2022, as in the code of the Samba paper. State: Mamba's, and rings of k' and v.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"
#include "dialect/layers/SpecAttributes.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace samba;

namespace {
struct Sizes {
  int64_t chunk, keyDim, dState, dConv, dtRank;
  int64_t headDim() const { return 2 * keyDim; }
};
} // namespace

static Sizes sizesOf(MegaOp op, int64_t dModel) {
  return {integerOr(op.getChunkAttr(), 2048), integerOr(op.getKeyDimAttr(), 128),
          integerOr(op.getDStateAttr(), 16), integerOr(op.getDConvAttr(), 4),
          integerOr(op.getDtRankAttr(), (dModel + 31) / 32)};
}

LogicalResult MegaOp::verify() {
  if (failed(checkKnown(*this)) ||
      failed(checkInteger(*this, "chunk", 1, std::numeric_limits<int32_t>::max())) ||
      failed(checkInteger(*this, "key_dim", 4, 128)) || failed(checkInteger(*this, "d_state", 1, 256)) ||
      failed(checkInteger(*this, "d_conv", 2, 16)) ||
      failed(checkInteger(*this, "dt_rank", 1, 1 << 16, "auto")))
    return failure();
  auto model = (*this)->getParentOfType<ModelOp>();
  int64_t dModel = integerOr(model.getDModelAttr(), 0), keyDim = sizesOf(*this, dModel).keyDim;
  if (keyDim % 4 == 0 && dModel % (2 * keyDim) == 0)
    return success();
  InFlightDiagnostic diag =
      emitOpError("attribute 'key_dim' expected a multiple of 4 whose double divides d_model = ")
      << dModel << ", got " << keyDim;
  diag.attachNote(model.getLoc()) << "d_model is set here";
  return diag;
}

SmallVector<ParameterSpec> MegaOp::parameters(const ModelConfig &model) {
  auto [chunk, keyDim, dState, dConv, dtRank] = sizesOf(*this, model.dModel);
  const int64_t d = model.dModel, made = 3 * d + keyDim; // u, z, r, h
  const Initializer small = Initializer::normal(0.02), zero = Initializer::constant(0);
  return {
      {"mixer.conv1d.weight", {d, dConv}, Initializer::linear(dConv)},
      {"mixer.conv1d.bias", {d}, Initializer::linear(dConv)},
      {"mixer.x_proj.weight", {dtRank + 2 * dState, d}, model.linear(d)},
      {"mixer.dt_proj.weight", {d, dtRank}, model.linear(dtRank)},
      {"mixer.dt_proj.bias", {d}, Initializer::inverseSoftplusLogUniform(0.001, 0.1, 1e-4)},
      {"mixer.A_log", {d, dState}, Initializer::logRange()},
      {"mixer.D", {d}, Initializer::constant(1)},
      {"mixer.v_proj.weight", {d, d}, small},
      {"mixer.v_proj.bias", {d}, zero},
      {"mixer.mx_proj.weight", {made, d}, small},
      {"mixer.mx_proj.bias", {made}, zero},
      {"mixer.q_scale", {keyDim}, small},
      {"mixer.q_offset", {keyDim}, zero},
      {"mixer.k_scale", {keyDim}, small},
      {"mixer.k_offset", {keyDim}, zero},
      {"mixer.rel_pos_bias.alpha", {keyDim}, small},
      {"mixer.rel_pos_bias.beta", {keyDim}, small},
      {"mixer.h_proj.weight", {d, d}, small},
      {"mixer.h_proj.bias", {d}, zero},
  };
}

SmallVector<StateSpec> MegaOp::state(const ModelConfig &model) {
  auto [chunk, keyDim, dState, dConv, dtRank] = sizesOf(*this, model.dModel);
  return {{"conv", {model.batch, dConv - 1, model.dModel}},
          {"ssm", {model.batch, model.dModel, dState}},
          {"key", {model.batch, chunk, model.dModel}},
          {"value", {model.batch, chunk, model.dModel}}};
}

bool MegaOp::keepsDocumentsApart() { return true; }

namespace {
/// The ops of one layer.
class MegaBuilder {
public:
  MegaBuilder(OpBuilder &b, const LayerInputs &in, const ModelConfig &model, const Sizes &sizes)
      : b(b), in(in), model(model), sizes(sizes), batch(shapeOf(in.x)[0]), tokens(shapeOf(in.x)[1]),
        d(model.dModel), heads(model.dModel / sizes.headDim()) {}

  void build(LayerOutputs &out) {
    Value scanned = make<SiluOp>(scan(out.state));
    auto parts = SplitOp::create(b, in.loc, affine(scanned, 9), ArrayRef<int64_t>{d, sizes.keyDim, d, d});
    // sigmoid(u) = exp(-softplus(-u))
    Value gate = make<ExpOp>(make<NegOp>(make<SoftplusOp>(make<NegOp>(parts.getResult(0)))));
    Value z = make<SiluOp>(parts.getResult(1)), r = make<SiluOp>(parts.getResult(2)), h = parts.getResult(3);
    Value q =
        head(make<MulOp>(scaled(z, 11), constant(std::sqrt(2))), turned(15, std::sqrt(2 * sizes.keyDim)));
    Value k = head(scaled(z, 13), turned(16, 1));
    Value v = make<SiluOp>(affine(in.x, 7));
    Value o = attend(q, k, v, out.state);
    h = make<SiluOp>(make<AddOp>(h, affine(make<MulOp>(o, r), 17)));
    out.y = make<MulOp>(gate, make<AddOp>(h, make<NegOp>(in.residual)));
  }

private:
  template <class Op, class... Operands> Value make(Operands... operands) {
    return Op::create(b, in.loc, operands...);
  }
  bool stateful() const { return !in.state.empty(); }

  /// x W + b, of the parameters from `first` on.
  Value affine(Value x, unsigned first) {
    return make<AddOp>(make<LinearOp>(x, in.parameters[first]), in.parameters[first + 1]);
  }
  /// x * scale + offset, a channel at a time.
  Value scaled(Value x, unsigned first) {
    return make<AddOp>(make<MulOp>(x, in.parameters[first]), in.parameters[first + 1]);
  }
  Value fill(ArrayRef<int64_t> shape, double value) {
    return FillOp::create(b, in.loc, RankedTensorType::get(shape, b.getF32Type()), b.getF64FloatAttr(value));
  }
  Value constant(double value) { return fill({sizes.keyDim}, value); }

  /// S6 [B, T, d_model]; appends its state.
  Value scan(SmallVectorImpl<Value> &state) {
    ArrayRef<Value> w = in.parameters;
    Value conv =
        CausalConvOp::create(b, in.loc, in.x, w[0], stateful() ? in.state[0] : Value(), in.documents);
    Value x = make<SiluOp>(make<AddOp>(conv, w[1]));
    auto parts = SplitOp::create(b, in.loc, make<LinearOp>(x, w[2]),
                                 ArrayRef<int64_t>{sizes.dtRank, sizes.dState, sizes.dState});
    Value dt = make<SoftplusOp>(affine(parts.getResult(0), 3)), B = parts.getResult(1),
          C = parts.getResult(2);
    Value A = make<NegOp>(make<ExpOp>(w[5]));
    if (!stateful())
      return SelectiveScanOp::create(b, in.loc, x, dt, A, B, C, w[6], Value(), in.documents, model.checkpoint)
          .getY();
    auto step = SelectiveScanStepOp::create(b, in.loc, x, dt, A, B, C, w[6], in.state[1]);
    state.append({make<ConvStateOp>(in.x, in.state[0]), step.getNext()});
    return step.getY();
  }

  /// A vector turned by each token's position, times `scale`: [B, T, key_dim].
  Value turned(unsigned parameter, double scale) {
    Value vector = make<MulOp>(in.parameters[parameter], constant(scale));
    Value rows = make<AddOp>(fill({batch, tokens, sizes.keyDim}, 0), vector);
    return RotaryOp::create(b, in.loc, rows, in.position, b.getI64IntegerAttr(sizes.keyDim),
                            b.getF64FloatAttr(10000), UnitAttr());
  }

  /// [left | right] for each of the heads: [B, T, d_model].
  Value head(Value left, Value right) {
    Value one = make<ConcatOp>(ValueRange({left, right}));
    return heads == 1 ? one : make<ConcatOp>(ValueRange(SmallVector<Value>(heads, one)));
  }

  Value attend(Value q, Value k, Value v, SmallVectorImpl<Value> &state) {
    Value chunks = ChunkStartsOp::create(b, in.loc, in.position, in.documents, batch, tokens, sizes.chunk);
    if (!stateful()) {
      Value apart = tokens > sizes.chunk ? chunks : in.documents;
      return WindowedAttentionOp::create(b, in.loc, q, k, v, apart, heads, heads,
                                         std::min(sizes.chunk, tokens))
          .getO();
    }
    Value o = AttentionStepOp::create(b, in.loc, q, k, v, in.state[2], in.state[3], in.position, chunks,
                                      heads, heads, sizes.chunk);
    for (auto [x, ring] : {std::pair(k, in.state[2]), std::pair(v, in.state[3])})
      state.push_back(make<RingUpdateOp>(x, ring, in.position));
    return o;
  }

  OpBuilder &b;
  const LayerInputs &in;
  const ModelConfig &model;
  const Sizes sizes;
  const int64_t batch, tokens, d, heads;
};
} // namespace

void MegaOp::decompose(OpBuilder &b, const ModelConfig &model, const LayerInputs &in, LayerOutputs &out) {
  MegaBuilder(b, in, model, sizesOf(*this, model.dModel)).build(out);
}
