//===- SelectiveScan.cpp - The selective scan, its gradient and its stateful form ----------------------===//
#include "test/oracle/Semantics.h"
#include <optional>

using namespace samba;
using namespace samba::oracle;

namespace {
/// The operands that all three ops begin with, and one token's step of the recurrence.
struct Scan {
  const Tensor &u, &dt, &A, &B, &C, &D;
  std::optional<Documents> documents;
  explicit Scan(Operands in) : u(in[0]), dt(in[1]), A(in[2]), B(in[3]), C(in[4]), D(in[5]) {}
  template <typename Op> Scan(Op op, Operands in) : Scan(in) { documents.emplace(op, in); }

  int64_t batch() const { return u.size(0); }
  int64_t tokens() const { return u.size(1); }
  int64_t channels() const { return u.size(2); }
  int64_t states() const { return A.size(1); }

  // a_t = exp(dt_t A), 0 where a document begins
  double decay(int64_t b, int64_t t, int64_t d, int64_t n) const {
    return documents && documents->begin(b, t) == t ? 0 : std::exp(dt(b, t, d) * A(d, n));
  }
  // h_t = a_t h_{t-1} + dt_t u_t B_t
  double next(int64_t b, int64_t t, int64_t d, int64_t n, double h) const {
    return decay(b, t, d, n) * h + dt(b, t, d) * u(b, t, d) * B(b, t, n);
  }
};
} // namespace

/// The states before tokens 0, checkpoint, 2 checkpoint, ... [Batch, chunks, D, N], the first of which is
/// `initial` [Batch, D, N], or 0 where that is null.
static Tensor keptStates(const Scan &scan, const Tensor *initial, int64_t checkpoint) {
  Tensor states(
      {scan.batch(), (scan.tokens() + checkpoint - 1) / checkpoint, scan.channels(), scan.states()});
  for (int64_t b = 0; b < scan.batch(); ++b)
    for (int64_t d = 0; d < scan.channels(); ++d)
      for (int64_t n = 0; n < scan.states(); ++n) {
        double h = initial ? (*initial)(b, d, n) : 0;
        for (int64_t t = 0; t < scan.tokens(); ++t) {
          if (t % checkpoint == 0)
            states(b, t / checkpoint, d, n) = h;
          h = scan.next(b, t, d, n, h);
        }
      }
  return states;
}

// y_t = h_t C_t + D u_t from the state h, which becomes the state after the last token
static void run(const Scan &scan, Tensor &y, Tensor &h) {
  for (int64_t b = 0; b < scan.batch(); ++b)
    for (int64_t t = 0; t < scan.tokens(); ++t)
      for (int64_t d = 0; d < scan.channels(); ++d) {
        y(b, t, d) = scan.D(d) * scan.u(b, t, d);
        for (int64_t n = 0; n < scan.states(); ++n) {
          h(b, d, n) = scan.next(b, t, d, n, h(b, d, n));
          y(b, t, d) += h(b, d, n) * scan.C(b, t, n);
        }
      }
}

static void selectiveScan(SelectiveScanOp op, Operands in, Results out) {
  Scan scan(op, in);
  const Tensor *initial = op.getH() ? &in[6] : nullptr;
  Tensor h = initial ? *initial : Tensor({scan.batch(), scan.channels(), scan.states()});
  run(scan, out[0], h);
  out[1] = keptStates(scan, initial, op.getCheckpoint());
  if (op.getNext())
    out[2] = h;
}

static void selectiveScanStep(SelectiveScanStepOp, Operands in, Results out) {
  out[1] = in[6];
  run(Scan(in), out[0], out[1]);
}

