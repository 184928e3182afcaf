//===- ScanLanes.cpp - the selective scan forward, a few states to a thread -----------------------------===//
//
//   h_t = exp(dt_t A) h_{t-1} + dt_t u_t B_t        y_t = h_t C_t + D u_t
//
// A block of 128 threads has one batch entry and 64 channels (N = 16): two threads to a channel, 8 states
// each in registers; where that leaves too many multiprocessors waiting for the last ones a block is one or
// two warps. It walks through time in tiles of 16 tokens with one barrier each. Between two barriers
//
//   - tile i + 1 is fetched: u and dt as 16-byte vectors of 8 channels, through the ops fused before them,
//   - y of tile i - 1 leaves the same way, through the ops fused behind it,
//   - tile i is scanned, all 16 tokens unrolled: (dt, dt u), B and C come from shared memory, y goes there,
//   - and at last what was fetched is put into the other half of shared memory.
//
// All this is one basic block, so that the loads have the scan to arrive in. D u is put where y is summed up.
// Other N have other numbers of states to a thread and threads to a channel; the text is the same.
//
// Per token and channel of N = 16: 16 exp2 (16 a clock and multiprocessor, hence 0.39 ms of exp2 at batch 8,
// 4096 tokens, 3072 channels), 64 more multiply-adds and about 65 other instructions; 6 bytes of u, dt and y
// in bf16 and 2 N / checkpoint of kept states. exp2 and issue slots are about equally scarce.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Evaluate.h"
#include "codegen/kernels/gpu/ScanForward.h"

using namespace mlir;

namespace samba::gpu {

namespace {

/// y of a tile, f32. Two tokens are 32 / lanes channels apart in the banks, so that threads that sum up do
/// not meet; every other 32 channels, counted through the tokens, are permuted, so that threads that take
/// vectors do not.
class OutputTile {
public:
  OutputTile(KernelBuilder &k, const ScanLayout &layout)
      : k(k), channels(layout.channels), tokenBytes(4 * (channels + paddingOf(layout))),
        copyBytes(layout.tokens * tokenBytes), begin(k.reserveShared(2 * copyBytes)) {}

  Value at(Value copy, Value token, Value channel) const {
    Value thirtyTwos = k.shiftRight(k.add(k.mul(token, channels), channel), 5);
    Value permuted = k.bitXor(channel, k.shiftLeft(k.bitAnd(thirtyTwos, 1), 2));
    Value offset = k.add(k.mul(copy, copyBytes), k.add(k.mul(token, tokenBytes), k.shiftLeft(permuted, 2)));
    return k.at(k.sharedMemory(begin), offset);
  }
  /// Neighbouring channels, from a multiple of their number.
  void store(Value copy, Value token, Value channel, ValueRange y) const {
    for (size_t i = 0; i < y.size(); i += 4)
      k.store(y.slice(i, std::min<size_t>(4, y.size() - i)), at(copy, token, k.add(channel, int64_t(i))),
              k.f32);
  }
  Values load(Value copy, Value token, Value channel, int64_t n) const {
    Values y;
    for (int64_t i = 0; i < n; i += 4)
      y.append(k.load(at(copy, token, k.add(channel, i)), k.f32, std::min<int64_t>(4, n - i)));
    return y;
  }

private:
  static int64_t paddingOf(const ScanLayout &layout) {
    return layout.threads == 32 ? 0 : 32 / layout.lanes; // one warp's channels are that many
  }

