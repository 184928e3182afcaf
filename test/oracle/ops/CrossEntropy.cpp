//===- CrossEntropy.cpp - The head with its loss -------------------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// z_v = sum_c x[row, c] w[v, c]
static std::vector<double> logits(const Tensor &x, int64_t row, const Tensor &w) {
  std::vector<double> z(w.size(0));
  for (int64_t v = 0; v < w.size(0); ++v)
    for (int64_t c = 0; c < w.size(1); ++c)
      z[v] += x.row(row)[c] * w(v, c);
  return z;
}

// lse = log sum_v exp z_v
static double logSumExp(const std::vector<double> &z) {
  double greatest = *std::max_element(z.begin(), z.end()), sum = 0;
  for (double value : z)
    sum += std::exp(value - greatest);
  return greatest + std::log(sum);
}

// nll = lse - z[target], 0 where the target is negative
static void linearCrossEntropy(LinearCrossEntropyOp, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1], &targets = in[2];
  Tensor &nll = out[0], &lse = out[1];
  for (int64_t row = 0; row < x.rows(); ++row) {
    std::vector<double> z = logits(x, row, w);
    lse.data[row] = logSumExp(z);
    int64_t target = int64_t(targets.data[row]);
    nll.data[row] = target < 0 ? 0 : lse.data[row] - z[target];
  }
}

// dz = dnll (exp(z - lse) - onehot(target)), 0 where the target is negative
static std::vector<double> logitGradients(Operands in, int64_t row) {
  const Tensor &x = in[0], &w = in[1], &targets = in[2], &lse = in[3], &dnll = in[4];
  std::vector<double> dz = logits(x, row, w);
  int64_t target = int64_t(targets.data[row]);
  for (int64_t v = 0; v < w.size(0); ++v)
    dz[v] = target < 0 ? 0 : dnll.data[row] * (std::exp(dz[v] - lse.data[row]) - (v == target ? 1 : 0));
  return dz;
}

// dx = dz w, dw = dz^T x
static void linearCrossEntropyGrad(LinearCrossEntropyGradOp, Operands in, Results out) {
  const Tensor &x = in[0], &w = in[1];
  Tensor &dx = out[0], &dw = out[1];
  for (int64_t row = 0; row < x.rows(); ++row) {
    std::vector<double> dz = logitGradients(in, row);
    for (int64_t v = 0; v < w.size(0); ++v)
      for (int64_t c = 0; c < w.size(1); ++c) {
        dx.row(row)[c] += dz[v] * w(v, c);
        dw(v, c) += dz[v] * x.row(row)[c];
      }
  }
}

static double countOf(const Tensor &targets) {
  return double(llvm::count_if(targets.data, [](double target) { return target >= 0; }));
}

// loss = mean of nll over targets >= 0; 0 if there is none
static void maskedMean(MaskedMeanOp, Operands in, Results out) {
  const Tensor &nll = in[0], &targets = in[1];
  double count = countOf(targets), sum = 0;
  for (int64_t i = 0; i < nll.elements(); ++i)
    sum += targets.data[i] >= 0 ? nll.data[i] : 0;
  out[0]() = count > 0 ? sum / count : 0;
}

// dnll = dloss / count where the target is >= 0, else 0
static void maskedMeanGrad(MaskedMeanGradOp, Operands in, Results out) {
  const Tensor &dloss = in[0], &targets = in[1];
  double count = countOf(targets);
  for (int64_t i = 0; i < targets.elements(); ++i)
    out[0].data[i] = targets.data[i] >= 0 ? dloss() / count : 0;
}

/// About one in eight is ignored.
static Tensor drawTargets(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  bool isHead = op->getNumOperands() > 2;
  int64_t vocab = isHead ? llvm::cast<mlir::RankedTensorType>(op->getOperand(1).getType()).getDimSize(0) : 2;
  Tensor targets = drawIntegers(shape, random, 0, vocab);
  for (double &target : targets.data)
    if (random.integer(0, 8) == 0)
      target = -1;
  return targets;
}

static Tensor deriveLse(mlir::Operation *, Operands in) {
  const Tensor &x = in[0], &w = in[1], &targets = in[2];
  Tensor lse(targets.shape);
  for (int64_t row = 0; row < x.rows(); ++row)
    lse.data[row] = logSumExp(logits(x, row, w));
  return lse;
}

static Tensor drawLosses(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawUniform(shape, random, 0, 6);
}

void samba::oracle::registerCrossEntropy(Semantics &semantics) {
  semantics.add(limit::loss, linearCrossEntropy)
      .bf16(limit::bf16Product)
      .draw(1, drawWeight)
      .draw(2, drawTargets);
  semantics.add(limit::loss, linearCrossEntropyGrad)
      .bf16(limit::bf16LossGradient)
      .draw(1, drawWeight)
      .draw(2, drawTargets)
      .derive(3, deriveLse);
  semantics.add(limit::loss, maskedMean).draw(0, drawLosses).draw(1, drawTargets);
  semantics.add(limit::loss, maskedMeanGrad).draw(1, drawTargets);
}
