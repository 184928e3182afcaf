//===- Attention.cpp - Causal windowed attention, its gradients and its ring ---------------------------===//
#include "test/oracle/Semantics.h"
#include <optional>

using namespace samba;
using namespace samba::oracle;

namespace {
/// Queries [B, T, Hq hd], keys and values [B, T, Hkv hd], and which query sees which key.
struct Heads {
  const Tensor &q, &k, &v;
  int64_t query, kv, window;
  std::optional<Documents> documents;

  template <typename Op>
  Heads(Op op, Operands in)
      : q(in[0]), k(in[1]), v(in[2]), query(op.getNHeads()), kv(op.getNKvHeads()), window(op.getWindow()) {
    documents.emplace(op, in);
  }

  int64_t batch() const { return q.size(0); }
  int64_t tokens() const { return q.size(1); }
  int64_t dim() const { return q.size(2) / query; }
  double scale() const { return 1 / std::sqrt(double(dim())); }
  /// The first channel of query head h, and of the key head that it reads.
  int64_t ofQuery(int64_t h) const { return h * dim(); }
  int64_t ofKey(int64_t h) const { return h * kv / query * dim(); }
  /// The first key that query i sees; the last is i.
  int64_t firstKey(int64_t i) const { return std::max<int64_t>(0, i - window + 1); }
  /// The same in sequence b, whose documents do not see each other.
  int64_t firstKey(int64_t b, int64_t i) const {
    return std::max(firstKey(i), documents ? documents->begin(b, i) : 0);
  }
};

/// sum_c x[b, i, cx + c] y[b, j, cy + c] over a head's channels.
double dot(const Tensor &x, int64_t i, int64_t cx, const Tensor &y, int64_t j, int64_t cy, int64_t b,
           int64_t dim) {
  double sum = 0;
  for (int64_t c = 0; c < dim; ++c)
    sum += x(b, i, cx + c) * y(b, j, cy + c);
  return sum;
}
} // namespace

/// The log of sum_j exp(score_j), without overflow.
static double logSumExp(llvm::ArrayRef<double> scores) {
  double greatest = *std::max_element(scores.begin(), scores.end()), sum = 0;
  for (double score : scores)
    sum += std::exp(score - greatest);
  return greatest + std::log(sum);
}

// o_i = sum_j softmax_j(q_i k_j / sqrt(hd)) v_j, lse_i = log sum_j exp(q_i k_j / sqrt(hd))
static void attend(const Heads &x, Tensor &o, Tensor &lse) {
  for (int64_t b = 0; b < x.batch(); ++b)
    for (int64_t h = 0; h < x.query; ++h)
      for (int64_t i = 0; i < x.tokens(); ++i) {
        int64_t first = x.firstKey(b, i);
        llvm::SmallVector<double> scores;
        for (int64_t j = first; j <= i; ++j)
          scores.push_back(dot(x.q, i, x.ofQuery(h), x.k, j, x.ofKey(h), b, x.dim()) * x.scale());
        lse(b, h, i) = logSumExp(scores);
        for (int64_t j = first; j <= i; ++j)
          for (int64_t c = 0; c < x.dim(); ++c)
            o(b, i, x.ofQuery(h) + c) +=
                std::exp(scores[j - first] - lse(b, h, i)) * x.v(b, j, x.ofKey(h) + c);
      }
}

static void windowedAttention(WindowedAttentionOp op, Operands in, Results out) {
  attend(Heads(op, in), out[0], out[1]);
}

// delta[h, t] = sum over head h's channels of o do
static void attentionDelta(AttentionDeltaOp op, Operands in, Results out) {
  const Tensor &o = in[0], &d_o = in[1];
  int64_t heads = op.getNHeads(), dim = o.size(2) / heads;
  for (int64_t b = 0; b < o.size(0); ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t t = 0; t < o.size(1); ++t)
        out[0](b, h, t) = dot(o, t, h * dim, d_o, t, h * dim, b, dim);
}

