//===- ScanCell.h - what the selective scan's kernels share: a cell's channels and its scratch memory
//----===//
//
// A cell is one batch entry and one block of channels, cut into groups of L, one register of lanes each. What
// the lanes of a group need per token and per state stands in scratch memory as records of registers,
//
//     tokens  [groups][T'][fields][L]      T': tokens of one round
//     states  [groups][N][fields][L]
//
// so that the inner loops read one stream of registers in order, whatever the strides of the tensors are.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/host/Kernels.h"

namespace samba::host {

/// Registers in scratch memory, [count][fields][L] for each group of channels.
struct ScanRecords {
  Value base;
  int64_t count, fields;

  /// Field `field` of record `i` of `group`.
  Value at(LaneBuilder &k, Operand group, Operand i, int64_t field) const;
  /// The field of all records of a group, as a matrix [count, L].
  Matrix matrix(LaneBuilder &k, Operand group, int64_t field) const;
  /// Bytes for the widest lanes; `channels` is rounded up to 16.
  static int64_t bytes(int64_t channels, int64_t count, int64_t fields);
};

/// A cell's place in tensors [Batch, T, D] and [.., D, N], D cut into blocks of `block` channels.
class ScanCell {
public:
  ScanCell(KernelBuilder &k, Value u, int64_t block);

  static int64_t grid(Value u, int64_t block);

  Value batch, blockIndex, firstChannel;
  const int64_t tokens, channels;
  Value channelCount; ///< of this block: `block`, fewer in the last

  /// The row of token t in [Batch, T, ..].
  Value row(Operand t) const { return k.add(k.mul(batch, tokens), t); }
  /// body(group, first channel, mask) for this cell's groups of L channels; the mask is null where none is
  /// ragged.
  void overGroups(llvm::function_ref<void(Value group, Value channel, Value mask)> body) const;
  /// states' field <- scale x rows [D, N] of a matrix, and back. Lanes past the channels keep what they hold.
  void readStates(const ScanRecords &states, int64_t field, const Matrix &from, double scale = 1) const;
  void writeStates(const ScanRecords &states, int64_t field, const Matrix &to, double scale = 1) const;
  /// Every register of the records becomes zero.
  void clear(const ScanRecords &records) const;

private:
  KernelBuilder &k;
  const int64_t block;
};

} // namespace samba::host
