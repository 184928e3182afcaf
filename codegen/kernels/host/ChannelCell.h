//===- ChannelCell.h - a cell that is a block of channels, and registers kept in scratch memory ---------===//
//
// Scans and convolutions run lanes over channels: a cell is one batch entry and one block of channels, cut
// into groups of L. What the lanes of a group need per token, per state or per tap stands in scratch memory
// as records of registers,
//
//     [groups][count][fields][L]
//
// so that the inner loops read one stream of registers in order, whatever the strides of the tensors are.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/host/Kernels.h"

namespace samba::host {

/// Registers in scratch memory, [groups][count][fields][L].
struct Records {
  Value base;
  int64_t count, fields;

  /// Field `field` of record `i` of `group`.
  Value at(LaneBuilder &k, Operand group, Operand i, int64_t field) const;
  /// The field of all records of a group, as a matrix [count, L].
  Matrix matrix(LaneBuilder &k, Operand group, int64_t field) const;
  /// Bytes for the widest lanes; `channels` is rounded up to 16.
  static int64_t bytes(int64_t channels, int64_t count, int64_t fields);
};

/// Whether token t of sequence `batch` is the first of its document (i1); documents [Batch, T] i32.
Value beginsDocument(KernelBuilder &k, Value documents, Value batch, Value t);

/// A cell's place in tensors [Batch, T, C] whose channels are cut into blocks.
class ChannelCell {
public:
  /// `tensor` [Batch, T, C]. With `allBatches` a cell is a block of channels of the whole batch, and `batch`
  /// is 0.
  ChannelCell(KernelBuilder &k, Value tensor, int64_t block, bool allBatches = false);

  static int64_t grid(Value tensor, int64_t block, bool allBatches = false);

  Value batch, blockIndex, firstChannel;
  const int64_t tokens, channels;
  Value channelCount; ///< of this block: `block`, fewer in the last

  /// The row of token t in [Batch, T, ..].
  Value row(Operand t) const { return k.add(k.mul(batch, tokens), t); }
  /// body(group, first channel, mask) for this cell's groups of L channels; the mask is null where none is
  /// ragged.
  void overGroups(llvm::function_ref<void(Value group, Value channel, Value mask)> body) const;
  /// records' field <- scale x rows [C, count] of a matrix, and back. Lanes past the channels keep what they
  /// hold.
  void read(const Records &records, int64_t field, const Matrix &from, double scale = 1) const;
  void write(const Records &records, int64_t field, const Matrix &to, double scale = 1) const;
  /// Every register of the records becomes zero.
  void clear(const Records &records) const;

private:
  KernelBuilder &k;
  const int64_t block;
};

} // namespace samba::host
