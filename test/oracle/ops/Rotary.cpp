//===- Rotary.cpp - Rotary position embedding ----------------------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// y_i = x_i cos - x_j sin, y_j = x_j cos + x_i sin, j = i + head_dim / 2, angle = position
// theta^(-2i/head_dim)
static void rotary(RotaryOp op, Operands in, Results out) {
  const Tensor &x = in[0];
  Tensor &y = out[0];
  int64_t headDim = op.getHeadDim(), half = headDim / 2;
  double theta = op.getTheta().convertToDouble(), direction = op.getInverse() ? -1 : 1;
  for (int64_t b = 0; b < x.size(0); ++b)
    for (int64_t t = 0; t < x.size(1); ++t)
      for (int64_t head = 0; head < x.size(2); head += headDim)
        for (int64_t i = 0; i < half; ++i) {
          double position = double(t) + (op.getPosition() ? in[1](b) : 0);
          double angle = direction * position * std::pow(theta, -2.0 * double(i) / double(headDim));
          double xi = x(b, t, head + i), xj = x(b, t, head + i + half);
          y(b, t, head + i) = xi * std::cos(angle) - xj * std::sin(angle);
          y(b, t, head + i + half) = xj * std::cos(angle) + xi * std::sin(angle);
        }
}

/// Far beyond any window, where float32 angles would be off by a hundredth.
static Tensor drawPosition(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawIntegers(shape, random, 0, 140000);
}

void samba::oracle::registerRotary(Semantics &semantics) {
  semantics.add(limit::rotary, rotary).draw(1, drawPosition);
}
