//===- Optimizer.cpp - the gradient norm and AdamW over flat segments -----------------------------------===//
//
//   sum_squares   partials_i = sum of g^2 over block i                    a block of threads for each
//   grad_norm     norm = scale sqrt(sum_i partials_i)                     one block of threads
//   adamw         g' = g scale min(1, clip / norm)                        (clip = 0: no clipping)
//                 m' = beta1 m + (1 - beta1) g',   v' = beta2 v + (1 - beta2) g'^2
//                 p' = p - lr (d p + (m' / bias1) / (sqrt(v' / bias2) + eps)),   g = 0
//
// (Loshchilov and Hutter 2019, algorithm 2.) d is the weight decay for the first `decay_elements`, then 0.
// What must move: sum_squares 4 bytes per parameter, adamw 32, and 2 for the working weights.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// Order of the `hyper` operand.
enum Hyper { lr, beta1, beta2, eps, weightDecay, clip, scale, bias1, bias2 };

/// An element of a vector, or the number of a tensor of rank 0.
Value loadNumber(KernelBuilder &k, Value tensor, int64_t i = 0) {
  return k.loadScalar(k.address(tensor, 0, i), k.elementOf(tensor));
}

/// The sum over i = thread, thread + threads, ... below count (i32) of term(i): of this thread. Terms of
/// `inFlight` i are asked for together; past the end they count nothing, and i repeats the last.
Value sumOverThreads(KernelBuilder &k, Value count, int64_t threads, function_ref<Value(Value i)> term) {
  constexpr int64_t inFlight = 4;
  return k.loop(k.threadId(), count, threads * inFlight, {k.number(0)},
                [&](Value first, ValueRange carried) -> Values {
                  Value sum = carried[0];
                  Values terms;
                  for (int64_t j = 0; j < inFlight; ++j) {
                    Value i = k.add(first, j * threads);
                    terms.push_back(k.select(k.less(i, count), term(k.min(i, k.sub(count, 1))), 0.0));
                  }
                  for (Value x : terms)
                    sum = k.add(sum, x);
                  return {sum};
                })[0];
}

struct SumSquaresKernel : GpuKernelOpInterface::ExternalModel<SumSquaresKernel, SumSquaresOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    constexpr int64_t threads = 256;
    auto squares = cast<SumSquaresOp>(op);
    Value g = squares.getG();
    const int64_t block = squares.getBlock(), n = channelsOf(g);
    int64_t width = streamWidth(k, g);
    while (block % width)
      width /= 2;
    k.begin({{channelsOf(squares.getPartials()), 1, 1}, threads});
    Value first = k.mul(k.extend(k.blockId()), block); // i64
    Value vectors = k.toInteger(k.div(k.min(k.sub(n, first), block), width), k.i32);
    Value sum = sumOverThreads(k, vectors, threads, [&](Value i) {
      Value total = k.number(0);
      for (Value x : k.load(g, 0, k.add(first, k.mul(k.extend(i), width)), width))
        total = k.fma(x, x, total);
      return total;
    });
    sum = k.sumBlock(sum, threads, k.sharedMemory(k.reserveShared(128)));
    k.when(k.equal(k.threadId(), 0), [&] { k.store(squares.getPartials(), 0, k.blockId(), sum); });
    k.end();
    return success();
  }
};

struct GradNormKernel : GpuKernelOpInterface::ExternalModel<GradNormKernel, GradNormOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    constexpr int64_t threads = 1024;
    auto norm = cast<GradNormOp>(op);
    Value partials = norm.getPartials();
    k.begin({{1, 1, 1}, threads});
    Value sum = sumOverThreads(k, k.integer(channelsOf(partials)), threads,
                               [&](Value i) { return k.load(partials, 0, i); });
    sum = k.sumBlock(sum, threads, k.sharedMemory(k.reserveShared(128)));
    k.when(k.equal(k.threadId(), 0),
           [&] { k.store(norm.getNorm(), 0, 0, k.mul(loadNumber(k, norm.getHyper(), scale), k.sqrt(sum))); });
    k.end();
    return success();
  }
};

