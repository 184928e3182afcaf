//===- ScanSpans.cpp - what enters each span of a scan whose time is cut --------------------------------===//
//
// A scan of few channels leaves most of the machine idle: its tokens come one after another. So time is cut
// into spans. The state h after a span is that of the span from zero, plus what is left of the state before
// it:
//
//   h(after) = h(from zero) + exp(A sum_t dt_t) h(before)
//
// The first launch scans all spans at once from zero, without y, which is most of the work that a cut costs;
// the second one follows the spans, a thread for each channel and state. Backward in time it is the same with
// the cotangents.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/ScanSpans.h"

#include "dialect/core/Shapes.h"

#include <cmath>

using namespace mlir;

namespace samba::gpu {

/// Of a span: so many that two blocks come to each that can run.
static int64_t piecesOf(const SpanScan &scan, const ScanLayout &layout, int64_t batches, int64_t channels) {
  constexpr int64_t enough = multiprocessors * 8, leastTiles = 8;
  int64_t pieces = 1, blocks = batches * int64_t(llvm::divideCeil(channels, layout.channels)) * scan.spans;
  while (blocks * pieces < enough && scan.spanTokens % (2 * pieces * layout.tokens) == 0 &&
         scan.spanTokens >= 2 * pieces * layout.tokens * leastTiles)
    pieces *= 2;
  return pieces;
}

SpanStates::SpanStates(KernelBuilder &k, const SpanScan &scan)
    : k(k), scan(scan), batches(shapeOf(scan.x)[0] - scan.firstBatch),
      channels(channelsOf(scan.x) - scan.firstChannel), dState(channelsOf(scan.A)), layout(dState),
      paddedStates(std::max<int64_t>(llvm::alignTo(dState, 16), layout.paddedStates())),
      piecesEach(piecesOf(scan, layout, batches, channels)), pieceTokens(scan.spanTokens / piecesEach),
      pieces(llvm::divideCeil(shapeOf(scan.x)[1], pieceTokens)),
      scanned(scan.backward ? pieces - piecesEach : (scan.spans - 1) * piecesEach) {
  const int64_t rows = batches * pieces * channels;
  states = k.reserveScratch(rows * paddedStates * 4);
  sums = k.reserveScratch(rows * 4);
}

void SpanStates::emit() const {
  emitPieces();
  emitChain();
}

Value SpanStates::rowOf(Value batch, Operand piece, Value channel) const {
  Value first = k.mul(k.extend(k.sub(batch, scan.firstBatch)), pieces);
  first = k.add(first, piece.isNumber() ? piece : Operand(k.extend(piece.asValue())));
  return k.add(k.mul(first, channels), k.extend(k.sub(channel, scan.firstChannel)));
}

Value SpanStates::at(Value batch, Value span, Value channel, Value state) const {
  Value piece = k.mul(span, piecesEach);
  if (scan.backward)
    piece = k.min(k.add(piece, piecesEach - 1), pieces - 1);
  return entering(batch, piece, channel, state);
}

Value SpanStates::entering(Value batch, Operand piece, Value channel, Value state) const {
  Value row = k.at(k.scratch(states), k.mul(rowOf(batch, piece, channel), paddedStates * 4));
  return k.at(row, k.shiftLeft(state, 2));
}

Value SpanStates::sumAt(Value row) const { return k.at(k.scratch(sums), k.mul(row, 4)); }

namespace {

/// One block of the first launch: some channels of a batch entry, through one piece.
class SpanBlock {
public:
  SpanBlock(KernelBuilder &k, const SpanScan &scan, const ScanLayout &layout, int64_t pieceTokens,
            Value batch, Value piece)
      : k(k), scan(scan), layout(layout), tokens(shapeOf(scan.x)[1]), channels(channelsOf(scan.x)),
        dState(channelsOf(scan.A)), tiles(llvm::divideCeil(std::min(pieceTokens, tokens), layout.tokens)),
        steps(k, layout.tokens, layout.channels, 2), K(k, layout.tokens, layout.paddedStates(), 2),
        width(k.vectorWidth(scan.x, layout.vector)),
        stateWidth(k.vectorWidth(scan.A, widthDividing(layout.states))),
        inputWidth(k.vectorWidth(scan.K, widthDividing(layout.stateVector()))), batch(batch) {
    begin = k.mul(piece, pieceTokens), end = k.min(k.add(begin, pieceTokens), tokens);
    firstChannel = k.add(k.mul(k.blockId(0), layout.channels), scan.firstChannel);
    if ((channels - scan.firstChannel) % layout.channels)
      channelEnd = k.integer(channels);
    if (layout.paddedStates() != dState)
      stateEnd = k.integer(dState);
    Value thread = k.threadId();
    const int64_t vectors = layout.channels / layout.vector;
    vectorToken = k.div(thread, vectors), vectorChannel = k.mul(k.rem(thread, vectors), layout.vector);
    Value input = k.rem(k.mul(thread, layout.stateVector()), layout.tokens * layout.paddedStates());
    inputToken = k.div(input, layout.paddedStates()), inputState = k.rem(input, layout.paddedStates());
    lane = k.rem(thread, layout.lanes), firstState = k.mul(lane, layout.states);
    ownChannel = k.div(thread, layout.lanes);
    channel = k.add(firstChannel, ownChannel);
    channelExists = channelEnd ? k.less(channel, channelEnd) : Value();
    channel = channelEnd ? k.min(channel, channels - 1) : channel;
    rates = ratesOf(k, loadBelow(k, scan.A, channel, firstState, layout.states, stateWidth, stateEnd),
                    scan.documents);
  }

