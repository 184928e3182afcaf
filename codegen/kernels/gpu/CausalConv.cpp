//===- CausalConv.cpp - the depthwise causal convolution, its gradients and its state -------------------===//
//
//   y[t]        = sum_i w[K-1-i] x[t-i]       i = 0 ... K-1; x before the first token: the state, or zero
//   dx[t]       = sum_i w[K-1-i] dy[t+i]      the same sum, backward in time
//   dw[K-1-i]   = sum_{b, t} dy[t] x[t-i]
//   dstate[-j]  = sum_t w[K-1-j-t] dy[t]      j = 1 ... K-1: what reaches before the first token
//   next        = the last K-1 rows of [state; x]
//
// per channel; x, y [B, T, C], w [C, K], state [B, K-1, C]. Where a document begins the sums see nothing that
// lies before: the window of tokens is emptied there. x is read and y written once: 4 bytes per element in
// bf16, for which K multiply-adds, a bias and silu (two special functions) leave time. A thread has a vector
// of channels (16 bytes) and walks over a run of up to 64 tokens; the K-1 tokens before stay in registers,
// and the loads of four tokens are under way together. Neighbouring runs read K-1 tokens twice, from the L2
// cache.
//
// dw: the same walk, over runs of 32 to 256 tokens, gives every run partial sums [K, C], which ColumnSum.h
// adds up.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ColumnSum.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

constexpr int64_t tokensInFlight = 4;

/// The runs of tokens of x [B, T, C], and the thread's one.
class TokenRuns {
public:
  static constexpr int64_t threads = 128;

  TokenRuns(KernelBuilder &k, Value x, int64_t longest, int64_t shortest)
      : width(streamWidth(k, x)), batches(shapeOf(x)[0]), tokens(shapeOf(x)[1]),
        vectors(channelsOf(x) / width), k(k) {
    length = longest;
    while (length > shortest && (length >= 2 * tokens || vectors * rowsOf(x) / length < fewThreads))
      length /= 2;
  }

  int64_t perBatch() const { return llvm::divideCeil(tokens, length); }
  int64_t count() const { return batches * perBatch(); }

  /// Begins the launch; body() runs in the threads that have a run.
  void launch(function_ref<void()> body, int64_t blocksPerSm = 4) {
    const int64_t total = vectors * count();
    k.begin({{int64_t(llvm::divideCeil(total, threads)), 1, 1}, threads, blocksPerSm});
    Value block = k.blockId(), thread = k.threadId();
    if (total >= int64_t(1) << 30) {
      block = k.extend(block);
      thread = k.extend(thread);
    }
    Value flat = k.add(k.mul(block, threads), thread);
    auto place = [&] {
      run = k.toInteger(k.div(flat, vectors), k.i32);
      column = k.mul(k.toInteger(k.rem(flat, vectors), k.i32), width);
      batch = k.div(run, perBatch());
      begin = k.mul(k.rem(run, perBatch()), length);
      end = tokens % length ? k.min(k.add(begin, length), tokens) : k.add(begin, length);
      batchRow = k.mul(batch, tokens);
      body();
    };
    if (total % threads)
      k.when(k.less(flat, total), place);
    else
      place();
    k.end();
  }

  /// body(first token, how many, carried) for the tokens of the run, four at a time and then one at a time;
  /// backward, from the last on: the tokens are first, first - 1, ...
  using Body = function_ref<Values(Value token, int64_t count, ValueRange carried)>;
  Values walk(bool backward, Values carried, Body body) const {
    Value count = k.sub(end, begin);
    auto token = [&](Value step) { return backward ? k.sub(k.sub(end, 1), step) : k.add(begin, step); };
    auto steps = [&](Operand low, Operand high, int64_t size) {
      carried = k.loop(low, high, size, carried,
                       [&](Value step, ValueRange carried) { return body(token(step), size, carried); });
    };
    if (tokens % length == 0 && length % tokensInFlight == 0) {
      steps(0, length, tokensInFlight);
      return carried;
    }
    Value rest = k.mul(k.div(count, tokensInFlight), tokensInFlight);
    steps(0, rest, tokensInFlight);
    steps(rest, count, 1);
    return carried;
  }

  /// Channels of one token of the batch entry.
  Values load(Value x, Value token) const { return k.load(x, k.add(batchRow, token), column, width); }
  /// The same, zero outside of the sequence.
  Values loadOrZero(Value x, Value token) const {
    Value inside = k.both(k.lessEqual(0, token), k.less(token, tokens));
    Values values = load(x, k.max(k.min(token, tokens - 1), 0));
    for (Value &value : values)
      value = k.select(inside, value, 0.0);
    return values;
  }

