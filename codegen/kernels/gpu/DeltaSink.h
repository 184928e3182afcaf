//===- DeltaSink.h - dO's tiles meet o on their way out -------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/Gemm.h"

namespace samba::gpu {

/// Rounds tiles of dO to bf16, stores them and, as whole heads wait in shared memory together, what
/// attention's gradients subtract: `delta` [B, H, T] = sum over a head's channels of o dO.
class DeltaSink : public StagedSink {
public:
  /// Of a product [m, n] whose result `delta` reads.
  DeltaSink(KernelBuilder &k, AttentionDeltaOp delta, int64_t m, int64_t n)
      : StagedSink(k, delta.getDO(), m, n), delta(delta) {}

protected:
  bool isCopied() const override { return false; }
  void storeRows(Value shared, const Tile &tile, Value consumer, int64_t part) override;

private:
  AttentionDeltaOp delta;
};

} // namespace samba::gpu
