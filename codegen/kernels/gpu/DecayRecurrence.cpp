//===- DecayRecurrence.cpp - the recurrence of attention with decay, token by token ---------------------===//
//
// A block has some lanes of M of one head and batch entry, in its threads' registers: neighbouring threads
// have neighbouring lanes, each of them some neighbouring rows. Some tokens go at a time, so that what they
// read is under way together; each is summed over a thread's rows, the warp, and the block.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/DecayRecurrence.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class RecurrenceBlock {
public:
  RecurrenceBlock(KernelBuilder &k, const Recurrence &r, std::optional<int64_t> past)
      : k(k), r(r), past(past) {
    vector = std::min({r.rows & -r.rows, k.vectorWidth(r.x), k.vectorWidth(r.z), int64_t(8)});
    if (r.g && r.decayOfRows)
      vector = std::min(vector, k.vectorWidth(r.g));
    // Numbers of a thread: of M, and of a tensor over the tokens at once. Addresses take registers too.
    const int64_t mostRows = vector < 4 ? 8 : 16, mostNumbers = 2 * mostRows;
    while (rowsOfThread() > mostRows && threads < 1024)
      lanes > 1 ? lanes /= 2 : threads *= 2;
    atOnce = std::min(r.T, std::max<int64_t>(1, mostNumbers / rowsOfThread()));
  }

  void emit() {
    k.begin(
        {.grid = {int64_t(llvm::divideCeil(r.lanes, lanes)), r.heads, shapeOf(r.x)[0]}, .threads = threads});
    const int64_t whole = r.T / atOnce * atOnce;
    sumsBytes = atOnce * sumsOfToken() * (threads / 32) * lanes * 4;
    shared = k.sharedMemory(k.reserveShared(2 * sumsBytes));
    head = k.blockId(1), batch = k.blockId(2), warp = k.warpId(), warpLane = k.laneId();
    Value lane = k.add(k.mul(k.blockId(), lanes), k.rem(k.threadId(), lanes));
    laneExists = k.less(lane, r.lanes), myLane = k.min(lane, r.lanes - 1);
    firstRow = k.mul(k.div(k.threadId(), lanes), rowsOfThread());
    if (r.logDecays)
      headDecay = decayOfHead();
    Values M = begin();
    M = k.loop(0, whole, atOnce, M,
               [&](Value step, ValueRange M) { return take(step, atOnce, k.div(step, atOnce), M); });
    M = k.loop(whole, r.T, 1, M, [&](Value step, ValueRange M) {
      return take(step, 1, k.add(k.sub(step, whole), whole / atOnce), M);
    });
    if (r.after)
      finish(M);
    k.end();
  }

