//===- DecayTile.h - pairs of tokens of a chunk, by levels ----------------------------------------------===//
//
// The pairs t > s of 64 tokens are those of six levels, h = 32, 16, .. 1: a level cuts the chunk into blocks
// of 2 h tokens, and has the pairs whose t is in the upper half and whose s is in the lower half of one
// block. With m the last token of the lower half
//
//   exp(G_t - G_s) = exp(G_t - G_m) exp(G_m - G_s)
//
// is a product of what belongs to t and what belongs to s, neither above 1: a level is a matrix product, of
// 32 upper tokens, numbered through, with 32 lower ones. From h = 16 on it is two, [16, 16] each, of the
// first and of the last 16.
//
// Four warps, each with a group of 16 tokens; a lane has a channel of a slice of 32. Up to h = 8 a token's
// half is known when the kernel is written; at 16 and 32 it is that of the warp's group.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/DecayChunks.h"

namespace samba::gpu {

/// Which block's tokens, and what this thread has of them.
class DecayTokens {
public:
  static constexpr int64_t threads = 128, slice = 32, group = 16, groups = DecayChunks::tokens / group;

  /// `kernel` stands in the chunk's block, of the grid [chunks, heads, B].
  DecayTokens(KernelBuilder &k, const DecayChunks &chunks);
  static Shape shape(const DecayChunks &chunks, int64_t blocksPerSm) {
    return {.grid = {chunks.chunks, chunks.heads, chunks.B}, .threads = threads, .blocksPerSm = blocksPerSm};
  }

  /// Asks anew who we are: what hung on it is not kept in registers beyond.
  void askAgain();

  const DecayChunks &chunks;
  Value chunk, head, batch, number;
  Value thread, myGroup, channel; ///< channel: in the slice

  /// Loads do not cross it, so that few of a thread's tokens are under way at once.
  void pause(int64_t i) const;
  /// Numbers of this thread's channel of [B, T, heads keys], 0 for tokens from T on.
  Values load(Value tensor, Value firstChannel) const;
  /// A loop over the tokens of this thread before T: number among them, row of [B, T, ..].
  void overTokens(llvm::function_ref<void(Value i, Value row)> body) const;
  Value columnOf(Value firstChannel) const; ///< of [B, T, heads keys]
  /// Where token 0 of this thread is in a tensor [B, chunks 64, heads keys] bf16 in scratch memory, one of
  /// several; the next one is a stride further.
  Value scratchPlace(int64_t place, Value firstChannel, int64_t which = 0) const;
  int64_t scratchStride() const { return chunks.heads * chunks.keys * 2; }
  void storeScratch(Value place, int64_t i, Value number) const;

  // ---- the sums of g, in units of log 2 ---------------------------------------------------------------

  /// Of this thread's tokens from the group's first on, and of all of the group before and after it.
  struct Sums {
    Values inGroup;
    Value before, after, neighbour; ///< neighbour: of the other group of a half of the chunk
  };
  /// A barrier of the block.
  Sums sums(Value firstChannel) const;
  /// Of tokens after the group's first `i`, and `further`, to i; and of those after i to the group's end, and
  /// `further`.
  Value decayTo(const Sums &sums, int64_t i, Value further = {}) const;
  Value decayFrom(const Sums &sums, int64_t i, Value further = {}) const;

  // ---- levels -----------------------------------------------------------------------------------------

  static constexpr int64_t levels[] = {32, 16, 8, 4, 2, 1};
  /// Whether this thread's tokens are upper ones at h = 16 or 32, i1.
  Value isUpper(int64_t h) const;
  static bool isUpper(int64_t h, int64_t i) { return i / h % 2; }
  /// What token i decays by between it and the last token of the lower half.
  Value decay(const Sums &sums, int64_t h, int64_t i) const;
  /// Token number n (i32) of the lower halves; the upper halves' is h further.
  Value lowerToken(int64_t h, Value n) const;

  // ---- tiles in shared memory, [64 tokens, 32 channels] -----------------------------------------------

  static constexpr int64_t bf16Bytes = 2 * slice + 16, f32Bytes = 4 * slice + 32; ///< of a row
  /// Stores the operands of a level: exp(..) q of upper tokens and exp(..) k of lower ones.
  using QAndKey = llvm::function_ref<std::pair<Value, Value>(int64_t i)>;
  void storeOperands(Value tile, const Sums &sums, int64_t h, QAndKey ofToken) const;
  /// Of token i and this thread's channel.
  Value place(Value tile, int64_t rowBytes, int64_t elementBytes, int64_t i) const;

private:
  Value rowOf(Value firstToken, int64_t i) const;
  /// Whether token i is there; null: it is.
  Value exists(Value firstToken, int64_t i) const;

  KernelBuilder &k;
  int64_t totals; ///< [group][channel] f32, in shared memory
  Value firstToken;
};

} // namespace samba::gpu