// g_t = dy_t C_t + a_{t+1} g_{t+1}, from the last token backward, where dnext stands for a g of the token
// after it; everything else follows from g and h
static void selectiveScanGrad(SelectiveScanGradOp op, Operands in, Results out) {
  Scan scan(op, in);
  const Tensor &states = in[6], &dy = in[7];
  Tensor &du = out[0], &ddt = out[1], &dA = out[2], &dB = out[3], &dC = out[4], &dD = out[5];
  int64_t checkpoint = op.getCheckpoint(), channelBlock = op.getChannelBlock(), tokens = scan.tokens();
  std::vector<double> before(tokens + 1); // before[t] = h_{t-1}
  for (int64_t b = 0; b < scan.batch(); ++b)
    for (int64_t d = 0; d < scan.channels(); ++d) {
      int64_t block = d / channelBlock;
      for (int64_t t = 0; t < tokens; ++t) {
        du(b, t, d) += scan.D(d) * dy(b, t, d);
        dD(b, d) += scan.u(b, t, d) * dy(b, t, d);
      }
      for (int64_t n = 0; n < scan.states(); ++n) {
        for (int64_t t = 0; t < tokens; ++t) {
          if (t % checkpoint == 0)
            before[t] = states(b, t / checkpoint, d, n);
          before[t + 1] = scan.next(b, t, d, n, before[t]);
        }
        double ag = op.getDnext() ? in[8](b, d, n) : 0; // of the token after
        for (int64_t t = tokens - 1; t >= 0; --t) {
          double g = dy(b, t, d) * scan.C(b, t, n) + ag;
          double dt = scan.dt(b, t, d), u = scan.u(b, t, d), B = scan.B(b, t, n), A = scan.A(d, n);
          double a = scan.decay(b, t, d, n), h = before[t];
          du(b, t, d) += dt * g * B;
          ddt(b, t, d) += g * (A * a * h + B * u);
          dA(b, d, n) += g * dt * a * h;
          dB(block, b, t, n) += g * dt * u;
          dC(block, b, t, n) += dy(b, t, d) * before[t + 1];
          ag = a * g;
        }
        if (op.getDh())
          out[6](b, d, n) = ag;
      }
    }
}

/// Of a scan from zero, or, where there is a dnext, from some other state: it is as good as any.
static Tensor deriveStates(mlir::Operation *op, Operands in) {
  auto grad = llvm::cast<SelectiveScanGradOp>(op);
  return keptStates(Scan(grad, in), grad.getDnext() ? &in[8] : nullptr, grad.getCheckpoint());
}

/// The optional operands: a state [Batch, D, N], then documents [Batch, T].
template <size_t withoutState>
static Tensor drawOptional(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  bool hasState = op->getNumOperands() > withoutState + 1;
  return shape.size() == 3 ? drawNormal(shape, random) : drawDocuments(shape, random, hasState);
}

/// A test marks an op `samba.stiff` to draw steps and rates of many orders of magnitude.
static bool isStiff(mlir::Operation *op) { return op->hasAttr("samba.stiff"); }

static Tensor drawLogUniform(llvm::ArrayRef<int64_t> shape, Random &random, double low, double high) {
  Tensor x = drawUniform(shape, random, std::log(low), std::log(high));
  for (double &value : x.data)
    value = std::exp(value);
  return x;
}

/// Most steps are small, as the paper's initializer makes them; some are large.
static Tensor drawStepSize(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  if (isStiff(op))
    return drawLogUniform(shape, random, 1e-6, 1e4);
  Tensor dt(shape);
  for (double &value : dt.data)
    value = random.integer(0, 50) ? std::exp(random.uniform(std::log(0.001), std::log(0.3)))
                                  : random.uniform(1, 20);
  return dt;
}

/// Around -1 .. -N, where the paper's initializer puts it.
static Tensor drawA(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  if (isStiff(op)) {
    Tensor A = drawLogUniform(shape, random, 1e-3, 1e6);
    for (double &value : A.data)
      value = -value;
    return A;
  }
  return drawUniform(shape, random, -double(shape.back()) - 0.5, -0.5);
}

void samba::oracle::registerSelectiveScan(Semantics &semantics) {
  semantics.add(limit::scan, selectiveScan)
      .keepExact({6})
      .draw(1, drawStepSize)
      .draw(2, drawA)
      .draw(6, drawOptional<6>)
      .draw(7, drawOptional<6>);
  semantics.add(limit::scan, selectiveScanStep).keepExact({6}).draw(1, drawStepSize).draw(2, drawA);
  semantics.add(limit::scan, selectiveScanGrad)
      .keepExact({8})
      .bf16(limit::bf16ScanGradient)
      .draw(1, drawStepSize)
      .draw(2, drawA)
      .draw(8, drawOptional<8>)
      .draw(9, drawOptional<8>)
      .derive(6, deriveStates);
}