  /// Where the document of a token of the batch entry begins, i32; past the end that of the last token.
  Value beginOf(Value documents, Value token) const {
    return k.toInteger(k.loadInteger(documents, k.add(batchRow, k.min(token, tokens - 1))), k.i32);
  }

  const int64_t width, batches, tokens, vectors;
  int64_t length;
  Value run, batch, batchRow, begin, end, column; ///< i32

private:
  KernelBuilder &k;
};

/// w[column ... column + width - 1, K-1-i]: [i][width].
SmallVector<Values> loadTaps(KernelBuilder &k, Value w, Value column, int64_t width) {
  const int64_t K = channelsOf(w), access = k.vectorWidth(w, 4);
  SmallVector<Values> taps(K, Values(width));
  for (int64_t c = 0; c < width; ++c)
    for (int64_t first = 0; first < K; first += access)
      for (auto [i, tap] : llvm::enumerate(k.load(w, k.add(column, c), first, access)))
        taps[K - 1 - first - int64_t(i)][c] = tap;
  return taps;
}

void append(Values &list, ArrayRef<Values> vectors) {
  for (const Values &vector : vectors)
    list.append(vector);
}
SmallVector<Values> takeVectors(ValueRange list, int64_t width) {
  SmallVector<Values> vectors;
  for (size_t i = 0; i < list.size(); i += width)
    vectors.emplace_back(list.slice(i, width));
  return vectors;
}

/// next [B, K-1, C]: `window`, the newest row first.
void storeState(KernelBuilder &k, const TokenRuns &runs, Value next, ArrayRef<Values> window) {
  const int64_t kept = int64_t(window.size());
  for (auto [age, row] : llvm::enumerate(window))
    k.store(next, k.add(k.mul(runs.batch, kept), kept - 1 - int64_t(age)), runs.column, row);
}

/// Zeros in place of what is hidden (i1; null: nothing).
void hide(KernelBuilder &k, Value isHidden, Values &values) {
  if (isHidden)
    for (Value &value : values)
      value = k.select(isHidden, 0.0, value);
}
void hide(KernelBuilder &k, Value isHidden, SmallVector<Values> &window) {
  for (Values &values : window)
    hide(k, isHidden, values);
}

/// x of the i-th token before the run, i = 1 ... K-1, as the run's first token sees it. `state`, `documents`:
/// or null.
Values windowBefore(KernelBuilder &k, const TokenRuns &runs, Value x, Value state, Value documents,
                    int64_t K) {
  Values before;
  for (int64_t i = 1; i < K; ++i) {
    Value token = k.sub(runs.begin, i);
    Values values = state ? Values(k.choose(
                                k.less(token, 0),
                                [&] {
                                  Value row = k.add(k.add(k.mul(runs.batch, K - 1), token), K - 1);
                                  return k.load(state, row, runs.column, runs.width);
                                },
                                [&] { return runs.load(x, token); }))
                          : runs.loadOrZero(x, token);
    if (documents)
      hide(k, k.less(token, runs.beginOf(documents, runs.begin)), values);
    before.append(values);
  }
  return before;
}

/// dy of the i-th token after the run, i = 1 ... K-1, as far as it sees the run's last token.
Values windowAfter(KernelBuilder &k, const TokenRuns &runs, Value dy, Value documents, int64_t K) {
  Values after;
  for (int64_t i = 1; i < K; ++i) {
    Value token = k.add(runs.end, i - 1);
    Values values = runs.loadOrZero(dy, token);
    if (documents)
      hide(k, k.lessEqual(runs.end, runs.beginOf(documents, token)), values);
    after.append(values);
  }
  return after;
}