/// Calls visit(b, h, i, j, p, ds) for every visible pair: p = exp(q k / sqrt(hd) - lse), ds = p (do v -
/// delta).
template <typename Visit> static void overPairs(const Heads &x, Operands in, Visit visit) {
  const Tensor &lse = in[3], &delta = in[4], &d_o = in[5];
  for (int64_t b = 0; b < x.batch(); ++b)
    for (int64_t h = 0; h < x.query; ++h)
      for (int64_t i = 0; i < x.tokens(); ++i)
        for (int64_t j = x.firstKey(b, i); j <= i; ++j) {
          double score = dot(x.q, i, x.ofQuery(h), x.k, j, x.ofKey(h), b, x.dim()) * x.scale();
          double p = std::exp(score - lse(b, h, i));
          double dp = dot(d_o, i, x.ofQuery(h), x.v, j, x.ofKey(h), b, x.dim());
          visit(b, h, i, j, p, p * (dp - delta(b, h, i)));
        }
}

// dq_i = sum_j ds_ij k_j / sqrt(hd)
static void attentionDq(AttentionDqOp op, Operands in, Results out) {
  Heads x(op, in);
  overPairs(x, in, [&](int64_t b, int64_t h, int64_t i, int64_t j, double, double ds) {
    for (int64_t c = 0; c < x.dim(); ++c)
      out[0](b, i, x.ofQuery(h) + c) += ds * x.k(b, j, x.ofKey(h) + c) * x.scale();
  });
}

// dk_j = sum_i ds_ij q_i / sqrt(hd), dv_j = sum_i p_ij do_i
static void attentionDkv(AttentionDkvOp op, Operands in, Results out) {
  Heads x(op, in);
  const Tensor &d_o = in[5];
  overPairs(x, in, [&](int64_t b, int64_t h, int64_t i, int64_t j, double p, double ds) {
    for (int64_t c = 0; c < x.dim(); ++c) {
      out[0](b, j, x.ofKey(h) + c) += ds * x.q(b, i, x.ofQuery(h) + c) * x.scale();
      out[1](b, j, x.ofKey(h) + c) += p * d_o(b, i, x.ofQuery(h) + c);
    }
  });
}

static void attentionGrad(AttentionGradOp op, Operands in, Results out) {
  Heads x(op, in);
  const Tensor &d_o = in[5];
  overPairs(x, in, [&](int64_t b, int64_t h, int64_t i, int64_t j, double p, double ds) {
    for (int64_t c = 0; c < x.dim(); ++c) {
      out[0](b, i, x.ofQuery(h) + c) += ds * x.k(b, j, x.ofKey(h) + c) * x.scale();
      out[1](b, j, x.ofKey(h) + c) += ds * x.q(b, i, x.ofQuery(h) + c) * x.scale();
      out[2](b, j, x.ofKey(h) + c) += p * d_o(b, i, x.ofQuery(h) + c);
    }
  });
}

// Query t stands at position + t; the key of position s is in the chunk, or in slot s mod R of the ring.
static void attentionStep(AttentionStepOp op, Operands in, Results out) {
  Heads x(op, in);
  const Tensor &ringK = in[3], &ringV = in[4], &position = in[5];
  int64_t ring = ringK.size(1);
  for (int64_t b = 0; b < x.batch(); ++b) {
    int64_t start = int64_t(position(b));
    auto key = [&](int64_t s, int64_t c) { return s < start ? ringK(b, s % ring, c) : x.k(b, s - start, c); };
    auto value = [&](int64_t s, int64_t c) {
      return s < start ? ringV(b, s % ring, c) : x.v(b, s - start, c);
    };
    for (int64_t h = 0; h < x.query; ++h)
      for (int64_t t = 0; t < x.tokens(); ++t) {
        int64_t first = std::max(x.firstKey(start + t), start + x.documents->begin(b, t));
        llvm::SmallVector<double> scores;
        for (int64_t s = first; s <= start + t; ++s) {
          double score = 0;
          for (int64_t c = 0; c < x.dim(); ++c)
            score += x.q(b, t, x.ofQuery(h) + c) * key(s, x.ofKey(h) + c) * x.scale();
          scores.push_back(score);
        }
        double lse = logSumExp(scores);
        for (int64_t s = first; s <= start + t; ++s)
          for (int64_t c = 0; c < x.dim(); ++c)
            out[0](b, t, x.ofQuery(h) + c) += std::exp(scores[s - first] - lse) * value(s, x.ofKey(h) + c);
      }
  }
}

