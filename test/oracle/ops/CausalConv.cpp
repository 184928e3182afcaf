//===- CausalConv.cpp - Depthwise causal convolution over time -----------------------------------------===//
#include "test/oracle/Semantics.h"

#include <cmath>

using namespace samba;
using namespace samba::oracle;

/// x[s, c] as token t sees it: x[-1] is the state's last row; what lies before t's document, or before the
/// row without a state, is 0.
template <typename Op> static auto inputsOf(Op op, Operands in) {
  return [op, in, documents = Documents(op, in)](int64_t b, int64_t t, int64_t s, int64_t c) {
    if (s < documents.begin(b, t))
      return 0.0;
    if (s >= 0)
      return in[0](b, s, c);
    return Op(op).getState() ? in[2](b, in[2].size(1) + s, c) : 0.0;
  };
}

// y[t, c] = sum_i w[c, K-1-i] x[t-i, c], i = 0 .. K-1
static void causalConv(CausalConvOp op, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1];
  Tensor &y = out[0];
  int64_t width = w.size(1);
  auto input = inputsOf(op, in);
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = 0; t < x.size(1); ++t)
      for (int64_t c = 0; c < x.size(2); ++c)
        for (int64_t i = 0; i < width; ++i)
          y(b, t, c) += w(c, width - 1 - i) * input(b, t, t - i, c);
}

// dx[t, c] = sum_i w[c, K-1-i] dy[t+i, c], where token t + i sees t
static void causalConvDx(CausalConvDxOp op, Operands in, Results out) {
  const Tensor &dy = in[0], &w = in[1];
  Documents documents(op, in);
  int64_t width = w.size(1), tokens = dy.size(1);
  for (int64_t b = 0; b < dy.size(0); ++b)
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t c = 0; c < dy.size(2); ++c)
        for (int64_t i = 0; i < width && t + i < tokens && documents.begin(b, t + i) <= t; ++i)
          out[0](b, t, c) += w(c, width - 1 - i) * dy(b, t + i, c);
}

// dw[c, K-1-i] = sum over b, t of dy[t, c] x[t-i, c]
static void causalConvDw(CausalConvDwOp op, Operands in, Results out) {
  const Tensor &x = in[0], &dy = in[1];
  auto input = inputsOf(op, in);
  int64_t width = op.getDConv();
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = 0; t < x.size(1); ++t)
      for (int64_t c = 0; c < x.size(2); ++c)
        for (int64_t i = 0; i < width; ++i)
          out[0](c, width - 1 - i) += dy(b, t, c) * input(b, t, t - i, c);
}

// x[-j] of the state is read by token t with the tap i = t + j
static void causalConvDstate(CausalConvDstateOp op, Operands in, Results out) {
  const Tensor &dy = in[0], &w = in[1];
  Documents documents(op, in);
  int64_t width = w.size(1), tokens = dy.size(1);
  for (int64_t b = 0; b < dy.size(0); ++b)
    for (int64_t j = 1; j < width; ++j)
      for (int64_t c = 0; c < dy.size(2); ++c)
        for (int64_t t = 0; t < tokens && t + j < width && documents.begin(b, t) <= -j; ++t)
          out[0](b, width - 1 - j, c) += w(c, width - 1 - (t + j)) * dy(b, t, c);
}

// dx, dw and db of silu(causal_conv(x, w) + b)
static void causalConvSiluGrad(CausalConvSiluGradOp, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1], &bias = in[2], &dy = in[3];
  const int64_t width = w.size(1), tokens = x.size(1);
  Tensor before(dy.shape); // the cotangent before the silu
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t c = 0; c < x.size(2); ++c) {
        double sum = bias(c);
        for (int64_t i = 0; i < width && i <= t; ++i)
          sum += w(c, width - 1 - i) * x(b, t - i, c);
        const double s = 1 / (1 + std::exp(-sum));
        before(b, t, c) = dy(b, t, c) * s * (1 + sum * (1 - s));
      }
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t c = 0; c < x.size(2); ++c) {
        out[2](c) += before(b, t, c);
        for (int64_t i = 0; i < width; ++i) {
          if (t + i < tokens)
            out[0](b, t, c) += w(c, width - 1 - i) * before(b, t + i, c);
          if (i <= t)
            out[1](c, width - 1 - i) += before(b, t, c) * x(b, t - i, c);
        }
      }
}

// the last K-1 rows of [state; x]
static void convState(ConvStateOp, Operands in, Results out) {
  const Tensor &x = in[0], &state = in[1];
  int64_t tokens = x.size(1), kept = state.size(1);
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t i = 0; i < kept; ++i)
      for (int64_t c = 0; c < x.size(2); ++c) {
        int64_t t = tokens - kept + i; // counted from the first row of x
        out[0](b, i, c) = t >= 0 ? x(b, t, c) : state(b, kept + t, c);
      }
}

// row i of the next state was row tokens - kept + i of x, or of the state if that is negative
static void convStateGrad(ConvStateGradOp op, Operands in, Results out) {
  const Tensor &dnext = in[0];
  int64_t tokens = op.getTokens(), kept = dnext.size(1);
  for (int64_t b = 0; b < dnext.size(0); ++b)
    for (int64_t i = 0; i < kept; ++i)
      for (int64_t c = 0; c < dnext.size(2); ++c) {
        int64_t t = tokens - kept + i;
        (t >= 0 ? out[0](b, t, c) : out[1](b, kept + t, c)) = dnext(b, i, c);
      }
}

/// The optional operands: a state [B, K-1, C], then documents [B, T].
static Tensor drawOptional(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  return shape.size() == 3 ? drawNormal(shape, random)
                           : drawDocuments(shape, random, /*continued=*/op->getNumOperands() > 3);
}
static Tensor drawContinued(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawDocuments(shape, random, /*continued=*/true);
}

void samba::oracle::registerCausalConv(Semantics &semantics) {
  semantics.add(limit::conv, causalConv).draw(1, drawWeight).draw(2, drawOptional).draw(3, drawOptional);
  semantics.add(limit::conv, causalConvDx).draw(1, drawWeight).draw(2, drawOptional);
  semantics.add(limit::conv, causalConvDw).draw(2, drawOptional).draw(3, drawOptional);
  semantics.add(limit::conv, causalConvDstate).draw(1, drawWeight).draw(2, drawContinued);
  semantics.add(limit::conv, causalConvSiluGrad).draw(1, drawWeight);
  semantics.add(limit::conv, convState);
  semantics.add(limit::conv, convStateGrad);
}
