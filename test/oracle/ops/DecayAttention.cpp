//===- DecayAttention.cpp - Attention whose past decays, its gradient and its stateful form ------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

namespace {
/// Sizes of an op, and its decay; `g` is null where each head has one of its own.
struct Decay {
  const Tensor &q, &k, &v, *g;
  llvm::ArrayRef<double> logDecays;
  int64_t heads;
  double scale;

  template <typename Op>
  Decay(Op op, Operands in, unsigned gOperand)
      : q(in[0]), k(in[1]), v(in[2]), g(op.getG() ? &in[gOperand] : nullptr),
        logDecays(op.getLogDecays().value_or(llvm::ArrayRef<double>())), heads(op.getNHeads()),
        scale(op.getScale().convertToDouble()) {}

  int64_t batch() const { return q.size(0); }
  int64_t tokens() const { return q.size(1); }
  int64_t keys() const { return q.size(2) / heads; }
  int64_t values() const { return v.size(2) / heads; }
  /// exp(g_t) of key channel c, counted over all heads.
  double decay(int64_t b, int64_t t, int64_t c) const {
    return std::exp(g ? (*g)(b, t, c) : logDecays[c / keys()]);
  }
};
} // namespace

// S_t = exp(g_t) S_{t-1} + k_t v_t^T, o_t = scale S_t^T q_t, from the state S, which becomes the last one
static void run(const Decay &x, Tensor &o, Tensor &S) {
  for (int64_t b = 0; b < x.batch(); ++b)
    for (int64_t t = 0; t < x.tokens(); ++t)
      for (int64_t c = 0; c < x.q.size(2); ++c) {
        double decay = x.decay(b, t, c);
        int64_t head = c / x.keys();
        for (int64_t j = 0; j < x.values(); ++j) {
          int64_t value = head * x.values() + j;
          S(b, c, j) = decay * S(b, c, j) + x.k(b, t, c) * x.v(b, t, value);
          o(b, t, value) += x.scale * S(b, c, j) * x.q(b, t, c);
        }
      }
}

static void decayAttention(DecayAttentionOp op, Operands in, Results out) {
  Decay x(op, in, 3);
  Tensor S({x.batch(), x.q.size(2), x.values()});
  run(x, out[0], S);
}

static void decayAttentionStep(DecayAttentionStepOp op, Operands in, Results out) {
  out[1] = in[3];
  run(Decay(op, in, 4), out[0], out[1]);
}

// Per element of S, with R_t the cotangent of S_t: R_t = scale q_t do_t + exp(g_{t+1}) R_{t+1},
// dq_t = scale S_t do_t, dk_t = R_t v_t, dv_t = R_t k_t, dg_t = R_t exp(g_t) S_{t-1}
static void decayAttentionGrad(DecayAttentionGradOp op, Operands in, Results out) {
  Decay x(op, in, 4);
  const Tensor &d_o = in[3];
  std::vector<double> S(x.tokens() + 1); // S[t] = S_{t-1}
  for (int64_t b = 0; b < x.batch(); ++b)
    for (int64_t c = 0; c < x.q.size(2); ++c)
      for (int64_t j = 0; j < x.values(); ++j) {
        int64_t value = c / x.keys() * x.values() + j;
        for (int64_t t = 0; t < x.tokens(); ++t)
          S[t + 1] = x.decay(b, t, c) * S[t] + x.k(b, t, c) * x.v(b, t, value);
        double R = 0;
        for (int64_t t = x.tokens() - 1; t >= 0; --t) {
          R += x.scale * x.q(b, t, c) * d_o(b, t, value);
          out[0](b, t, c) += x.scale * S[t + 1] * d_o(b, t, value);
          out[1](b, t, c) += R * x.v(b, t, value);
          out[2](b, t, value) += R * x.k(b, t, c);
          R *= x.decay(b, t, c);
          if (x.g)
            out[3](b, t, c) += R * S[t];
        }
      }
}

/// Either most tokens keep nearly all, as the reference code's gates do, and some forget at once; or all
/// forget.
static Tensor drawLogDecay(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  Tensor g(shape);
  bool allForget = random.integer(0, 2);
  for (double &value : g.data)
    value = allForget               ? random.uniform(-10, -4)
            : random.integer(0, 10) ? random.uniform(-0.5, 0)
                                    : random.uniform(-10, 0);
  return g;
}

void samba::oracle::registerDecayAttention(Semantics &semantics) {
  semantics.add(limit::attention, decayAttention).keepExact({3}).draw(3, drawLogDecay);
  semantics.add(limit::attention, decayAttentionGrad).keepExact({4}).draw(4, drawLogDecay);
  semantics.add(limit::attention, decayAttentionStep).keepExact({3, 4}).draw(4, drawLogDecay);
}