  KernelBuilder &k;
  const int64_t channels, tokenBytes, copyBytes, begin;
};

/// The work of one block: `layout.channels` channels of one batch entry, all tokens of a span.
class LaneScanBlock {
public:
  /// `earlier`: null where time is not cut.
  LaneScanBlock(KernelBuilder &k, const Scan &s, const ScanLayout &layout, const ScanCut &cut,
                const ScanPlace &place, const SpanStates *earlier)
      : k(k), s(s), layout(layout), cut(cut), earlier(earlier), time(k, s, layout.tokens, place.batch),
        tiles(llvm::divideCeil(s.tokens(), layout.tokens)), steps(k, layout.tokens, layout.channels, 2),
        B(k, layout.tokens, layout.paddedStates(), 2), C(k, layout.tokens, layout.paddedStates(), 2),
        outputs(k, layout), width(k.vectorWidth(s.u, layout.vector)),
        stateWidth(k.vectorWidth(s.A, widthDividing(layout.states))),
        inputWidth(k.vectorWidth(s.B, widthDividing(layout.stateVector()))) {
    span = place.span ? place.span : k.integer(0);
    firstTile = k.mul(span, cut.spanTokens / layout.tokens);
    lastTile = k.sub(k.min(k.add(firstTile, cut.spanTokens / layout.tokens), tiles), 1);
    firstChannel = k.mul(place.across, layout.channels);
    if (s.channels() % layout.channels)
      channelEnd = k.integer(s.channels());
    if (layout.paddedStates() != s.dState())
      stateEnd = k.integer(s.dState());

    Value thread = k.threadId();
    const int64_t vectors = layout.channels / layout.vector, inputs = layout.stateVector();
    vectorToken = k.div(thread, vectors);
    vectorChannel = k.mul(k.rem(thread, vectors), layout.vector);
    Value input = k.rem(k.mul(thread, inputs), layout.tokens * layout.paddedStates());
    inputToken = k.div(input, layout.paddedStates());
    inputState = k.rem(input, layout.paddedStates());

    lane = k.rem(thread, layout.lanes);
    channel = k.div(thread, layout.lanes);
    firstState = k.mul(lane, layout.states);
    Value wanted = k.add(firstChannel, channel);
    channelExists = channelEnd ? k.less(wanted, channelEnd) : Value();
    Value row = channelEnd ? k.min(wanted, s.channels() - 1) : wanted;
    channelRow = row;
    rates = ratesOf(k, loadStates(s.A, row), s.documents);
    skip =
        loadBelow(k, s.D, k.integer(0), k.add(firstChannel, vectorChannel), layout.vector, width, channelEnd);
  }

  void emit() {
    Values h = firstStates();
    put(fetch(firstTile), firstTile);
    k.barrier();
    h = takeTile(firstTile, h, /*isFirst=*/true);
    h = k.loop(k.add(firstTile, 1), k.add(lastTile, 1), 1, h,
               [&](Value tile, ValueRange h) { return takeTile(tile, h, /*isFirst=*/false); });
    storeOutputs(lastTile);
    if (!s.next)
      return;
    auto storeNext = [&] { storeStates(s.next, rowOfState(time.batch), h); };
    if (cut.spans > 1)
      k.when(k.equal(span, cut.spans - 1), storeNext);
    else
      storeNext();
  }

private:
  /// What a thread has read of a tile.
  struct Fetched {
    Values u, dt, B, C;
    Value begins; ///< i1: whether the token is a document's first; null: no
  };

  Values firstStates() const {
    if (!earlier)
      return s.h ? loadStates(s.h, rowOfState(time.batch)) : Values(layout.states, k.number(0));
    const int64_t width = widthDividing(layout.states, 4);
    Values h;
    for (int64_t n = 0; n < layout.states; n += width)
      h.append(k.load(earlier->at(time.batch, span, channelRow, k.add(firstState, n)), k.f32, width));
    return h;
  }

  Values takeTile(Value tile, Values h, bool isFirst) {
    keepStates(tile, 0, h);
    Value following = k.min(k.add(tile, 1), lastTile); // the last tile is fetched once more, for nobody
    Fetched fetched;
    if (tiles > 1)
      fetched = fetch(following);
    if (!isFirst)
      storeOutputs(k.sub(tile, 1));
    h = scan(tile, h);
    if (tiles > 1)
      put(fetched, k.add(tile, 1));
    k.barrier();
    return h;
  }

  Fetched fetch(Value tile) {
    Fetched fetched;
    Value first = k.mul(tile, layout.tokens), token = k.add(first, vectorToken);
    Value row = time.rowOf(token), column = k.add(firstChannel, vectorChannel);
    fetched.u = loadBelow(k, s.u, row, column, layout.vector, width, channelEnd);
    fetched.dt = loadBelow(k, s.dt, row, column, layout.vector, width, channelEnd);
    if (s.next && time.isRagged()) // a step of length 0 leaves the state alone
      for (Value &dt : fetched.dt)
        dt = k.select(time.exists(token), dt, 0.0);
    if (s.documents)
      fetched.begins = beginsDocument(k, s.documents, row, token);
    row = time.rowOf(k.add(first, inputToken));
    fetched.B = loadBelow(k, s.B, row, inputState, layout.stateVector(), inputWidth, stateEnd);
    fetched.C = loadBelow(k, s.C, row, inputState, layout.stateVector(), inputWidth, stateEnd);
    return fetched;
  }

