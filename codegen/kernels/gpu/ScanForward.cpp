//===- ScanForward.cpp - the tokens of the selective scan forward ---------------------------------------===//
#include "codegen/kernels/gpu/ScanForward.h"

#include <numeric>

using namespace mlir;

namespace samba::gpu {

Value ScanTokens::rowOf(Value token) const {
  return k.add(k.mul(batch, s.tokens()), isRagged() ? k.min(token, s.tokens() - 1) : token);
}

Value ScanTokens::exists(Value token) const { return isRagged() ? k.less(token, s.tokens()) : Value(); }

std::optional<ScanTokens::Kept> ScanTokens::keptBefore(Value tile, int64_t t) const {
  if (!s.states || t % std::gcd(tileTokens, s.checkpoint))
    return {};
  Value token = k.add(k.mul(tile, tileTokens), t), index = k.div(token, s.checkpoint);
  Kept kept{k.add(k.mul(batch, shapeOf(s.states)[1]), index), {}};
  if (tileTokens % s.checkpoint)
    kept.wanted = k.equal(k.mul(index, s.checkpoint), token);
  if (t > 0 && isRagged())
    kept.wanted = kept.wanted ? k.both(kept.wanted, exists(token)) : exists(token);
  return kept;
}

Values advance(KernelBuilder &k, ValueRange h, ValueRange rates, Value dt, Value input, ValueRange B) {
  Values after;
  for (auto [before, rate, b] : llvm::zip(h, rates, B))
    after.push_back(k.fma(k.exp2(k.mul(dt, rate)), before, k.mul(input, b)));
  return after;
}

Value dot(KernelBuilder &k, ValueRange x, ValueRange y) {
  Value sum = k.mul(x[0], y[0]);
  for (size_t i = 1; i < x.size(); ++i)
    sum = k.fma(x[i], y[i], sum);
  return sum;
}

} // namespace samba::gpu
