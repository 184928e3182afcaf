//===- FlashDkv.cpp - dk and dv on the tensor cores ------------------------------------------------===//
//
// The equations are in AttentionGradTile.h; after FlashAttention-2 and 3 (Dao 2023, Shah et al. 2024). A
// block has 128 keys and walks over tiles of 64 queries; warp groups 1 and 2 own 64 keys each and keep dk and
// dv in registers. A step has P^T of its queries at hand:
//
//   dP^T = V dO^T and dV += P^T dO are issued; dS^T = P^T (dP^T - delta) is taken while the latter runs;
//   S^T = K Q^T of the next queries and dK += dS^T Q are issued; P^T of the next is taken while the latter
//   runs.
//
// Cost: 8 dim flops and one exp2 for each visible pair. q and do are read once for each 128 keys: at a window
// of 2048 and dim 128 a block takes 35 us of the tensor cores for 1.1 MB of them, most of it from the L2
// cache.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/KeyGroups.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class FlashDkv : public KeyGroups {
public:
  FlashDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x)
      : KeyGroups(k, sizes, x, /*slots=*/3) {}

private:
  void passBy(Value number) override {
    gradRing->release(number);
    queryRing->release(number);
  }

  State step(State s, Value number, Value nextTile) override {
    gradRing->waitFull(number);
    k.wgmmaFence();
    Values products = issueDP(number);
    s.dv = issueSums(k, s.dv, s.p, gradRing->tile(number), queries);
    products = k.wgmmaWait(1, products);
    Values ds = scoreGradients(k, s.p, products, statisticsOf(number));
    Value next = k.add(number, 1);
    Values scores;
    if (nextTile)
      queryRing->waitFull(next);
    k.wgmmaFence();
    if (nextTile)
      scores = issueS(next);
    s.dk = issueSums(k, s.dk, ds, queryRing->tile(number), queries);
    if (nextTile) {
      scores = k.wgmmaWait(1, scores); // and dV
      gradRing->release(number);
      s.p = probabilitiesOf(scores, next, nextTile);
    }
    awaitSums(s);
    if (nextTile)
      queryRing->release(number);
    return s;
  }
};

} // namespace

void emitFlashDkv(KernelBuilder &k, const AttentionSizes &sizes, const AttentionGradOperands &x) {
  FlashDkv(k, sizes, x).emit();
}

} // namespace samba::gpu
