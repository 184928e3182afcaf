//===- Attention.cpp - The attention layer --------------------------------------------------------------===//
//
//   q, k, v = x W_q, x W_k, x W_v, convolved if asked to;  q, k turned by their position;
//   out = attention(q, k, v) W_o
//
// The window counts the token itself (Samba paper, section 2.2). State: rings of turned keys and of values.
//===----------------------------------------------------------------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/layers/ShortConv.h"
#include "dialect/layers/SpecAttributes.h"
#include <limits>

using namespace mlir;
using namespace samba;

namespace {
struct Heads {
  int64_t query, kv, dim;
};
} // namespace

static Heads headsOf(AttentionLayerOp op, int64_t dModel) {
  int64_t query = integerOr(op.getNHeadsAttr(), 1);
  return {query, integerOr(op.getNKvHeadsAttr(), query), integerOr(op.getHeadDimAttr(), dModel / query)};
}

static ShortConv shortConvOf(AttentionLayerOp op, Heads heads) {
  int64_t kv = heads.kv * heads.dim;
  return ShortConv(op.getShortConvAttr(), {{"q", heads.query * heads.dim}, {"k", kv}, {"v", kv}});
}

LogicalResult AttentionLayerOp::verify() {
  if (failed(checkKnown(*this)) || failed(checkPresent(*this, "n_heads", "n_heads = 12")) ||
      failed(checkInteger(*this, "n_heads", 1, 4096)) || failed(checkInteger(*this, "n_kv_heads", 1, 4096)) ||
      failed(checkInteger(*this, "head_dim", 8, 256)) ||
      failed(checkInteger(*this, "window", 1, std::numeric_limits<int32_t>::max(), "full")) ||
      failed(checkPositiveNumber(*this, "rope_theta", "none")) || failed(ShortConv::verify(*this)))
    return failure();
  auto model = (*this)->getParentOfType<ModelOp>();
  int64_t dModel = integerOr(model.getDModelAttr(), 0);
  auto [query, kv, dim] = headsOf(*this, dModel);
  if (!getHeadDimAttr() && dModel % query) {
    InFlightDiagnostic diag = emitOpError("expected d_model = ")
                              << dModel << " to be divisible by n_heads = " << query
                              << "; choose a divisor, or give head_dim";
    diag.attachNote(model.getLoc()) << "d_model is set here";
    return diag;
  }
  if (query % kv)
    return emitOpError("attribute 'n_kv_heads' expected a divisor of n_heads = ")
           << query << ", got " << kv << "; each key head serves the same number of query heads";
  if (dim > 256 || dim % 8)
    return emitOpError(
               "expected a head_dim (d_model / n_heads if absent) that is a multiple of 8, at most 256, got ")
           << dim << "; choose n_heads or head_dim to fit";
  return success();
}

SmallVector<ParameterSpec> AttentionLayerOp::parameters(const ModelConfig &model) {
  Heads heads = headsOf(*this, model.dModel);
  auto [query, kv, dim] = heads;
  SmallVector<ParameterSpec> all = {
      {"mixer.q_proj.weight", {query * dim, model.dModel}, model.linear(model.dModel)},
      {"mixer.k_proj.weight", {kv * dim, model.dModel}, model.linear(model.dModel)},
      {"mixer.v_proj.weight", {kv * dim, model.dModel}, model.linear(model.dModel)},
      {"mixer.o_proj.weight", {model.dModel, query * dim}, model.output(query * dim)},
  };
  llvm::append_range(all, shortConvOf(*this, heads).parameters());
  return all;
}

/// Positions that the ring holds: the window, or all that a full attention may see.
static int64_t ringSize(AttentionLayerOp op, const ModelConfig &model) {
  return isWord(op.getWindowAttr(), "full") ? model.maxContext : integerOr(op.getWindowAttr(), 2048);
}

SmallVector<StateSpec> AttentionLayerOp::state(const ModelConfig &model) {
  Heads heads = headsOf(*this, model.dModel);
  int64_t ring = ringSize(*this, model), kv = heads.kv * heads.dim;
  SmallVector<StateSpec> all = {{"key", {model.batch, ring, kv}}, {"value", {model.batch, ring, kv}}};
  llvm::append_range(all, shortConvOf(*this, heads).state(model.batch));
  return all;
}

bool AttentionLayerOp::keepsDocumentsApart() { return true; }

void AttentionLayerOp::decompose(OpBuilder &b, const ModelConfig &model, const LayerInputs &in,
                                 LayerOutputs &out) {
  Heads heads = headsOf(*this, model.dModel);
  auto [query, kv, dim] = heads;
  bool stateful = !in.state.empty();
  Value q = LinearOp::create(b, in.loc, in.x, in.parameters[0]); // [B, T, n_heads head_dim]
  Value k = LinearOp::create(b, in.loc, in.x, in.parameters[1]); // [B, T, n_kv_heads head_dim]
  Value v = LinearOp::create(b, in.loc, in.x, in.parameters[2]);
  SmallVector<Value> nextConv;
  shortConvOf(*this, heads)
      .apply(b, in.loc, {&q, &k, &v}, ValueRange(in.parameters).drop_front(4),
             stateful ? ValueRange(in.state).drop_front(2) : ValueRange(), in.documents, nextConv);
  if (!isWord(getRopeThetaAttr(), "none")) {
    FloatAttr theta = b.getF64FloatAttr(numberOr(getRopeThetaAttr(), 10000));
    auto turn = [&, dim = dim](Value x) -> Value {
      return RotaryOp::create(b, in.loc, x, in.position, b.getI64IntegerAttr(dim), theta, UnitAttr());
    };
    q = turn(q), k = turn(k);
  }
  Value o;
  if (!stateful) {
    int64_t tokens = cast<RankedTensorType>(q.getType()).getShape()[1];
    int64_t window = isWord(getWindowAttr(), "full") ? tokens : integerOr(getWindowAttr(), 2048);
    o = WindowedAttentionOp::create(b, in.loc, q, k, v, in.documents, query, kv, window).getO();
  } else {
    o = AttentionStepOp::create(b, in.loc, q, k, v, in.state[0], in.state[1], in.position, Value(), query, kv,
                                ringSize(*this, model));
    for (auto [x, ring] : {std::pair(k, in.state[0]), std::pair(v, in.state[1])})
      out.state.push_back(RingUpdateOp::create(b, in.loc, x, ring, in.position));
    llvm::append_range(out.state, nextConv);
  }
  out.y = LinearOp::create(b, in.loc, o, in.parameters[3]);
}