  /// The state after the piece, then its sum of dt.
  Values emit() {
    put(fetch(k.integer(0)), k.integer(0));
    k.barrier();
    return k.loop(0, tiles, 1, Values(layout.states + 1, k.number(0)), [&](Value tile, ValueRange carried) {
      Fetched fetched = fetch(k.min(k.add(tile, 1), tiles - 1)); // the last tile once more, for nobody
      Values after = take(k.bitAnd(tile, 1), Values(carried));
      put(fetched, k.add(tile, 1));
      k.barrier();
      return after;
    });
  }

  Value channel, channelExists, firstState, lane;

private:
  struct Fetched {
    Values dt, input, K;
  };

  /// The tile's operands; steps of length 0 past the end. Backward in time the last tile is the first.
  Fetched fetch(Value tile) const {
    Value first = k.add(begin, k.mul(scan.backward ? k.sub(tiles - 1, tile) : tile, layout.tokens));
    Value token = k.add(first, vectorToken), column = k.add(firstChannel, vectorChannel),
          exists = k.less(token, end);
    Value row = rowOf(token);
    Fetched fetched;
    fetched.dt = loadBelow(k, scan.dt, row, column, layout.vector, width, channelEnd);
    Values inputs = loadBelow(k, scan.x, row, column, layout.vector, width, channelEnd);
    for (auto [x, dt] : llvm::zip(inputs, fetched.dt)) {
      dt = k.select(exists, dt, 0.0);
      fetched.input.push_back(scan.backward ? k.select(exists, x, 0.0) : k.mul(dt, x));
    }
    if (scan.documents)
      fetched.dt = endlessWhere(k, k.both(exists, beginsDocument(k, scan.documents, row, token)),
                                std::move(fetched.dt));
    fetched.K = loadBelow(k, scan.K, rowOf(k.add(first, inputToken)), inputState, layout.stateVector(),
                          inputWidth, stateEnd);
    return fetched;
  }
  Value rowOf(Value token) const { return k.add(k.mul(batch, tokens), k.min(token, k.sub(end, 1))); }

  void put(const Fetched &fetched, Value tile) const {
    Value copy = k.bitAnd(tile, 1);
    steps.store(copy, vectorToken, vectorChannel, fetched.dt, fetched.input);
    auto putStates = [&] { k.store(fetched.K, K.at(copy, inputToken, inputState), k.f32); };
    if (layout.stateReaders() < layout.threads)
      k.when(k.less(k.threadId(), layout.stateReaders()), putStates);
    else
      putStates();
  }

  Values take(Value copy, Values carried) const {
    Value stepsHere = steps.at(copy, 0, ownChannel), KHere = K.at(copy, 0, firstState);
    for (int64_t i = 0; i < layout.tokens; ++i) {
      const int64_t t = scan.backward ? layout.tokens - 1 - i : i;
      Values step = k.load(k.at(stepsHere, t * steps.tokenBytes), k.f32, 2); // dt, input
      Values factors = k.load(k.at(KHere, t * K.tokenBytes), k.f32, layout.states);
      for (int64_t n = 0; n < layout.states; ++n) {
        Value exponent = k.mul(step[0], rates[n]);
        // There is little else to do forward.
        Value a = n % 4 == 3 && !scan.backward ? k.exp2Polynomial(exponent) : k.exp2(exponent);
        carried[n] = scan.backward ? k.mul(a, k.fma(step[1], factors[n], carried[n]))
                                   : k.fma(a, carried[n], k.mul(step[1], factors[n]));
      }
      carried.back() = k.add(carried.back(), step[0]);
    }
    return carried;
  }

