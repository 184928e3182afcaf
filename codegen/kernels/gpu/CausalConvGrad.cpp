//===- CausalConvGrad.cpp - the gradient of the causal convolution with bias and silu, in one pass ------===//
//
//   p[t, c]       = b[c] + sum_i w[c, K-1-i] x[t-i, c]     g[t, c] = dy[t, c] silu'(p[t, c])
//   dx[t, c]      = sum_i w[c, K-1-i] g[t+i, c]
//   dw[c, K-1-i]  = sum_{batch, t} g[t, c] x[t-i, c]       db[c]   = sum_{batch, t} g[t, c]
//
// x and dy [B, T, C] are read and dx is written once: 6 bytes per element in bf16, for which about 30
// instructions leave time. A thread has a few channels and walks over a run of tokens; windows of K - 1
// tokens of x and of g stay in registers, and what it will need of the next four tokens is on its way. A run
// gives dx of its tokens, and the sums over as many tokens that begin K - 1 later, for g runs ahead by that
// much: the first run of a sequence has K - 1 more. Sums of runs are added up by ColumnSum.h.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ColumnSum.h"
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// The work of one thread.
class ConvGradRun {
public:
  static constexpr int64_t threads = 128, inFlight = 4, longest = 128; ///< of a block; tokens; tokens

  ConvGradRun(KernelBuilder &k, CausalConvSiluGradOp op)
      : k(k), x(op.getX()), w(op.getW()), bias(op.getB()), dy(op.getDy()), dx(op.getDx()),
        tokens(shapeOf(x)[1]), channels(channelsOf(x)), taps(channelsOf(w)), width(k.vectorWidth(x, 4)),
        vectors(channels / width), length(lengthOf()), perBatch(llvm::divideCeil(tokens, length)) {}

  int64_t runs() const { return shapeOf(x)[0] * perBatch; }

  /// The launch. keep(run, tap, column, sums): the run's part of dw's tap, i as above, or of db, i = K.
  void emit(function_ref<void(Value run, int64_t tap, Value column, ValueRange sums)> keep) {
    const int64_t total = vectors * runs();
    const int64_t blocksPerSm = taps * width > 16 ? 2 : 4; // three windows of registers
    k.begin({{int64_t(llvm::divideCeil(total, threads)), 1, 1}, threads, blocksPerSm});
    Value flat = k.add(k.mul(k.extend(k.blockId()), threads), k.extend(k.threadId()));
    auto place = [&] {
      run = k.toInteger(k.div(flat, vectors), k.i32);
      column = k.mul(k.toInteger(k.rem(flat, vectors), k.i32), width);
      batchRow = k.mul(k.div(run, perBatch), tokens);
      begin = k.mul(k.rem(run, perBatch), length);
      Values sums = walk();
      for (int64_t i = 0; i <= taps; ++i)
        keep(run, i, column, ValueRange(sums).slice(i * width, width));
    };
    if (total % threads)
      k.when(k.less(flat, total), place);
    else
      place();
    k.end();
  }

  int64_t tapCount() const { return taps; }
  int64_t vectorWidth() const { return width; }

private:
  /// [token][channel], the newest token first.
  using Window = SmallVector<Values>;
  struct State {
    Window sums, xs, gs; ///< sums: [K + 1]; windows: [K - 1]
  };

  int64_t lengthOf() const {
    int64_t length = longest;
    while (length > inFlight && (length >= 2 * tokens || vectors * rowsOf(x) / length < fewThreads))
      length /= 2;
    return length;
  }

  /// x and dy of a token as they lie in memory; dy is zero past the end.
  Values fetch(Value token) const {
    Value row = k.add(batchRow, k.min(token, tokens - 1)), exists = k.less(token, tokens);
    Values raw = loadRaw(k, x, row, column, width);
    for (Value part : loadRaw(k, dy, row, column, width))
      raw.push_back(k.select(exists, part, 0));
    return raw;
  }
  int64_t fetchSize() const { return rawSize(k, x, width) + rawSize(k, dy, width); }

  /// Takes x of a token into the window and makes g of it: adds it to the sums, with the window.
  Values take(State &state, ValueRange raw) const {
    state.xs.insert(state.xs.begin(), valuesOf(k, raw.take_front(rawSize(k, x, width))));
    Values cotangent = valuesOf(k, raw.drop_front(rawSize(k, x, width))), g;
    for (int64_t c = 0; c < width; ++c) {
      Value p = biases[c];
      for (int64_t i = 0; i < taps; ++i)
        p = k.fma(weights[i][c], state.xs[i][c], p);
      Value s = k.sigmoid(p);
      Value slope = k.fma(k.mul(p, s), k.sub(1.0, s), s);
      g.push_back(k.mul(cotangent[c], slope));
      for (int64_t i = 0; i < taps; ++i)
        state.sums[i][c] = k.fma(g[c], state.xs[i][c], state.sums[i][c]);
      state.sums[taps][c] = k.add(state.sums[taps][c], g[c]);
    }
    state.xs.pop_back();
    return g;
  }

