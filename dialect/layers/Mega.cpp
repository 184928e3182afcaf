//===- Mega.cpp - The Mega-S6 layer ---------------------------------------------------------------------===//
//
//   m = silu(S6(x));  [u | z | r | h] = m W_m + b_m;  z, r = silu(z), silu(r)
//   q, k = z * s_q + o_q, z * s_k + o_k;  v = silu(x W_v + b_v)
//   o_i = sum_j softmax_j(q_i k_j / sqrt(key_dim) + <turned_i(alpha), turned_j(beta)>) v_j    j in i's chunk,
//   j <= i out = residual + sigmoid(u) * (silu(h + (o * r) W_h + b_h) - residual)
//
// The one head of d_model values runs as heads of 2 key_dim: with q' = [sqrt(2) q, sqrt(2 key_dim)
// turned(alpha)] and k' = [k, turned(beta)] their logits are those above, the bias included.
//
// Ma et al. 2022, as in the code of the Samba paper. State: Mamba's, and rings of k' and v.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/core/Shapes.h"
#include "dialect/layers/S6.h"
#include "dialect/layers/SpecAttributes.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace samba;

namespace {
struct Sizes {
  int64_t chunk, keyDim;
  S6 s6;
  int64_t headDim() const { return 2 * keyDim; }
};
} // namespace

static Sizes sizesOf(MegaOp op, int64_t dModel) {
  return {integerOr(op.getChunkAttr(), 2048), integerOr(op.getKeyDimAttr(), 128),
          S6(op, dModel, (dModel + 31) / 32)};
}

LogicalResult MegaOp::verify() {
  if (failed(checkKnown(*this)) ||
      failed(checkInteger(*this, "chunk", 1, std::numeric_limits<int32_t>::max())) ||
      failed(checkInteger(*this, "key_dim", 4, 128)) || failed(S6::verify(*this)))
    return failure();
  auto model = (*this)->getParentOfType<ModelOp>();
  int64_t dModel = integerOr(model.getDModelAttr(), 0), keyDim = integerOr(getKeyDimAttr(), 128);
  if (keyDim % 4 == 0 && dModel % (2 * keyDim) == 0)
    return success();
  InFlightDiagnostic diag =
      emitOpError("attribute 'key_dim' expected a multiple of 4 whose double divides d_model = ")
      << dModel << ", got " << keyDim;
  diag.attachNote(model.getLoc()) << "d_model is set here";
  return diag;
}

SmallVector<ParameterSpec> MegaOp::parameters(const ModelConfig &model) {
  auto [chunk, keyDim, s6] = sizesOf(*this, model.dModel);
  const int64_t d = model.dModel, made = 3 * d + keyDim; // u, z, r, h
  const Initializer small = Initializer::normal(0.02), zero = Initializer::constant(0);
  SmallVector<ParameterSpec> all = s6.parameters(model);
  all.append({
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
  });
  return all;
}

SmallVector<StateSpec> MegaOp::state(const ModelConfig &model) {
  auto [chunk, keyDim, s6] = sizesOf(*this, model.dModel);
  SmallVector<StateSpec> all = s6.state(model.batch);
  for (const char *ring : {"key", "value"})
    all.push_back({ring, {model.batch, chunk, model.dModel}});
  return all;
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
    ArrayRef<Value> own = ArrayRef(in.parameters).drop_front(S6::parameterCount);
    Value wV = own[0], bV = own[1], wM = own[2], bM = own[3], qScale = own[4], qOffset = own[5],
          kScale = own[6], kOffset = own[7], alpha = own[8], beta = own[9], wH = own[10], bH = own[11];

    Value m = make<SiluOp>(sizes.s6.apply(b, in, model, in.x, in.parameters, out.state));
    auto parts = SplitOp::create(b, in.loc, affine(m, wM, bM), ArrayRef<int64_t>{d, sizes.keyDim, d, d});
    Value u = parts.getResult(0), h = parts.getResult(3);
    Value z = make<SiluOp>(parts.getResult(1)), r = make<SiluOp>(parts.getResult(2));
    Value q = make<MulOp>(scaled(z, qScale, qOffset), constant(std::sqrt(2)));
    Value v = make<SiluOp>(affine(in.x, wV, bV));
    Value o = attend(head(q, turned(alpha, std::sqrt(2 * sizes.keyDim))),
                     head(scaled(z, kScale, kOffset), turned(beta, 1)), v, out.state);
    h = make<SiluOp>(make<AddOp>(h, affine(make<MulOp>(o, r), wH, bH)));
    Value gate = make<ExpOp>(make<NegOp>(make<SoftplusOp>(make<NegOp>(u)))); // sigmoid(u)
    out.y = make<MulOp>(gate, make<AddOp>(h, make<NegOp>(in.residual)));
  }

private:
  template <class Op, class... Operands> Value make(Operands... operands) {
    return Op::create(b, in.loc, operands...);
  }
  bool stateful() const { return !in.state.empty(); }

  Value affine(Value x, Value w, Value bias) { return make<AddOp>(make<LinearOp>(x, w), bias); }
  Value scaled(Value x, Value scale, Value offset) { return make<AddOp>(make<MulOp>(x, scale), offset); }
  Value fill(ArrayRef<int64_t> shape, double value) {
    return FillOp::create(b, in.loc, RankedTensorType::get(shape, b.getF32Type()), b.getF64FloatAttr(value));
  }
  Value constant(double value) { return fill({sizes.keyDim}, value); }

  /// A vector turned by each token's position, times `scale`: [B, T, key_dim].
  Value turned(Value vector, double scale) {
    Value rows = make<AddOp>(fill({batch, tokens, sizes.keyDim}, 0), make<MulOp>(vector, constant(scale)));
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
