//===- SingleQuery.cpp - attention of one token: a stream over keys and values --------------------------===//
//
// With one query there is nothing to put in the lanes but channels: a score is a dot product, and L of them
// are summed across lanes at once (sumEach). Then o [hd] += p_j v_j, in registers over the tile. The kernel
// runs at the speed at which keys and values arrive.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/SingleQuery.h"

#include <cmath>

using namespace mlir;

namespace samba::host {

constexpr int64_t tileRows = 64;

static int64_t padded(int64_t x) { return llvm::alignTo(x, 16); }

int64_t SingleQuery::scratchBytes(int64_t group, int64_t headDim) {
  return (2 * group * padded(headDim) + 2 * padded(group) + tileRows) * 4;
}

SingleQuery::SingleQuery(KernelBuilder &k, int64_t group, int64_t headDim, Value query)
    : k(k), group(group), headDim(headDim), q(k.scratch()) {
  output = k.at(q, group * padded(headDim));
  maxima = k.at(output, group * padded(headDim));
  sums = k.at(maxima, padded(group));
  scores = k.at(sums, padded(group));
  k.loop(0, group, 1, [&](Value g) {
    k.overLanes(headDim, [&](Value d, Value mask) {
      Value x = k.load(k.at(query, k.add(k.mul(g, headDim), d)), mask);
      Value place = k.add(k.mul(g, padded(headDim)), d);
      k.store(k.mul(x, M_LOG2E / std::sqrt(double(headDim))), k.at(q, place));
      k.store(k.splat(0.0), k.at(output, place));
    });
    k.store(k.number(-1e30), k.at(maxima, g));
    k.store(k.number(0), k.at(sums, g));
  });
}

/// The scores of L keys from `firstRow`; lanes past `rows` are -inf.
Value SingleQuery::score(Value query, const Matrix &keys, Value firstRow, Value rows) const {
  Values products; // [L] x L, rows past the end repeat the last one
  for (int64_t r = 0; r < k.lanes; ++r) {
    Value key = keys.from(k, k.min(k.add(firstRow, r), k.sub(rows, 1)), 0).pointer;
    Value sum;
    for (int64_t d = 0; d < headDim; d += k.lanes) {
      Value mask = d + k.lanes <= headDim ? Value() : k.maskBelow(headDim - d);
      Value x = k.load(k.at(key, d), mask), y = k.load(k.at(query, d));
      sum = sum ? k.fma(x, y, sum) : k.mul(x, y);
    }
    products.push_back(sum);
  }
  return k.select(k.maskBelow(k.sub(rows, firstRow)), k.sumEach(products), -INFINITY);
}

void SingleQuery::attend(const Matrix &keys, const Matrix &values, Value rows) const {
  k.loop(0, group, 1, [&](Value g) {
    Value query = k.at(q, k.mul(g, padded(headDim))), o = k.at(output, k.mul(g, padded(headDim)));
    Value before = k.loadScalar(k.at(maxima, g));
    Value lanesMax = k.loop(0, rows, k.lanes, {k.splat(before)}, [&](Value r, ValueRange m) -> Values {
      Value s = score(query, keys, r, rows);
      k.store(s, k.at(scores, r));
      return {k.max(m[0], s)};
    })[0];
    Value m = k.maximum(lanesMax), scale = k.exp2(k.sub(before, m));
    Value l = k.loop(0, rows, k.lanes, {k.splat(0.0)}, [&](Value r, ValueRange l) -> Values {
      Value p = k.exp2(k.sub(k.load(k.at(scores, r)), m));
      k.store(p, k.at(scores, r));
      return {k.add(l[0], p)};
    })[0];
    k.store(m, k.at(maxima, g));
    k.store(k.fma(k.loadScalar(k.at(sums, g)), scale, k.sum(l)), k.at(sums, g));

    Values out; // [hd]
    for (int64_t d = 0; d < headDim; d += k.lanes)
      out.push_back(k.mul(k.load(k.at(o, d)), scale));
    out = k.loop(0, rows, 1, out, [&](Value r, ValueRange carried) {
      Value p = k.splat(k.loadScalar(k.at(scores, r))), value = values.from(k, r, 0).pointer;
      Values next;
      for (int64_t d = 0; d < headDim; d += k.lanes) {
        Value mask = d + k.lanes <= headDim ? Value() : k.maskBelow(headDim - d);
        next.push_back(k.fma(p, k.load(k.at(value, d), mask), carried[d / k.lanes]));
      }
      return next;
    });
    for (auto [i, lanes] : llvm::enumerate(out))
      k.store(lanes, k.at(o, int64_t(i) * k.lanes));
  });
}

void SingleQuery::finish(Value o) const {
  k.loop(0, group, 1, [&](Value g) {
    Value inverse = k.div(1, k.loadScalar(k.at(sums, g)));
    k.overLanes(headDim, [&](Value d, Value mask) {
      Value x = k.load(k.at(output, k.add(k.mul(g, padded(headDim)), d)));
      k.store(k.mul(x, inverse), k.at(o, k.add(k.mul(g, headDim), d)), mask);
    });
  });
}

} // namespace samba::host
