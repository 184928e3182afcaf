//===- CausalConv.cpp - Depthwise causal convolution over time -----------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// y[t, c] = sum_i w[c, K-1-i] x[t-i, c], i = 0 .. K-1; x[-1] is the state's last row, or 0 without a state
static void causalConv(CausalConvOp op, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1];
  Tensor &y = out[0];
  int64_t width = w.size(1);
  auto input = [&](int64_t b, int64_t t, int64_t c) {
    if (t >= 0)
      return x(b, t, c);
    return op.getState() ? in[2](b, width - 1 + t, c) : 0.0;
  };
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = 0; t < x.size(1); ++t)
      for (int64_t c = 0; c < x.size(2); ++c)
        for (int64_t i = 0; i < width; ++i)
          y(b, t, c) += w(c, width - 1 - i) * input(b, t - i, c);
}

// dx[t, c] = sum_i w[c, K-1-i] dy[t+i, c]
static void causalConvDx(CausalConvDxOp, Operands in, Results out) {
  const Tensor &dy = in[0], &w = in[1];
  int64_t width = w.size(1), tokens = dy.size(1);
  for (int64_t b = 0; b < dy.size(0); ++b)
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t c = 0; c < dy.size(2); ++c)
        for (int64_t i = 0; i < width && t + i < tokens; ++i)
          out[0](b, t, c) += w(c, width - 1 - i) * dy(b, t + i, c);
}

// dw[c, K-1-i] = sum over b, t of dy[t, c] x[t-i, c]
static void causalConvDw(CausalConvDwOp op, Operands in, Results out) {
  const Tensor &x = in[0], &dy = in[1];
  int64_t width = op.getDConv();
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = 0; t < x.size(1); ++t)
      for (int64_t c = 0; c < x.size(2); ++c)
        for (int64_t i = 0; i < width && i <= t; ++i)
          out[0](c, width - 1 - i) += dy(b, t, c) * x(b, t - i, c);
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

void samba::oracle::registerCausalConv(Semantics &semantics) {
  semantics.add(limit::conv, causalConv).draw(1, drawWeight);
  semantics.add(limit::conv, causalConvDx).draw(1, drawWeight);
  semantics.add(limit::conv, causalConvDw);
  semantics.add(limit::conv, convState);
}
