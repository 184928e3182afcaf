//===- CausalConv.cpp - the depthwise causal convolution, its gradients and its state -------------------===//
//
//   y[t, c]      = sum_i w[c, K-1-i] x[t-i, c]           i = 0 ... K-1; x before the first token: the state,
//   or zero dx[t, c]     = sum_i w[c, K-1-i] dy[t+i, c]          the same sum, backward in time dw[c, K-1-i]
//   = sum_{b, t} dy[t, c] x[t-i, c] next         = the last K-1 rows of [state; x]
//
// x, y [B, T, C], w [C, K], state [B, K-1, C]. Lanes run over channels; the K-1 tokens before (or after) t
// stay in registers, so that every element is loaded once. A cell is one batch entry and 64 channels; for dw
// 16 channels of the whole batch. Cost: K multiply-adds per element; the kernels run at the speed of memory.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/ChannelCell.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t channelBlock = 64, gradBlock = 16;

Schedule scheduleConvolution(Value x, Value w) {
  return {ChannelCell::grid(x, channelBlock), Records::bytes(channelBlock, channelsOf(w), 1)};
}

/// y = sum_i w[:, K-1-i] x[t -+ i]. `state`: what precedes the first token, or null.
void convolve(KernelBuilder &k, Value x, Value w, Value state, Value y, bool backward) {
  const int64_t K = channelsOf(w);
  ChannelCell cell(k, x, channelBlock);
  Records weights{k.scratch(), K, 1};
  cell.clear(weights);
  cell.read(weights, 0, k.matrix(w));
  cell.overGroups([&](Value group, Value channel, Value mask) {
    Values taps, before; // w[:, K-1-i]; the x of i+1 tokens ago [L]
    for (int64_t i = 0; i < K; ++i)
      taps.push_back(k.load(weights.at(k, group, K - 1 - i, 0)));
    for (int64_t i = 0; i < K - 1; ++i) {
      Value row = k.add(k.mul(cell.batch, K - 1), K - 2 - i);
      before.push_back(state ? k.loadLanes(state, row, channel, mask) : k.splat(0.0));
    }
    k.loop(0, cell.tokens, 1, before, [&](Value step, ValueRange before) -> Values {
      Value t = backward ? k.sub(cell.tokens - 1, step) : step;
      Values window = {k.loadLanes(x, cell.row(t), channel, mask)};
      window.append(before.begin(), before.end());
      Value sum = k.mul(taps[0], window[0]);
      for (int64_t i = 1; i < K; ++i)
        sum = k.fma(taps[i], window[i], sum);
      k.storeLanes(y, cell.row(t), channel, sum, mask);
      window.pop_back();
      return window;
    });
  });
}

struct CausalConvKernel : HostKernelOpInterface::ExternalModel<CausalConvKernel, CausalConvOp> {
  Schedule schedule(Operation *op) const {
    auto conv = cast<CausalConvOp>(op);
    return scheduleConvolution(conv.getX(), conv.getW());
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvOp>(op);
    convolve(k, conv.getX(), conv.getW(), conv.getState(), conv.getY(), /*backward=*/false);
  }
};

struct CausalConvDxKernel : HostKernelOpInterface::ExternalModel<CausalConvDxKernel, CausalConvDxOp> {
  Schedule schedule(Operation *op) const {
    auto conv = cast<CausalConvDxOp>(op);
    return scheduleConvolution(conv.getDy(), conv.getW());
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvDxOp>(op);
    convolve(k, conv.getDy(), conv.getW(), Value(), conv.getDx(), /*backward=*/true);
  }
};

struct CausalConvDwKernel : HostKernelOpInterface::ExternalModel<CausalConvDwKernel, CausalConvDwOp> {
  Schedule schedule(Operation *op) const {
    auto conv = cast<CausalConvDwOp>(op);
    return {ChannelCell::grid(conv.getX(), gradBlock, true), Records::bytes(gradBlock, conv.getDConv(), 1)};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvDwOp>(op);
    const int64_t K = conv.getDConv(), batches = shapeOf(conv.getX())[0];
    constexpr int64_t partialTokens = 64; // summed apart, so that rounding errors of long sums stay small
    ChannelCell cell(k, conv.getX(), gradBlock, /*allBatches=*/true);
    Records grads{k.scratch(), K, 1};
    cell.overGroups([&](Value group, Value channel, Value mask) {
      Values zeros(K, k.splat(0.0)), none(K - 1, k.splat(0.0));
      Values sums = k.loop(0, batches, 1, zeros, [&](Value batch, ValueRange total) {
        Values initial(total); // K sums, then the K-1 tokens before
        initial.append(none);
        Values carried = k.loop(0, cell.tokens, partialTokens, initial, [&](Value first, ValueRange carried) {
          Values inner(zeros);
          inner.append(carried.begin() + K, carried.end());
          Value end = k.min(k.add(first, partialTokens), cell.tokens);
          inner = k.loop(first, end, 1, inner, [&](Value t, ValueRange inner) {
            Value row = k.add(k.mul(batch, cell.tokens), t),
                  dy = k.loadLanes(conv.getDy(), row, channel, mask);
            Values window = {k.loadLanes(conv.getX(), row, channel, mask)}, next;
            window.append(inner.begin() + K, inner.end());
            for (int64_t i = 0; i < K; ++i)
              next.push_back(k.fma(dy, window[i], inner[i]));
            next.append(window.begin(), window.end() - 1);
            return next;
          });
          for (int64_t i = 0; i < K; ++i)
            inner[i] = k.add(inner[i], carried[i]);
          return inner;
        });
        return Values(carried.begin(), carried.begin() + K);
      });
      for (int64_t i = 0; i < K; ++i)
        k.store(sums[i], grads.at(k, group, K - 1 - i, 0));
    });
    cell.write(grads, 0, k.matrix(conv.getDw()));
  }
};

struct ConvStateKernel : HostKernelOpInterface::ExternalModel<ConvStateKernel, ConvStateOp> {
  Schedule schedule(Operation *op) const {
    return {ChannelCell::grid(cast<ConvStateOp>(op).getX(), channelBlock), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<ConvStateOp>(op);
    ChannelCell cell(k, conv.getX(), channelBlock);
    const int64_t T = cell.tokens, kept = shapeOf(conv.getState())[1];
    cell.overGroups([&](Value, Value channel, Value mask) {
      for (int64_t r = 0; r < kept;
           ++r) { // upward: row r may overwrite the state, whose row r + T is still to come
        Value stateRow = k.mul(cell.batch, kept);
        Value row = r + T < kept ? k.loadLanes(conv.getState(), k.add(stateRow, r + T), channel, mask)
                                 : k.loadLanes(conv.getX(), cell.row(r + T - kept), channel, mask);
        k.storeLanes(conv.getNext(), k.add(stateRow, r), channel, row, mask);
      }
    });
  }
};

} // namespace

void attachCausalConv(MLIRContext &context) {
  CausalConvOp::attachInterface<CausalConvKernel>(context);
  CausalConvDxOp::attachInterface<CausalConvDxKernel>(context);
  CausalConvDwOp::attachInterface<CausalConvDwKernel>(context);
  ConvStateOp::attachInterface<ConvStateKernel>(context);
}

} // namespace samba::host
