//===- Linear.cpp - Matrix products with a weight [N, K] -----------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// y[r, n] = sum_k x[r, k] w[n, k]
static void linear(LinearOp, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1];
  Tensor &y = out[0];
  for (int64_t r = 0; r < x.rows(); ++r)
    for (int64_t n = 0; n < w.size(0); ++n)
      for (int64_t k = 0; k < w.size(1); ++k)
        y.row(r)[n] += x.row(r)[k] * w.row(n)[k];
}

// dx[r, k] = sum_n dy[r, n] w[n, k]
static void linearDx(LinearDxOp, Operands in, Results out) {
  const Tensor &dy = in[0], &w = in[1];
  Tensor &dx = out[0];
  for (int64_t r = 0; r < dy.rows(); ++r)
    for (int64_t n = 0; n < w.size(0); ++n)
      for (int64_t k = 0; k < w.size(1); ++k)
        dx.row(r)[k] += dy.row(r)[n] * w.row(n)[k];
}

// dw[n, k] = sum_r dy[r, n] x[r, k]
static void linearDw(LinearDwOp, Operands in, Results out) {
  const Tensor &x = in[0], &dy = in[1];
  Tensor &dw = out[0];
  for (int64_t r = 0; r < x.rows(); ++r)
    for (int64_t n = 0; n < dy.channels(); ++n)
      for (int64_t k = 0; k < x.channels(); ++k)
        dw.row(n)[k] += dy.row(r)[n] * x.row(r)[k];
}

void samba::oracle::registerLinear(Semantics &semantics) {
  semantics.add(limit::product, linear).bf16(limit::bf16Product).draw(1, drawWeight);
  semantics.add(limit::product, linearDx).bf16(limit::bf16Product).draw(1, drawWeight);
  semantics.add(limit::product, linearDw).bf16(limit::bf16Product);
}
