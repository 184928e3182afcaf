//===- RmsNorm.cpp - Root-mean-square norm over channels -----------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// r = (mean_c x^2 + eps)^-1/2
static double inverseRms(const double *x, int64_t channels, double eps) {
  double sum = 0;
  for (int64_t c = 0; c < channels; ++c)
    sum += x[c] * x[c];
  return 1 / std::sqrt(sum / double(channels) + eps);
}

// y = x r w
static void rmsNorm(RmsNormOp op, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1];
  Tensor &y = out[0], &r = out[1];
  for (int64_t row = 0; row < x.rows(); ++row) {
    r.data[row] = inverseRms(x.row(row), x.channels(), op.getEps().convertToDouble());
    for (int64_t c = 0; c < x.channels(); ++c)
      y.row(row)[c] = x.row(row)[c] * r.data[row] * w(c);
  }
}

// dx = r (w dy - x r^2 mean_c(w dy x))
static void rmsNormDx(RmsNormDxOp, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1], &r = in[2], &dy = in[3];
  Tensor &dx = out[0];
  int64_t channels = x.channels();
  for (int64_t row = 0; row < x.rows(); ++row) {
    double mean = 0;
    for (int64_t c = 0; c < channels; ++c)
      mean += w(c) * dy.row(row)[c] * x.row(row)[c] / double(channels);
    double scale = r.data[row];
    for (int64_t c = 0; c < channels; ++c)
      dx.row(row)[c] = scale * (w(c) * dy.row(row)[c] - x.row(row)[c] * scale * scale * mean);
  }
}

// dw = sum over rows of dy x r
static void rmsNormDw(RmsNormDwOp, Operands in, Results out) {
  const Tensor &x = in[0], &r = in[1], &dy = in[2];
  for (int64_t row = 0; row < x.rows(); ++row)
    for (int64_t c = 0; c < x.channels(); ++c)
      out[0](c) += dy.row(row)[c] * x.row(row)[c] * r.data[row];
}

static void rmsNormGrad(RmsNormGradOp, Operands in, Results out) {
  rmsNormDx({}, in, out.take_front());
  const Tensor *operands[] = {&in[0], &in[2], &in[3]};
  rmsNormDw({}, Operands(operands), out.drop_front());
}

/// What the norm would have kept of x, operand 0.
static Tensor deriveR(mlir::Operation *, Operands in) {
  const Tensor &x = in[0];
  Tensor r(llvm::ArrayRef(x.shape).drop_back());
  for (int64_t row = 0; row < x.rows(); ++row)
    r.data[row] = inverseRms(x.row(row), x.channels(), 1e-5);
  return r;
}

void samba::oracle::registerRmsNorm(Semantics &semantics) {
  semantics.add(limit::norm, rmsNorm);
  semantics.add(limit::norm, rmsNormDx).derive(2, deriveR);
  semantics.add(limit::norm, rmsNormDw).derive(1, deriveR);
  semantics.add(limit::norm, rmsNormGrad).derive(2, deriveR);
}
