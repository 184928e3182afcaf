//===- Optimizer.cpp - the gradient norm and AdamW over flat segments -----------------------------------===//
//
//   sum_squares   partials_i = sum of g^2 over block i                    a cell is a block
//   grad_norm     norm = scale sqrt(sum_i partials_i)                     one cell
//   adamw         g' = g scale min(1, clip / norm)                        (clip = 0: no clipping)
//                 m' = beta1 m + (1 - beta1) g',   v' = beta2 v + (1 - beta2) g'^2
//                 p' = p - lr (d p + (m' / bias1) / (sqrt(v' / bias2) + eps)),   g = 0
//                 d = weight_decay for the first decay_elements, 0 for the others
//
// (Loshchilov and Hutter 2019, algorithm 2.) Everything is read and written once.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/Kernels.h"

using namespace mlir;

namespace samba::host {

namespace {

/// Order of the `hyper` operand.
enum Hyper { lr, beta1, beta2, eps, weightDecay, clip, scale, bias1, bias2 };

struct SumSquaresKernel : HostKernelOpInterface::ExternalModel<SumSquaresKernel, SumSquaresOp> {
  Schedule schedule(Operation *op) const { return {channelsOf(cast<SumSquaresOp>(op).getPartials()), 0}; }
  void emit(Operation *op, KernelBuilder &k) const {
    auto squares = cast<SumSquaresOp>(op);
    int64_t block = squares.getBlock();
    Value first = k.mul(k.cell, block), n = k.min(k.sub(channelsOf(squares.getG()), first), block);
    Value total = k.overLanes(n, {k.splat(0.0)}, [&](Value i, Value mask, ValueRange s) -> Values {
      Value g = k.loadLanes(squares.getG(), 0, k.add(first, i), mask);
      return {k.fma(g, g, s[0])};
    })[0];
    k.storeElement(squares.getPartials(), 0, k.cell, k.sum(total));
  }
};

struct GradNormKernel : HostKernelOpInterface::ExternalModel<GradNormKernel, GradNormOp> {
  Schedule schedule(Operation *) const { return {}; }
  void emit(Operation *op, KernelBuilder &k) const {
    auto norm = cast<GradNormOp>(op);
    Value total = k.overLanes(channelsOf(norm.getPartials()), {k.splat(0.0)},
                              [&](Value i, Value mask, ValueRange s) -> Values {
                                return {k.add(s[0], k.loadLanes(norm.getPartials(), 0, i, mask))};
                              })[0];
    Value root = k.sqrt(k.sum(total));
    k.storeElement(norm.getNorm(), 0, 0, k.mul(k.loadElement(norm.getHyper(), 0, scale), root));
  }
};

struct AdamWKernel : HostKernelOpInterface::ExternalModel<AdamWKernel, AdamWOp> {
  Schedule schedule(Operation *op) const {
    return {KernelBuilder::cellsOfElements(cast<AdamWOp>(op).getP(), /*flat=*/true), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto adamw = cast<AdamWOp>(op);
    auto hyper = [&](int64_t which) { return k.loadElement(adamw.getHyper(), 0, which); };
    Value norm = k.loadElement(adamw.getNorm(), 0, 0), limit = hyper(clip);
    Value clipped = k.both(k.less(0, limit), k.less(limit, norm));
    Value factor = k.mul(hyper(scale), k.select(clipped, k.div(limit, norm), 1.0));
    Value rate = hyper(lr), weight = hyper(weightDecay);
    Value b1 = hyper(beta1), b2 = hyper(beta2), rest1 = k.sub(1, b1), rest2 = k.sub(1, b2),
          epsilon = hyper(eps);
    Value inverse1 = k.div(1, hyper(bias1)), inverse2 = k.div(1, hyper(bias2));
    k.overElements(adamw.getP(), /*flat=*/true, [&](Value row, Value i, Value mask) {
      Value index = k.add(i, k.iota(k.i64)); // [L], as all below
      Value decay = k.select(k.less(index, int64_t(adamw.getDecayElements())), k.splat(weight), 0.0);
      Value p = k.loadLanes(adamw.getP(), row, i, mask);
      Value g = k.mul(factor, k.loadLanes(adamw.getG(), row, i, mask));
      Value m = k.fma(b1, k.loadLanes(adamw.getM(), row, i, mask), k.mul(rest1, g));
      Value v = k.fma(b2, k.loadLanes(adamw.getV(), row, i, mask), k.mul(rest2, k.mul(g, g)));
      Value step = k.div(k.mul(m, inverse1), k.add(k.sqrt(k.mul(v, inverse2)), epsilon));
      k.storeLanes(adamw.getNextP(), row, i, k.sub(p, k.mul(rate, k.fma(decay, p, step))), mask);
      k.storeLanes(adamw.getNextG(), row, i, k.splat(0.0), mask);
      k.storeLanes(adamw.getNextM(), row, i, m, mask);
      k.storeLanes(adamw.getNextV(), row, i, v, mask);
    });
  }
};

} // namespace

void attachOptimizer(MLIRContext &context) {
  SumSquaresOp::attachInterface<SumSquaresKernel>(context);
  GradNormOp::attachInterface<GradNormKernel>(context);
  AdamWOp::attachInterface<AdamWKernel>(context);
}

} // namespace samba::host