  Values walk() {
    loadWeights();
    const int64_t ahead = taps - 1;
    State state;
    state.sums.assign(taps + 1, Values(width, k.number(0)));
    for (int64_t i = 1; i < taps; ++i)
      state.xs.push_back(loadOrZero(k.sub(begin, i)));
    Value isFirst = k.equal(begin, 0);
    for (int64_t i = 0; i < ahead; ++i)
      state.gs.insert(state.gs.begin(), take(state, fetch(k.add(begin, i))));
    for (Values &sum : state.sums) // of the run before, else
      for (Value &x : sum)
        x = k.select(isFirst, x, 0.0);

    auto fetchMany = [&](Value token, int64_t count) { // that dx of `token` and the next ones wait for
      Values raw;
      for (int64_t i = 0; i < count; ++i)
        raw.append(fetch(k.add(token, ahead + i)));
      return raw;
    };
    auto step = [&](Value token, int64_t count, ValueRange raw, State &state) {
      SmallVector<Place> places;
      SmallVector<Values> sums;
      for (int64_t i = 0; i < count; ++i) {
        state.gs.insert(state.gs.begin(), take(state, raw.slice(i * fetchSize(), fetchSize())));
        Values &sum = sums.emplace_back();
        for (int64_t c = 0; c < width; ++c) {
          Value total = k.mul(weights[0][c], state.gs[ahead][c]);
          for (int64_t j = 1; j < taps; ++j)
            total = k.fma(weights[j][c], state.gs[ahead - j][c], total);
          sum.push_back(total);
        }
        state.gs.pop_back();
        places.push_back({k.add(batchRow, k.add(token, i)), column});
        if (i + 1 == count || !k.isPlainOutput(dx)) { // what is fused behind takes registers
          k.store(dx, places, sums);
          places.clear(), sums.clear();
        }
      }
    };

    Value end = tokens % length ? k.min(k.add(begin, length), tokens) : k.add(begin, length);
    Value grouped = tokens % length || length % inFlight
                        ? k.add(begin, k.mul(k.div(k.sub(end, begin), inFlight), inFlight))
                        : end;
    Values carried = listOf(state);
    const size_t stateSize = carried.size();
    carried.append(fetchMany(begin, inFlight));
    carried = k.loop(begin, grouped, inFlight, carried, [&](Value token, ValueRange carried) {
      State state = stateFrom(carried.take_front(stateSize));
      Values next = fetchMany(k.add(token, inFlight), inFlight);
      step(token, inFlight, carried.drop_front(stateSize), state);
      Values after = listOf(state);
      after.append(next);
      return after;
    });
    carried.resize(stateSize);
    if (grouped != end)
      carried = k.loop(grouped, end, 1, carried, [&](Value token, ValueRange carried) {
        State state = stateFrom(carried);
        step(token, 1, fetchMany(token, 1), state);
        return listOf(state);
      });
    return Values(ArrayRef<Value>(carried).take_front((taps + 1) * width));
  }

  /// weights[i][c] = w[column + c, K-1-i].
  void loadWeights() {
    const int64_t access = k.vectorWidth(w, 4);
    weights.assign(taps, Values(width));
    for (int64_t c = 0; c < width; ++c)
      for (int64_t first = 0; first < taps; first += access)
        for (auto [i, weight] : llvm::enumerate(k.load(w, k.add(column, c), first, access)))
          weights[taps - 1 - first - int64_t(i)][c] = weight;
    biases = k.load(bias, 0, column, width);
  }
  Values loadOrZero(Value token) const {
    Value exists = k.lessEqual(0, token);
    Values values = k.load(x, k.add(batchRow, k.min(k.max(token, 0), tokens - 1)), column, width);
    for (Value &value : values)
      value = k.select(exists, value, 0.0);
    return values;
  }

  Values listOf(const State &state) const {
    Values list;
    for (const Window *window : {&state.sums, &state.xs, &state.gs})
      for (const Values &row : *window)
        list.append(row);
    return list;
  }
  State stateFrom(ValueRange list) const {
    State state;
    auto take = [&](Window &window, int64_t rows) {
      for (int64_t i = 0; i < rows; ++i, list = list.drop_front(width))
        window.emplace_back(list.take_front(width));
    };
    take(state.sums, taps + 1), take(state.xs, taps - 1), take(state.gs, taps - 1);
    return state;
  }

  KernelBuilder &k;
  Value x, w, bias, dy, dx;
  const int64_t tokens, channels, taps;
  const int64_t width, vectors, length, perBatch; ///< vectors of a token; tokens of a run; runs
  Value run, column, batchRow, begin;             ///< i32
  Window weights;
  Values biases;
};

struct CausalConvSiluGradKernel
    : GpuKernelOpInterface::ExternalModel<CausalConvSiluGradKernel, CausalConvSiluGradOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    auto conv = cast<CausalConvSiluGradOp>(op);
    ConvGradRun run(k, conv);
    const int64_t K = run.tapCount(), C = channelsOf(conv.getX()), width = run.vectorWidth(),
                  columns = (K + 1) * C;
    const int64_t partials = k.reserveScratch(run.runs() * columns * 4); // [runs, K + 1, C]
    auto place = [&](Value row, Value column) {
      return k.at(k.scratch(partials), k.mul(k.add(k.mul(k.extend(row), columns), k.extend(column)), 4));
    };
    run.emit([&](Value row, int64_t tap, Value column, ValueRange sums) {
      k.store(sums, place(row, k.add(column, tap * C)), k.f32);
    });
    ColumnSum(run.runs(), columns, width)
        .emit(
            k, [&](Value row, Value column) { return k.load(place(row, column), k.f32, width); },
            [&](Value column, ValueRange sums) {
              Value tap = k.div(column, C), channel = k.rem(column, C), isBias = k.equal(tap, K);
              k.when(isBias, [&] { k.store(conv.getDb(), 0, channel, sums); });
              k.when(k.less(tap, K), [&] {
                for (auto [c, sum] : llvm::enumerate(sums))
                  k.store(conv.getDw(), k.add(channel, int64_t(c)), k.sub(K - 1, tap), sum);
              });
            });
    return success();
  }
};

} // namespace

void attachCausalConvGrad(MLIRContext &context) {
  CausalConvSiluGradOp::attachInterface<CausalConvSiluGradKernel>(context);
}

} // namespace samba::gpu