// Row t of x goes to slot (position + t) mod R, for the last min(T, R) rows.
static void ringUpdate(RingUpdateOp, Operands in, Results out) {
  const Tensor &x = in[0], &ring = in[1], &position = in[2];
  int64_t tokens = x.size(1), slots = ring.size(1);
  out[0] = ring;
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = std::max<int64_t>(0, tokens - slots); t < tokens; ++t)
      for (int64_t c = 0; c < x.size(2); ++c)
        out[0](b, (int64_t(position(b)) + t) % slots, c) = x(b, t, c);
}

/// The forward pass of a gradient op's q, k, v.
template <typename Op> static std::pair<Tensor, Tensor> forward(Op op, Operands in) {
  Heads x(op, in);
  Tensor o(x.q.shape), lse({x.batch(), x.query, x.tokens()});
  attend(x, o, lse);
  return {o, lse};
}

template <typename Op> static Tensor deriveLse(mlir::Operation *op, Operands in) {
  return forward(llvm::cast<Op>(op), in).second;
}

template <typename Op> static Tensor deriveDelta(mlir::Operation *op, Operands in) {
  Tensor o = forward(llvm::cast<Op>(op), in).first;
  const Tensor &d_o = in[5];
  Tensor delta({o.size(0), int64_t(llvm::cast<Op>(op).getNHeads()), o.size(1)});
  int64_t dim = o.size(2) / delta.size(1);
  for (int64_t b = 0; b < o.size(0); ++b)
    for (int64_t t = 0; t < o.size(1); ++t)
      for (int64_t c = 0; c < o.size(2); ++c)
        delta(b, c / dim, t) += o(b, t, c) * d_o(b, t, c);
  return delta;
}

static Tensor drawPacked(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawDocuments(shape, random);
}

/// The first sequence has just begun, the others stand anywhere up to three times around the ring.
static Tensor drawRingPosition(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  int64_t ring =
      llvm::cast<mlir::RankedTensorType>(op->getOperand(llvm::isa<RingUpdateOp>(op) ? 1 : 3).getType())
          .getDimSize(1);
  Tensor position = drawIntegers(shape, random, 0, 3 * ring + 1);
  if (shape[0] > 1)
    position(0) = double(random.integer(0, 2));
  return position;
}

/// Those that began before the new tokens did so anywhere in the ring.
static Tensor drawRingDocuments(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  Tensor begins = drawDocuments(shape, random, /*continued=*/true);
  int64_t ring = llvm::cast<mlir::RankedTensorType>(op->getOperand(3).getType()).getDimSize(1);
  for (int64_t b = 0; b < shape[0]; ++b) {
    double more = double(random.integer(0, ring));
    for (int64_t t = 0; t < shape[1] && begins(b, t) < 0; ++t)
      begins(b, t) -= more;
  }
  return begins;
}

/// dp - delta is 0 where a query sees one key: f32 leaves this of sums over a head of normal numbers.
static constexpr double dpMinusDelta = 3e-6;

void samba::oracle::registerAttention(Semantics &semantics) {
  semantics.add(limit::attention, windowedAttention).bf16(limit::bf16Attention).draw(3, drawPacked);
  semantics.add(limit::attention, attentionDelta);
  semantics.add(limit::attention, attentionDq)
      .cancels(dpMinusDelta)
      .keepExact({3, 4})
      .bf16(limit::bf16Attention)
      .draw(6, drawPacked)
      .derive(3, deriveLse<AttentionDqOp>)
      .derive(4, deriveDelta<AttentionDqOp>);
  semantics.add(limit::attention, attentionDkv)
      .cancels(dpMinusDelta)
      .keepExact({3, 4})
      .bf16(limit::bf16Attention)
      .draw(6, drawPacked)
      .derive(3, deriveLse<AttentionDkvOp>)
      .derive(4, deriveDelta<AttentionDkvOp>);
  semantics.add(limit::attention, attentionGrad)
      .cancels(dpMinusDelta)
      .keepExact({3, 4})
      .bf16(limit::bf16Attention)
      .draw(6, drawPacked)
      .derive(3, deriveLse<AttentionGradOp>)
      .derive(4, deriveDelta<AttentionGradOp>);
  semantics.add(limit::attention, attentionStep)
      .bf16(limit::bf16Attention)
      .draw(5, drawRingPosition)
      .draw(6, drawRingDocuments);
  semantics.add(limit::attention, ringUpdate).draw(2, drawRingPosition);
}
