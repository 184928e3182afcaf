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

} // namespace samba::gpu