private:
  int64_t rowsOfThread() const { return llvm::divideCeil(r.rows, 8 * (threads / lanes)) * 8; }
  int64_t sumsOfToken() const { return past ? 2 : 1; }

  Value decayOfHead() {
    SmallVector<int32_t> table;
    for (double log : *r.logDecays)
      table.push_back(llvm::bit_cast<int32_t>(float(std::exp(log))));
    return k.loadScalar(k.at(k.constants(table), k.shiftLeft(head, 2)), k.f32);
  }

  // ---- M ------------------------------------------------------------------------------------------------

  /// body(row of `before`, whether it exists, number of the thread's row)
  void overRows(function_ref<void(Value row, Value exists, int64_t i)> body) {
    Value top = k.mul(k.add(k.mul(batch, r.heads), head), r.rows);
    for (int64_t i = 0; i < rowsOfThread(); ++i) {
      Value row = k.add(firstRow, i);
      body(k.add(top, k.min(row, r.rows - 1)), k.both(laneExists, k.less(row, r.rows)), i);
    }
  }
  Values begin() {
    Values M(rowsOfThread(), k.number(0));
    if (r.before)
      overRows([&](Value row, Value exists, int64_t i) {
        M[i] = k.select(exists, k.load(r.before, row, myLane), 0.0);
      });
    return M;
  }
  void finish(ValueRange M) {
    SmallVector<KernelBuilder::Place> places;
    SmallVector<Values> numbers;
    overRows([&](Value row, Value exists, int64_t i) {
      places.push_back({row, myLane, exists});
      numbers.push_back({M[i]});
    });
    k.store(r.after, places, numbers);
  }

  // ---- tokens -------------------------------------------------------------------------------------------

  /// The row of step `i` in [B, T, ..].
  Value rowOf(Value i) {
    Value t = r.backward ? k.sub(r.T - 1, i) : i;
    return k.add(k.mul(batch, r.T), t);
  }
  /// The row of g that decays M on the way to step `i`: backward, that of the token after it. The first step
  /// finds M = 0.
  Value decayRow(Value i) { return r.backward ? rowOf(k.max(k.sub(i, 1), 0)) : rowOf(i); }

  /// What a tensor [B, T, heads rows] has for this thread's rows; 0 for those that do not exist.
  Values loadRows(Value tensor, Value row) {
    Values all;
    for (int64_t i = 0; i < rowsOfThread(); i += vector) {
      Value first = k.add(firstRow, i), exists = k.less(first, r.rows);
      Value channel = k.add(k.mul(head, r.rows), k.min(first, r.rows - vector));
      for (Value x : k.load(tensor, row, channel, vector))
        all.push_back(k.select(exists, x, 0.0));
    }
    return all;
  }
  Value loadLane(Value tensor, Value row) { return k.load(tensor, row, k.add(k.mul(head, r.lanes), myLane)); }

  struct Token {
    Values x, z, decay; ///< a number for each row
    Value y;
  };
  Token load(Value step) {
    Value row = rowOf(step);
    Token token{loadRows(r.x, row), loadRows(r.z, row), {}, loadLane(r.y, row)};
    if (!r.g) {
      token.decay.assign(rowsOfThread(), headDecay);
    } else if (r.decayOfRows) {
      for (Value g : loadRows(r.g, decayRow(step)))
        token.decay.push_back(k.exp(g));
    } else {
      token.decay.assign(rowsOfThread(), k.exp(loadLane(r.g, decayRow(step))));
    }
    return token;
  }

  /// Steps step ... step + n - 1, in turn number `turn`.
  Values take(Value step, int64_t n, Value turn, ValueRange before) {
    Values M(before), sums;
    SmallVector<Token> tokens;
    for (int64_t i = 0; i < n; ++i)
      tokens.push_back(load(k.add(step, i)));
    for (const Token &token : tokens) {
      Value sumOfPast = k.number(0), sum = k.number(0);
      for (int64_t i = 0; i < rowsOfThread(); ++i) {
        Value decayed = k.mul(token.decay[i], M[i]);
        M[i] = k.fma(token.x[i], token.y, decayed);
        sumOfPast = k.fma(token.z[i], decayed, sumOfPast), sum = k.fma(token.z[i], M[i], sum);
      }
      sums.push_back(sum);
      if (past)
        sums.push_back(sumOfPast);
    }
    add(step, turn, sums);
    return M;
  }

  /// Adds up what the threads of a lane have, and stores it.
  void add(Value step, Value turn, ValueRange sums) {
    // The halves of the memory take turns: nobody writes one that is still read.
    const int64_t row = lanes * 4;
    Value half = k.mul(k.bitAnd(turn, 1), sumsBytes);
    for (int64_t i = 0; i < int64_t(sums.size()); ++i) {
      Value sum = sums[i];
      for (int64_t distance = lanes; distance < 32; distance *= 2)
        sum = k.add(sum, k.shuffleXor(sum, distance));
      k.when(k.less(warpLane, lanes), [&] {
        Value place = k.add(k.mul(warp, row), k.shiftLeft(warpLane, 2));
        k.storeScalar(sum, k.at(shared, k.add(half, k.add(place, i * (threads / 32) * row))), k.f32);
      });
    }
    k.barrier();
    Value which = k.div(k.threadId(), lanes);
    k.when(k.both(k.less(which, int64_t(sums.size())), laneExists), [&] {
      Value from = k.add(half, k.mul(which, threads / 32 * row)), total = k.number(0);
      from = k.at(shared, k.add(from, k.shiftLeft(k.rem(k.threadId(), lanes), 2)));
      for (int64_t warp = 0; warp < threads / 32; ++warp)
        total = k.add(total, k.loadScalar(k.at(from, warp * row), k.f32));
      total = k.mul(total, r.scale);
      Value token = rowOf(k.add(step, k.div(which, sumsOfToken())));
      Value column = k.add(k.mul(head, r.lanes), myLane);
      if (!past)
        return k.store(r.out, token, column, {total});
      Value isPast = k.rem(which, 2);
      k.when(k.equal(isPast, 0), [&] { k.store(r.out, token, column, {total}); });
      k.when(k.equal(isPast, 1), [&] {
        Value place = k.add(k.mul(k.extend(token), r.heads * r.lanes), k.extend(column));
        k.storeScalar(total, k.at(k.scratch(*past), k.mul(place, 4)), k.f32);
      });
    });
  }

  KernelBuilder &k;
  const Recurrence &r;
  const std::optional<int64_t> past;
  int64_t threads = 256, lanes = 8; ///< of a block
  int64_t vector = 1, atOnce = 1;   ///< rows that are loaded at once, tokens that are
  int64_t sumsBytes = 0;
  Value batch, head, warp, warpLane, myLane, laneExists, firstRow;
  Value headDecay; ///< null where g decays
  Value shared;    ///< [2][token, sum][warp][lane] f32
};

} // namespace

void emitRecurrence(KernelBuilder &k, const Recurrence &r, std::optional<int64_t> past) {
  RecurrenceBlock(k, r, past).emit();
}

} // namespace samba::gpu
