//===- ScanTile.h - what the kernels of the selective scan stage in shared memory -----------------------===//
//
// A block of the scan walks through time in tiles of tokens. A thread reads a tile's operands as they lie in
// memory, several channels of one token, and turns them into what the recurrence needs; the recurrence then
// runs down the tokens with other threads to a channel. Shared memory is where the tile is turned around.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/Vectors.h"

namespace samba::gpu {

/// How the scan is cut into blocks: channels of one, and spans of time that are scanned at once.
struct ScanCut {
  int64_t channels, spans, spanTokens; ///< spanTokens: of all but the last, a multiple of the tile
  /// The first so many blocks of channels, counted through the batch entries, are whole: every multiprocessor
  /// gets as many. Time is cut for all others, which are of the last batch entry.
  int64_t whole = 0;
};

/// What the choice of a cut goes by.
struct ScanCosts {
  int64_t tile;         ///< tokens
  int64_t warpChannels; ///< channels of a warp
  int64_t warpsPerSm;   ///< that fit
  double blockTraffic;  ///< what a block costs besides its channels, in channels
  double spanFactor;    ///< all passes over time together, if there is more than one span, over the last one
  double launches;      ///< the launches of the other passes, in tokens of a warp that runs alone
  bool mayCutRest = false; ///< the blocks alone that are left over where all multiprocessors have got as many
};

/// The cut, of blocks with `widths` channels, that is soonest done. A multiprocessor with R warps runs at R /
/// (R + 5) of its speed; what one of them has too many is what all others wait for.
ScanCut chooseScanCut(int64_t batches, int64_t tokens, int64_t channels, llvm::ArrayRef<int64_t> widths,
                      const ScanCosts &costs);

/// Of `blocks`, `across` to a batch entry, those that are left over where all multiprocessors get as many. 0
/// if they are too many to be served otherwise, are not of one batch entry, or if no more than `perSm` fit
/// anyway.
int64_t leftOver(int64_t blocks, int64_t across, int64_t perSm);

/// Blocks that may share a multiprocessor where `most` fit: no more than if all multiprocessors get as many.
/// Left to itself the machine gives some of them more, which the others then wait for.
int64_t evenPerSm(int64_t blocks, int64_t most);

/// Where a block of threads stands: its number among the blocks of channels of a batch entry; its span, null
/// where its time is not cut.
struct ScanPlace {
  Value across, batch, span;
};
/// Two launches that run beside each other, the second of which needs nothing of the first. Who waits for the
/// second waits for both.
void emitBeside(KernelBuilder &k, Shape first, llvm::function_ref<void()> emitFirst, Shape second,
                llvm::function_ref<void()> emitSecond);
/// The launches of a scan, of `across` blocks of channels for each batch entry, of which `perSm` fit into a
/// multiprocessor: one, or one of the whole blocks and one of the others, which run beside each other.
void emitScan(KernelBuilder &k, const ScanCut &cut, int64_t batches, int64_t across, int64_t threads,
              int64_t perSm, llvm::function_ref<void(const ScanPlace &place)> body);

/// How the threads of a block share a tile of the scan forward in time.
struct ScanLayout {
  int64_t threads;
  int64_t states, lanes;    ///< of a thread; threads of a channel
  int64_t channels, tokens; ///< of a tile
  int64_t vector;           ///< channels of one token that a thread fetches

  explicit ScanLayout(int64_t dState, int64_t threads = 128, int64_t leastLanes = 1);
  int64_t paddedStates() const { return lanes * states; }
  /// States of one token that a thread fetches.
  int64_t stateVector() const { return std::max<int64_t>(1, tokens * paddedStates() / threads); }
  /// Threads that fetch states.
  int64_t stateReaders() const { return tokens * paddedStates() / stateVector(); }
};

/// Two numbers for each channel of each token, f32, 8 bytes together. 16-byte pieces are permuted, and tokens
/// further apart than they need be, so that all sides are free of bank conflicts, or nearly: threads that
/// take 8 channels each, threads that take a channel or two, threads that take the same channels of every
/// other token.
class PairTile {
public:
  /// `copies` tiles one after the other; `channels` is even.
  PairTile(KernelBuilder &k, int64_t tokens, int64_t channels, int64_t copies = 1);

  /// The pair of one channel; an even channel's is followed by its neighbour's, a token's by the next token's
  /// after tokenBytes.
  Value at(Operand copy, Operand token, Value channel) const;
  /// `first` and `second` of `first.size()` channels (a power of two) from `channel`, a multiple of that.
  void store(Operand copy, Value token, Value channel, ValueRange first, ValueRange second) const;
  std::pair<Values, Values> load(Operand copy, Value token, Value channel, int64_t n) const;

  const int64_t tokenBytes;

private:
  KernelBuilder &k;
  const int64_t copyBytes, begin;
};

/// One number for each of `columns` states of each token, f32; copies one after the other.
class StateTile {
public:
  StateTile(KernelBuilder &k, int64_t tokens, int64_t columns, int64_t copies = 1);
  Value at(Operand copy, Operand token, Value column) const;

  const int64_t tokenBytes;

private:
  KernelBuilder &k;
  const int64_t copyBytes, begin;
};

/// Where a document begins the decay exp2(dt rate) has to be 0. There dt is replaced by a step without end,
/// which also says so where steps are summed up; `begins`: i1, null: never.
Values endlessWhere(KernelBuilder &k, Value begins, Values dt);
/// So that it does, a rate is at most -1e-30, which no other step tells from 0. `documents` may be null.
Values ratesOf(KernelBuilder &k, ValueRange A, Value documents);

/// The widest power of two, up to `most`, that divides n.
int64_t widthDividing(int64_t n, int64_t most = 8);

/// Neighbouring channels of a row, `width` (which divides n) at an access; zero from channel `end` on. `end`:
/// a multiple of `width`; null where no channel is past the end.
Values loadBelow(KernelBuilder &k, Value tensor, Value row, Value column, int64_t n, int64_t width,
                 Value end = {});
/// Stores those below `end`, and none where `valid` (i1, null: true) is false.
void storeBelow(KernelBuilder &k, Value result, Value row, Value column, ValueRange values, int64_t width,
                Value end = {}, Value valid = {});

} // namespace samba::gpu
