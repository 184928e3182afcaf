//===- CausalConv.cpp - the depthwise causal convolution, its gradients and its state -------------------===//
//
//   y[t]        = sum_i w[K-1-i] x[t-i]       i = 0 ... K-1; x before the first token: the state, or zero
//   dx[t]       = sum_i w[K-1-i] dy[t+i]      the same sum, backward in time
//   dw[K-1-i]   = sum_{b, t} dy[t] x[t-i]
//   dstate[-j]  = sum_t w[K-1-j-t] dy[t]      j = 1 ... K-1: what reaches before the first token
//   next        = the last K-1 rows of [state; x]
//
// per channel; x, y [B, T, C], w [C, K], state [B, K-1, C]. Where a document begins the sums see nothing that
// lies before. Lanes run over channels; the K-1 tokens before (or after) t stay in registers, so that every
// element is loaded once. A cell is one batch entry and 64 channels; for dw 16 channels of the whole batch.
// Cost: K multiply-adds per element; the kernels run at the speed of memory.
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

/// The tokens around one [L], each replaced by zero if `isHidden` (i1, or null: never).
Values shown(KernelBuilder &k, ValueRange around, Value isHidden) {
  return llvm::map_to_vector<6>(around,
                                [&](Value x) -> Value { return isHidden ? k.select(isHidden, 0.0, x) : x; });
}

/// The K-1 tokens before the first one of sequence `batch`, the last of them first [L]: rows of the state, if
/// there is one, that belong to the first token's document; otherwise zeros.
Values beforeFirst(KernelBuilder &k, int64_t K, Value state, Value documents, Value batch, Value channel,
                   Value mask) {
  Values before(K - 1, k.splat(0.0));
  if (!state)
    return before;
  for (int64_t i = 0; i < K - 1; ++i) {
    before[i] = k.loadLanes(state, k.add(k.mul(batch, K - 1), K - 2 - i), channel, mask);
    if (documents) {
      Value begin = k.toInteger(k.loadElement(documents, batch, 0));
      before[i] = k.select(k.lessEqual(begin, -1 - i), before[i], 0.0);
    }
  }
  return before;
}

