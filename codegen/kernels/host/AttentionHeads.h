//===- AttentionHeads.h - the grid of attention's kernels -----------------------------------------------===//
#pragma once

#include "codegen/kernels/host/AttentionTile.h"
#include "dialect/core/Shapes.h"

#include <cmath>

namespace samba::host {

/// Sizes of an op on q [B, T, query dim] and k, v [B, T, kv dim].
struct AttentionHeads {
  int64_t B, T, query, kv, dim;

  template <class Op> explicit AttentionHeads(Op op) {
    B = shapeOf(op.getQ())[0], T = shapeOf(op.getQ())[1];
    query = op.getNHeads(), kv = op.getNKvHeads(), dim = channelsOf(op.getQ()) / query;
  }
  /// Query heads of a key head.
  int64_t group() const { return query / kv; }
  int64_t blocks() const { return llvm::divideCeil(T, blockLanes); }
  double scale() const { return 1 / std::sqrt(double(dim)); }
};

/// A cell: `count` <= 32 rows from `first` of one of `heads` heads of one batch entry.
struct AttentionCell {
  Value batch, head, first, count;

  AttentionCell(KernelBuilder &k, const AttentionHeads &sizes, int64_t heads) {
    first = k.mul(k.rem(k.cell, sizes.blocks()), blockLanes);
    count = k.min(k.sub(sizes.T, first), blockLanes);
    Value pair = k.div(k.cell, sizes.blocks());
    batch = k.div(pair, heads), head = k.rem(pair, heads);
  }
  static int64_t grid(const AttentionHeads &sizes, int64_t heads) { return sizes.B * heads * sizes.blocks(); }
};

/// Where the documents of the queries from `first` of sequence `batch` begin, i32; null without documents.
inline Value beginsFrom(KernelBuilder &k, Value documents, Value batch, Operand first) {
  if (!documents)
    return {};
  return k.at(k.pointer(documents), k.add(k.mul(batch, k.rowStride(documents)), first), k.i32);
}

/// The first key that the query at `first` sees, whose document's beginning is the first of `begins`.
inline Value firstKeyOf(KernelBuilder &k, Value first, int64_t window, Value begins) {
  Value key = k.max(k.sub(first, window - 1), 0);
  return begins ? k.max(key, k.toInteger(k.loadScalar(begins, k.i32))) : key;
}

} // namespace samba::host