struct AdamWKernel : GpuKernelOpInterface::ExternalModel<AdamWKernel, AdamWOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto adamw = cast<AdamWOp>(op);
    VectorGrid grid(1, channelsOf(adamw.getP()), streamWidth(k, adamw.getP()), /*most=*/2);
    k.begin(grid.shape());
    SmallVector<Place> places = grid.places(k);
    auto loadAll = [&](Value x) {
      return llvm::map_to_vector(places,
                                 [&](const Place &at) { return k.load(x, at.row, at.column, grid.width); });
    };
    SmallVector<Values> p = loadAll(adamw.getP()), g = loadAll(adamw.getG()), m = loadAll(adamw.getM()),
                        v = loadAll(adamw.getV());
    const Scalars scalars(adamw, k);
    for (size_t i = 0; i < places.size(); ++i)
      for (int64_t j = 0; j < grid.width; ++j)
        update(scalars, scalars.decayAt(k, adamw, k.add(places[i].column, j)), p[i][j], g[i][j], m[i][j],
               v[i][j], k);
    k.store(adamw.getNextP(), places, p);
    k.store(adamw.getNextG(), places, g);
    k.store(adamw.getNextM(), places, m);
    k.store(adamw.getNextV(), places, v);
    for (Value weights : adamw.getWeights())
      k.store(weights, places, p);
    k.end();
    return success();
  }

  /// What is the same for all elements.
  struct Scalars {
    Value factor, rate, decay, b1, b2, rest1, rest2, epsilon, inverse1, inverse2;
    Scalars(AdamWOp op, KernelBuilder &k) {
      auto hyper = [&](int64_t which) { return loadNumber(k, op.getHyper(), which); };
      Value norm = loadNumber(k, op.getNorm()), limit = hyper(clip);
      Value clipped = k.both(k.less(0, limit), k.less(limit, norm));
      factor = k.mul(hyper(scale), k.select(clipped, k.div(limit, norm), 1.0));
      rate = hyper(lr), decay = hyper(weightDecay), epsilon = hyper(eps);
      b1 = hyper(beta1), b2 = hyper(beta2), rest1 = k.sub(1, b1), rest2 = k.sub(1, b2);
      inverse1 = k.div(1, hyper(bias1)), inverse2 = k.div(1, hyper(bias2));
    }
    Value decayAt(KernelBuilder &k, AdamWOp op, Value element) const {
      const int64_t decaying = op.getDecayElements();
      if (decaying == 0)
        return k.number(0);
      return decaying == channelsOf(op.getP()) ? decay : k.select(k.less(element, decaying), decay, 0.0);
    }
  };

  /// One element: p, m and v become their successors, g becomes 0.
  static void update(const Scalars &s, Value decay, Value &p, Value &g, Value &m, Value &v,
                     KernelBuilder &k) {
    Value scaled = k.mul(s.factor, g);
    m = k.fma(s.b1, m, k.mul(s.rest1, scaled));
    v = k.fma(s.b2, v, k.mul(s.rest2, k.mul(scaled, scaled)));
    Value root = k.add(k.sqrt(k.mul(v, s.inverse2)), s.epsilon);
    Value step = k.mul(k.mul(m, s.inverse1), k.reciprocal(root));
    p = k.sub(p, k.mul(s.rate, k.fma(decay, p, step)));
    g = k.number(0);
  }
};

} // namespace

void attachOptimizer(MLIRContext &context) {
  SumSquaresOp::attachInterface<SumSquaresKernel>(context);
  GradNormOp::attachInterface<GradNormKernel>(context);
  AdamWOp::attachInterface<AdamWKernel>(context);
}

} // namespace samba::gpu
