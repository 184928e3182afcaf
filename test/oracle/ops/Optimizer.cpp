//===- Optimizer.cpp - The global norm and AdamW -------------------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// partials[i] = sum of g^2 over block i
static void sumSquares(SumSquaresOp op, Operands in, Results out) {
  int64_t block = op.getBlock();
  for (int64_t i = 0; i < in[0].elements(); ++i)
    out[0](i / block) += in[0](i) * in[0](i);
}

// norm = scale sqrt(sum of partials), scale = hyper[6]
static void gradNorm(GradNormOp, Operands in, Results out) {
  const Tensor &partials = in[0], &hyper = in[1];
  double sum = 0;
  for (double partial : partials.data)
    sum += partial;
  out[0]() = hyper(6) * std::sqrt(sum);
}

// g' = g scale min(1, clip / norm);  m' = beta1 m + (1 - beta1) g';  v' = beta2 v + (1 - beta2) g'^2
// p' = p - lr (d p + (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + eps))
static void adamW(AdamWOp op, Operands in, Results out) {
  const Tensor &p = in[0], &g = in[1], &m = in[2], &v = in[3], &hyper = in[4], &norm = in[5];
  double lr = hyper(0), beta1 = hyper(1), beta2 = hyper(2), eps = hyper(3), clip = hyper(5), scale = hyper(6);
  double clipping = clip > 0 ? std::min(1.0, clip / norm()) : 1;
  for (int64_t i = 0; i < p.elements(); ++i) {
    double gradient = g(i) * scale * clipping;
    double m1 = beta1 * m(i) + (1 - beta1) * gradient;
    double decay = i < int64_t(op.getDecayElements()) ? hyper(4) : 0;
    double v1 = beta2 * v(i) + (1 - beta2) * gradient * gradient;
    out[0](i) = p(i) - lr * (decay * p(i) + m1 / hyper(7) / (std::sqrt(v1 / hyper(8)) + eps));
    out[1](i) = 0;
    out[2](i) = m1;
    out[3](i) = v1;
    if (op.getWorking())
      out[4](i) = out[0](i);
  }
}

static Tensor drawSquares(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawUniform(shape, random, 0, 2);
}

/// Step 3 of a run with a large learning rate, so that the update shows beside the parameter.
static Tensor drawHyper(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  double beta1 = 0.9, beta2 = 0.95, clip = random.integer(0, 2) ? 1 : 0;
  Tensor hyper(shape);
  hyper.data = {0.05, beta1, beta2, 1e-8, 0.1, clip, 0.25, 1 - std::pow(beta1, 3), 1 - std::pow(beta2, 3)};
  return hyper;
}

/// On either side of the clipping.
static Tensor drawNorm(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawUniform(shape, random, 0.5, 4);
}

void samba::oracle::registerOptimizer(Semantics &semantics) {
  semantics.add(limit::product, sumSquares);
  semantics.add(limit::product, gradNorm).draw(0, drawSquares).draw(1, drawHyper);
  semantics.add(limit::elementwise, adamW).draw(3, drawSquares).draw(4, drawHyper).draw(5, drawNorm);
}