/// y = sum_i w[:, K-1-i] x[t -+ i]. `state`: what precedes the first token, or null.
void convolve(KernelBuilder &k, Value x, Value w, Value state, Value documents, Value y, bool backward) {
  const int64_t K = channelsOf(w);
  ChannelCell cell(k, x, channelBlock);
  Records weights{k.scratch(), K, 1};
  cell.clear(weights);
  cell.read(weights, 0, k.matrix(w));
  cell.overGroups([&](Value group, Value channel, Value mask) {
    Values taps; // w[:, K-1-i] [L]
    for (int64_t i = 0; i < K; ++i)
      taps.push_back(k.load(weights.at(k, group, K - 1 - i, 0)));
    Values before = beforeFirst(k, K, state, documents, cell.batch, channel, mask); // x of i+1 tokens ago
    k.loop(0, cell.tokens, 1, before, [&](Value step, ValueRange before) -> Values {
      Value t = backward ? k.sub(cell.tokens - 1, step) : step;
      Value begins = documents ? beginsDocument(k, documents, cell.batch, t) : Value();
      Values window = {k.loadLanes(x, cell.row(t), channel, mask)};
      window.append(shown(k, before, backward ? Value() : begins));
      Value sum = k.mul(taps[0], window[0]);
      for (int64_t i = 1; i < K; ++i)
        sum = k.fma(taps[i], window[i], sum);
      k.storeLanes(y, cell.row(t), channel, sum, mask);
      window.pop_back();
      return shown(k, window, backward ? begins : Value());
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
    convolve(k, conv.getX(), conv.getW(), conv.getState(), conv.getDocuments(), conv.getY(),
             /*backward=*/false);
  }
};

struct CausalConvDxKernel : HostKernelOpInterface::ExternalModel<CausalConvDxKernel, CausalConvDxOp> {
  Schedule schedule(Operation *op) const {
    auto conv = cast<CausalConvDxOp>(op);
    return scheduleConvolution(conv.getDy(), conv.getW());
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvDxOp>(op);
    convolve(k, conv.getDy(), conv.getW(), Value(), conv.getDocuments(), conv.getDx(), /*backward=*/true);
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
      Values zeros(K, k.splat(0.0));
      Values sums = k.loop(0, batches, 1, zeros, [&](Value batch, ValueRange total) {
        Values initial(total); // K sums, then the K-1 tokens before
        initial.append(beforeFirst(k, K, conv.getState(), conv.getDocuments(), batch, channel, mask));
        Values carried = k.loop(0, cell.tokens, partialTokens, initial, [&](Value first, ValueRange carried) {
          Values inner(zeros);
          inner.append(carried.begin() + K, carried.end());
          Value end = k.min(k.add(first, partialTokens), cell.tokens);
          inner = k.loop(first, end, 1, inner, [&](Value t, ValueRange inner) {
            Value row = k.add(k.mul(batch, cell.tokens), t),
                  dy = k.loadLanes(conv.getDy(), row, channel, mask);
            Values window = {k.loadLanes(conv.getX(), row, channel, mask)}, next;
            Value begins = conv.getDocuments() ? beginsDocument(k, conv.getDocuments(), batch, t) : Value();
            window.append(shown(k, inner.drop_front(K), begins));
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

struct CausalConvDstateKernel
    : HostKernelOpInterface::ExternalModel<CausalConvDstateKernel, CausalConvDstateOp> {
  Schedule schedule(Operation *op) const {
    auto conv = cast<CausalConvDstateOp>(op);
    return scheduleConvolution(conv.getDy(), conv.getW());
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvDstateOp>(op);
    const int64_t K = channelsOf(conv.getW());
    ChannelCell cell(k, conv.getDy(), channelBlock);
    Records weights{k.scratch(), K, 1};
    cell.clear(weights);
    cell.read(weights, 0, k.matrix(conv.getW()));
    cell.overGroups([&](Value group, Value channel, Value mask) {
      for (int64_t j = 1; j < K; ++j) {
        Value sum = k.splat(0.0);
        for (int64_t t = 0; t < std::min(K - j, cell.tokens); ++t) {
          Value dy = k.loadLanes(conv.getDy(), cell.row(t), channel, mask);
          if (Value documents = conv.getDocuments()) {
            Value begin = k.toInteger(k.loadElement(documents, cell.batch, t));
            dy = k.select(k.lessEqual(begin, -j), dy, 0.0);
          }
          sum = k.fma(k.load(weights.at(k, group, K - 1 - j - t, 0)), dy, sum);
        }
        k.storeLanes(conv.getDstate(), k.add(k.mul(cell.batch, K - 1), K - 1 - j), channel, sum, mask);
      }
    });
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

/// Row i of dnext came from row T - kept + i of x, or of the state if that is negative.
struct ConvStateGradKernel : HostKernelOpInterface::ExternalModel<ConvStateGradKernel, ConvStateGradOp> {
  Schedule schedule(Operation *op) const {
    return {ChannelCell::grid(cast<ConvStateGradOp>(op).getDx(), channelBlock), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto grad = cast<ConvStateGradOp>(op);
    ChannelCell cell(k, grad.getDx(), channelBlock);
    const int64_t T = cell.tokens, kept = shapeOf(grad.getDnext())[1];
    cell.overGroups([&](Value, Value channel, Value mask) {
      Value stateRow = k.mul(cell.batch, kept);
      auto dnext = [&](int64_t i) { return k.loadLanes(grad.getDnext(), k.add(stateRow, i), channel, mask); };
      k.loop(0, std::max<int64_t>(T - kept, 0), 1,
             [&](Value t) { k.storeLanes(grad.getDx(), cell.row(t), channel, k.splat(0.0), mask); });
      for (int64_t i = std::max<int64_t>(kept - T, 0); i < kept; ++i)
        k.storeLanes(grad.getDx(), cell.row(T - kept + i), channel, dnext(i), mask);
      for (int64_t s = 0; s < kept; ++s)
        k.storeLanes(grad.getDstate(), k.add(stateRow, s), channel, s < T ? k.splat(0.0) : dnext(s - T),
                     mask);
    });
  }
};

} // namespace

void attachCausalConv(MLIRContext &context) {
  CausalConvOp::attachInterface<CausalConvKernel>(context);
  CausalConvDxOp::attachInterface<CausalConvDxKernel>(context);
  CausalConvDwOp::attachInterface<CausalConvDwKernel>(context);
  CausalConvDstateOp::attachInterface<CausalConvDstateKernel>(context);
  ConvStateOp::attachInterface<ConvStateKernel>(context);
  ConvStateGradOp::attachInterface<ConvStateGradKernel>(context);
}

} // namespace samba::host
