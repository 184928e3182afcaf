//===- SingleQuery.h - attention of one token: a stream over keys and values ----------------------------===//
#pragma once

#include "codegen/targets/host/HostKernel.h"

namespace samba::host {

/// One token's queries of one key head: `group` heads of `headDim` channels, one after another at `q`. Every
/// tile of keys and values is read from memory once and serves all of them.
class SingleQuery {
public:
  SingleQuery(KernelBuilder &k, int64_t group, int64_t headDim, Value q);
  static int64_t scratchBytes(int64_t group, int64_t headDim);

  /// Adds `rows` <= 64 keys and values, all visible.
  void attend(const Matrix &keys, const Matrix &values, Value rows) const;
  /// Writes the group's outputs, one after another.
  void finish(Value o) const;

private:
  Value score(Value query, const Matrix &keys, Value firstRow, Value rows) const;

  KernelBuilder &k;
  const int64_t group, headDim;
  Value q;                    ///< [group][padded head_dim], in units of log 2
  Value output, maxima, sums; ///< [group][padded head_dim], [group], [group]
  Value scores;               ///< [64]
};

} // namespace samba::host