/// y = sum_i w[:, K-1-i] x[t -+ i]. `state`: what precedes the first token, or null. `next`: the state after
/// the only token, or null.
void convolve(KernelBuilder &k, Value x, Value w, Value state, Value documents, Value y, bool backward,
              Value next = {}) {
  const int64_t K = channelsOf(w);
  TokenRuns runs(k, x, /*longest=*/64, /*shortest=*/tokensInFlight);
  const int64_t width = runs.width;
  auto body = [&] {
    SmallVector<Values> taps = loadTaps(k, w, runs.column, width);
    Values before =
        backward ? windowAfter(k, runs, x, documents, K) : windowBefore(k, runs, x, state, documents, K);
    runs.walk(backward, before, [&](Value first, int64_t count, ValueRange before) {
      SmallVector<Values> window = takeVectors(before, width), sums; // window: the token before first
      SmallVector<Place> places;
      SmallVector<Values> xs;
      Values begins; // i1, whether a document begins at the token; null: no
      for (int64_t i = 0; i < count; ++i) {
        Value token = backward ? k.sub(first, i) : k.add(first, i);
        places.push_back({k.add(runs.batchRow, token), runs.column});
        xs.push_back(runs.load(x, token));
        begins.push_back(documents ? k.equal(runs.beginOf(documents, token), token) : Value());
      }
      for (auto [newest, beginsHere] : llvm::zip(xs, begins)) {
        if (!backward)
          hide(k, beginsHere, window);
        window.insert(window.begin(), newest);
        Values &sum = sums.emplace_back();
        for (int64_t c = 0; c < width; ++c) {
          Value total = k.mul(taps[0][c], window[0][c]);
          for (int64_t i = 1; i < K; ++i)
            total = k.fma(taps[i][c], window[i][c], total);
          sum.push_back(total);
        }
        window.pop_back();
        if (backward)
          hide(k, beginsHere, window);
      }
      k.store(y, places, sums);
      if (next)
        storeState(k, runs, next, window);
      Values kept;
      append(kept, window);
      return kept;
    });
  };
  runs.launch(body, documents ? 3 : 4); // documents take registers
}

struct CausalConvKernel : GpuKernelOpInterface::ExternalModel<CausalConvKernel, CausalConvOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvOp>(op);
    Value next; // of one token, where the kernel makes the state too (codegen/ShareLaunches.cpp)
    for (auto state : op->getBlock()->getOps<ConvStateOp>())
      next = state.getNext();
    convolve(k, conv.getX(), conv.getW(), conv.getState(), conv.getDocuments(), conv.getY(),
             /*backward=*/false, next);
    return success();
  }
};

struct CausalConvDxKernel : GpuKernelOpInterface::ExternalModel<CausalConvDxKernel, CausalConvDxOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvDxOp>(op);
    convolve(k, conv.getDy(), conv.getW(), Value(), conv.getDocuments(), conv.getDx(), /*backward=*/true);
    return success();
  }
};

struct CausalConvDwKernel : GpuKernelOpInterface::ExternalModel<CausalConvDwKernel, CausalConvDwOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvDwOp>(op);
    const int64_t K = conv.getDConv(), C = channelsOf(conv.getX());
    TokenRuns runs(k, conv.getX(), /*longest=*/256, /*shortest=*/32);
    const int64_t width = runs.width, partials = k.reserveScratch(runs.count() * K * C * 4); // [runs, K, C]
    auto place = [&](Value run, Operand element) {
      return k.at(k.scratch(partials), k.mul(k.add(k.mul(k.extend(run), K * C), element), 4));
    };
    runs.launch([&] {
      Values carried(K * width, k.number(0)); // K sums, then the K-1 tokens before
      carried.append(windowBefore(k, runs, conv.getX(), conv.getState(), conv.getDocuments(), K));
      carried = runs.walk(/*backward=*/false, carried, [&](Value first, int64_t count, ValueRange carried) {
        SmallVector<Values> sums = takeVectors(carried.take_front(K * width), width),
                            window = takeVectors(carried.drop_front(K * width), width), xs, dys;
        Values begins;
        for (int64_t i = 0; i < count; ++i) {
          Value token = k.add(first, i), documents = conv.getDocuments();
          xs.push_back(runs.load(conv.getX(), token));
          dys.push_back(runs.load(conv.getDy(), token));
          begins.push_back(documents ? k.equal(runs.beginOf(documents, token), token) : Value());
        }
        for (auto [newest, dy, beginsHere] : llvm::zip(xs, dys, begins)) {
          hide(k, beginsHere, window);
          window.insert(window.begin(), newest);
          for (int64_t i = 0; i < K; ++i)
            for (int64_t c = 0; c < width; ++c)
              sums[i][c] = k.fma(dy[c], window[i][c], sums[i][c]);
          window.pop_back();
        }
        Values next;
        append(next, sums);
        append(next, window);
        return next;
      });
      for (int64_t i = 0; i < K; ++i) {
        Value element = k.add(k.extend(runs.column), (K - 1 - i) * C);
        k.store(ArrayRef<Value>(carried).slice(i * width, width), place(runs.run, element), k.f32);
      }
    });
    ColumnSum(runs.count(), K * C, width)
        .emit(
            k, [&](Value run, Value element) { return k.load(place(run, k.extend(element)), k.f32, width); },
            [&](Value element, ValueRange sums) {
              Value tap = k.div(element, C), channel = k.rem(element, C);
              for (auto [c, sum] : llvm::enumerate(sums))
                k.store(conv.getDw(), k.add(channel, int64_t(c)), tap, sum);
            });
    return success();
  }
};

