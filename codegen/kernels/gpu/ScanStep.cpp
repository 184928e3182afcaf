//===- ScanStep.cpp - the selective scan of one token from a state --------------------------------------===//
//
// Decoding: what must move is h, in and out, 16 bytes of it a thread.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Evaluate.h"
#include "codegen/kernels/gpu/ScanForward.h"

using namespace mlir;

namespace samba::gpu {

/// dt of a channel, which `lanes` neighbouring threads share; where the kernel holds the product that dt
/// comes from (codegen/ShareLaunches.cpp), they make it.
static Value stepOf(KernelBuilder &k, const Scan &s, Value batch, Value channel, Value lane, int64_t lanes) {
  auto products = k.kernel.getBody().getOps<LinearOp>();
  if (products.empty())
    return k.load(s.dt, batch, channel);
  LinearOp product = *products.begin();
  const int64_t depth = channelsOf(product.getX()), width = k.vectorWidth(product.getW(), 8);
  Value sum = k.number(0);
  for (int64_t first = 0; first < depth; first += lanes * width) {
    Value column = k.add(k.mul(lane, width), first), isReal = k.less(column, depth);
    if (first + lanes * width > depth)
      column = k.min(column, depth - width);
    Value part = sum;
    for (auto [r, w] : llvm::zip(k.load(product.getX(), batch, column, width),
                                 k.load(product.getW(), channel, column, width)))
      part = k.fma(r, w, part);
    sum = first + lanes * width > depth ? k.select(isReal, part, sum) : part;
  }
  Known known;
  known[product.getY()] = {k.sumLanes(sum, lanes)};
  return evaluateAt(k, s.dt, batch, channel, 1, known)[0];
}

/// Asks for `count` channels from `row` of [Batch, D] on: their states, and their weights, inputs [D, n].
static void prefetchChannels(KernelBuilder &k, const Scan &s, Value row, int64_t count) {
  for (BlockArgument input : k.kernel.getBody().getArguments()) {
    bool isWeight = shapeOf(input).size() == 2 && shapeOf(input)[0] == s.channels();
    int64_t bytes = count * channelsOf(input) * k.elementOf(input).getIntOrFloatBitWidth() / 8;
    if ((input == s.h || isWeight) && k.rowStride(input) == channelsOf(input) && bytes % 16 == 0 &&
        k.isTmaReady(input))
      k.prefetchL2(k.address(input, isWeight ? k.rem(row, s.channels()) : row, 0), bytes);
  }
}

void emitOneToken(KernelBuilder &k, const Scan &s) {
  constexpr int64_t threads = 128;
  const int64_t N = s.dState(), D = s.channels(), states = N > 128 ? 8 : 4;
  const int64_t lanes = llvm::PowerOf2Ceil(llvm::divideCeil(N, states)), channels = threads / lanes;
  const int64_t rows = s.batches() * D;
  k.begin(
      {.grid = {int64_t(llvm::divideCeil(rows, channels)), 1, 1}, .threads = threads, .waitsItself = true});
  k.allowLaterLaunches();
  const int64_t width = k.vectorWidth(s.A, 4);
  Value lane = k.rem(k.threadId(), lanes), firstState = k.mul(lane, states);
  Value firstRow = k.mul(k.blockId(), channels), row = k.add(firstRow, k.div(k.threadId(), lanes)), rowExists;
  if (D % channels == 0)
    k.when(k.equal(k.threadId(), 0), [&] { prefetchChannels(k, s, firstRow, channels); });
  k.waitForEarlierLaunches();
  Value stateEnd = lanes * states == N ? Value() : k.integer(N);
  if (rows % channels) {
    rowExists = k.less(row, rows);
    row = k.min(row, rows - 1);
  }
  Value batch = k.div(row, D), channel = k.rem(row, D);
  auto loadStates = [&](Value tensor, Value row) {
    return loadBelow(k, tensor, row, firstState, states, width, stateEnd);
  };
  Values h = loadStates(s.h, row), A = loadStates(s.A, channel);
  Values B = loadStates(s.B, batch), C = loadStates(s.C, batch);
  Value u = k.load(s.u, batch, channel), dt = stepOf(k, s, batch, channel, lane, lanes);
  Value d = k.load(s.D, 0, channel);
  SmallVector<unsigned> outputs; // all but the state
  for (auto [i, output] : llvm::enumerate(k.kernel.outputs()))
    if (output != s.next)
      outputs.push_back(i);
  Known known = loadInputs(k, outputs, batch, channel, 1);
  h = advance(k, h, ratesOf(k, A, /*documents=*/Value()), dt, k.mul(dt, u), B);
  Value y = k.fma(d, u, k.sumLanes(dot(k, h, C), lanes));
  if (s.next)
    storeBelow(k, s.next, row, firstState, h, width, stateEnd, rowExists);
  known[s.y] = {y};
  Value isFirst = k.equal(lane, 0);
  k.when(rowExists ? k.both(isFirst, rowExists) : isFirst,
         [&] { storeOutputs(k, outputs, batch, channel, 1, known); });
  k.end();
}

} // namespace samba::gpu