  KernelBuilder &k;
  const SpanScan &scan;
  const ScanLayout layout;
  const int64_t tokens, channels, dState, tiles;
  PairTile steps; ///< (dt, dt x), backward (dt, x)
  StateTile K;
  const int64_t width, stateWidth, inputWidth;
  Value batch, begin, end, firstChannel, channelEnd, stateEnd;
  Value vectorToken, vectorChannel, inputToken, inputState, ownChannel;
  Values rates;
};

} // namespace

/// A state goes where it enters.
void SpanStates::emitPieces() const {
  k.begin({.grid = {int64_t(llvm::divideCeil(channels, layout.channels)), batches, scanned},
           .threads = layout.threads,
           .blocksPerSm = 4});
  Value batch = k.add(k.blockId(1), scan.firstBatch),
        piece = k.add(k.blockId(2), scan.backward ? piecesEach : 0);
  SpanBlock block(k, scan, layout, pieceTokens, batch, piece);
  Values after = block.emit();
  Value next = scan.backward ? k.sub(piece, 1) : k.add(piece, 1);
  auto keep = [&] {
    const int64_t width = widthDividing(layout.states, 4);
    for (int64_t n = 0; n < layout.states; n += width)
      k.store(ValueRange(after).slice(n, width),
              entering(batch, next, block.channel, k.add(block.firstState, n)), k.f32);
    k.when(k.equal(block.lane, 0),
           [&] { k.storeScalar(after.back(), sumAt(rowOf(batch, piece, block.channel)), k.f32); });
  };
  if (block.channelExists)
    k.when(block.channelExists, keep);
  else
    keep();
  k.end();
}

/// A thread has a channel and a state of a batch entry.
void SpanStates::emitChain() const {
  constexpr int64_t threads = 128, atOnce = 8;
  const int64_t total = batches * channels * paddedStates;
  k.begin({.grid = {int64_t(llvm::divideCeil(total, threads)), 1, 1}, .threads = threads});
  Value index = k.add(k.mul(k.extend(k.blockId()), threads), k.extend(k.threadId()));
  auto follow = [&] {
    Value state = k.toInteger(k.rem(index, paddedStates), k.i32), rest = k.div(index, paddedStates);
    Value channel = k.add(k.toInteger(k.rem(rest, channels), k.i32), scan.firstChannel),
          batch = k.add(k.toInteger(k.div(rest, channels), k.i32), scan.firstBatch);
    Value stateExists = k.less(state, dState), known = k.min(state, dState - 1);
    Value rate = k.select(stateExists, k.load(scan.A, channel, known), 0.0), h = k.number(0);
    rate = ratesOf(k, rate, scan.documents)[0];
    if (scan.first)
      h = k.select(stateExists, k.load(scan.first, k.add(k.mul(batch, channelsOf(scan.x)), channel), known),
                   0.0);
    auto pieceOf = [&](int64_t i) { return scan.backward ? pieces - 1 - i : i; };
    k.storeScalar(h, entering(batch, pieceOf(0), channel, state), k.f32);
    for (int64_t first = 0; first < scanned; first += atOnce) {
      const int64_t end = std::min(first + atOnce, scanned);
      Values ends, sums;
      for (int64_t i = first; i < end; ++i) {
        ends.push_back(
            k.select(stateExists, k.loadScalar(entering(batch, pieceOf(i + 1), channel, state), k.f32), 0.0));
        sums.push_back(k.loadScalar(sumAt(rowOf(batch, pieceOf(i), channel)), k.f32));
      }
      for (int64_t i = first; i < end; ++i) {
        h = k.fma(k.exp2(k.mul(sums[i - first], rate)), h, ends[i - first]);
        k.storeScalar(h, entering(batch, pieceOf(i + 1), channel, state), k.f32);
      }
    }
  };
  if (total % threads)
    k.when(k.less(index, total), follow);
  else
    follow();
  k.end();
}

} // namespace samba::gpu