struct CausalConvDstateKernel
    : GpuKernelOpInterface::ExternalModel<CausalConvDstateKernel, CausalConvDstateOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvDstateOp>(op);
    const int64_t K = channelsOf(conv.getW()), T = shapeOf(conv.getDy())[1];
    VectorGrid grid(shapeOf(conv.getDy())[0], channelsOf(conv.getDy()), streamWidth(k, conv.getDy()),
                    /*most=*/1);
    k.begin(grid.shape());
    for (auto [batch, column, valid] : grid.places(k)) {
      SmallVector<Values> taps = loadTaps(k, conv.getW(), column, grid.width), dys;
      for (int64_t t = 0; t < std::min(K - 1, T); ++t)
        dys.push_back(k.load(conv.getDy(), k.add(k.mul(batch, T), t), column, grid.width));
      SmallVector<Place> places;
      SmallVector<Values> rows;
      for (int64_t j = 1; j < K; ++j) {
        Values &sum = rows.emplace_back(grid.width, k.number(0));
        for (int64_t t = 0; t < std::min(K - j, T); ++t) {
          Values dy = dys[t];
          if (Value documents = conv.getDocuments()) {
            Value begin = k.toInteger(k.loadInteger(documents, k.add(k.mul(batch, T), t)), k.i32);
            hide(k, k.less(-j, begin), dy);
          }
          for (int64_t c = 0; c < grid.width; ++c)
            sum[c] = k.fma(taps[t + j][c], dy[c], sum[c]);
        }
        places.push_back({k.add(k.mul(batch, K - 1), K - 1 - j), column, valid});
      }
      k.store(conv.getDstate(), places, rows);
    }
    k.end();
    return success();
  }
};

struct ConvStateKernel : GpuKernelOpInterface::ExternalModel<ConvStateKernel, ConvStateOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<ConvStateOp>(op);
    Value x = conv.getX(), state = conv.getState();
    const int64_t T = shapeOf(x)[1], kept = shapeOf(state)[1];
    VectorGrid grid(shapeOf(x)[0], channelsOf(x), streamWidth(k, x), /*most=*/1); // rows are batch entries
    k.begin(grid.shape());
    for (auto [batch, column, valid] : grid.places(k)) {
      SmallVector<Place> places;
      SmallVector<Values> rows; // all before the first store: next may be the state's buffer
      for (int64_t r = 0; r < kept; ++r) {
        Value stateRow = k.mul(batch, kept), xRow = k.mul(batch, T);
        rows.push_back(r + T < kept ? k.load(state, k.add(stateRow, r + T), column, grid.width)
                                    : k.load(x, k.add(xRow, r + T - kept), column, grid.width));
        places.push_back({k.add(stateRow, r), column, valid});
      }
      k.store(conv.getNext(), places, rows);
    }
    k.end();
    return success();
  }
};

/// Row i of dnext came from row T - kept + i of x, or of the state if that is negative.
struct ConvStateGradKernel : GpuKernelOpInterface::ExternalModel<ConvStateGradKernel, ConvStateGradOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto grad = cast<ConvStateGradOp>(op);
    const int64_t T = shapeOf(grad.getDx())[1], kept = shapeOf(grad.getDnext())[1];
    const int64_t batches = shapeOf(grad.getDx())[0], rows = T + kept; // of [dstate; dx]
    VectorGrid grid(batches * rows, channelsOf(grad.getDx()), streamWidth(k, grad.getDx()), /*most=*/1);
    k.begin(grid.shape());
    for (auto [row, column, valid] : grid.places(k)) {
      Value batch = k.div(row, rows), place = k.rem(row, rows), from = k.sub(place, T);
      Values values = k.load(grad.getDnext(), k.add(k.mul(batch, kept), k.max(from, 0)), column, grid.width);
      hide(k, k.less(from, 0), values);
      auto where = [&, valid = valid](Value condition) {
        return valid ? k.both(valid, condition) : condition;
      };
      Value inState = k.add(k.mul(batch, kept), k.min(place, kept - 1)),
            inX = k.add(k.mul(batch, T), k.max(k.sub(place, kept), 0));
      k.store(grad.getDstate(), Place{inState, column, where(k.less(place, kept))}, values);
      k.store(grad.getDx(), Place{inX, column, where(k.lessEqual(kept, place))}, values);
    }
    k.end();
    return success();
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

} // namespace samba::gpu