  void put(const Fetched &fetched, Value tile) {
    Value copy = k.bitAnd(tile, 1);
    Values input, direct; // dt u, D u
    for (auto [u, dt, d] : llvm::zip(fetched.u, fetched.dt, skip)) {
      input.push_back(k.mul(dt, u));
      direct.push_back(k.mul(d, u));
    }
    steps.store(copy, vectorToken, vectorChannel, endlessWhere(k, fetched.begins, fetched.dt), input);
    outputs.store(copy, vectorToken, vectorChannel, direct);
    auto putInputs = [&] {
      k.store(fetched.B, B.at(copy, inputToken, inputState), k.f32);
      k.store(fetched.C, C.at(copy, inputToken, inputState), k.f32);
    };
    if (layout.stateReaders() < layout.threads)
      k.when(k.less(k.threadId(), layout.stateReaders()), putInputs);
    else
      putInputs();
  }

  /// The recurrence through the tile's tokens. A thread sums y over its states; of every `lanes` tokens, each
  /// of the channel's threads gets the sum of one.
  Values scan(Value tile, Values h) {
    Value copy = k.bitAnd(tile, 1);
    Value stepsHere = steps.at(copy, 0, channel), BHere = B.at(copy, 0, firstState),
          CHere = C.at(copy, 0, firstState);
    Values sums, parts;
    for (int64_t t = 0; t < layout.tokens; ++t) {
      if (t > 0)
        keepStates(tile, t, h);
      Values step = k.load(k.at(stepsHere, t * steps.tokenBytes), k.f32, 2); // dt, dt u
      h = advance(k, h, rates, step[0], step[1], k.load(k.at(BHere, t * B.tokenBytes), k.f32, layout.states));
      parts.push_back(dot(k, h, k.load(k.at(CHere, t * C.tokenBytes), k.f32, layout.states)));
      if (int64_t(parts.size()) == layout.lanes) {
        sums.push_back(k.sumScatter(parts));
        parts.clear();
      }
    }
    for (auto [i, sum] : llvm::enumerate(sums)) {
      Value token = k.add(lane, int64_t(i) * layout.lanes);
      Values direct = outputs.load(copy, token, channel, 1);
      outputs.store(copy, token, channel, k.add(direct[0], sum));
    }
    return h;
  }

  void storeOutputs(Value tile) {
    Value token = k.add(k.mul(tile, layout.tokens), vectorToken);
    Values y = outputs.load(k.bitAnd(tile, 1), vectorToken, vectorChannel, layout.vector);
    storeBelow(k, s.y, time.rowOf(token), k.add(firstChannel, vectorChannel), y, width, channelEnd,
               time.exists(token));
  }

  /// Keeps h, the state before token t of the tile, if that is one to be kept.
  void keepStates(Value tile, int64_t t, ValueRange h) {
    std::optional<ScanTokens::Kept> kept = time.keptBefore(tile, t);
    if (!kept)
      return;
    auto keep = [&] { storeStates(s.states, rowOfState(kept->entry), h); };
    kept->wanted ? k.when(kept->wanted, keep) : keep();
  }

  /// The row of this thread's channel in [.., D, N].
  Value rowOfState(Value index) const { return k.add(k.mul(index, s.channels()), channelRow); }

  Values loadStates(Value tensor, Value row) const {
    return loadBelow(k, tensor, row, firstState, layout.states, stateWidth, stateEnd);
  }
  void storeStates(Value result, Value row, ValueRange h) const {
    storeBelow(k, result, row, firstState, h, stateWidth, stateEnd, channelExists);
  }

  KernelBuilder &k;
  const Scan &s;
  const ScanLayout layout;
  const ScanCut &cut;
  const SpanStates *earlier;
  const ScanTokens time;
  const int64_t tiles; ///< of all spans
  PairTile steps;      ///< (dt, dt u)
  StateTile B, C;
  OutputTile outputs;
  const int64_t width, stateWidth, inputWidth; ///< elements of an access: of channels, of h, of B and C
  Value span, firstTile, lastTile, firstChannel;
  Value channelEnd, stateEnd;       ///< null where the tiles fit
  Value vectorToken, vectorChannel; ///< in the tile: of what this thread fetches and stores
  Value inputToken, inputState;     ///< the same, of B and C
  Value channel, lane, firstState;  ///< of what this thread scans, in the block and in the channel
  Value channelRow, channelExists;  ///< its channel in the tensor; i1, null: yes
  Values rates, skip;               ///< of its states; D of the channels that it fetches
};

} // namespace

void emitLaneBlock(KernelBuilder &k, const Scan &s, const ScanLayout &layout, const ScanCut &cut,
                   const ScanPlace &place, const SpanStates *earlier) {
  LaneScanBlock(k, s, layout, cut, place, earlier).emit();
}

} // namespace samba::gpu
