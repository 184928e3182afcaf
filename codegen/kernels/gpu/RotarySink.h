//===- RotarySink.h - a product's tiles are turned by a rotary embedding --------------------------------===//
#pragma once

#include "codegen/kernels/gpu/Gemm.h"

namespace samba::gpu {

/// Rounds tiles to bf16 and, on their way from shared memory to the rotary op's result, turns them: whole
/// heads wait there together.
class RotarySink : public StagedSink {
public:
  /// Of a product [m, n], whose result `rotary` reads.
  RotarySink(KernelBuilder &k, RotaryOp rotary, int64_t m, int64_t n)
      : StagedSink(k, rotary.getY(), m, n), rotary(rotary) {}

protected:
  bool isCopied() const override { return false; }
  llvm::SmallVector<Value> fusedReads() const override { return {}; }
  void storeRows(Value shared, const Tile &tile, Value consumer, int64_t part) override;

private:
  RotaryOp rotary;
};

} // namespace samba::gpu
