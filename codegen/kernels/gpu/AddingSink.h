//===- AddingSink.h - a product's tiles are added to a matrix in memory ---------------------------------===//
#pragma once

#include "codegen/kernels/gpu/Gemm.h"

namespace samba::gpu {

/// Adds f32 sums to what is there already. They pass through shared memory, 32 columns at a time, and TMA has
/// the L2 cache add them, while the next tile is multiplied. A launch adds to an element once, so the order
/// of the additions is that of the launches.
class AddingSink : public Sink {
public:
  static constexpr int64_t boxRows = 64, boxColumns = 32;

  /// `map`: of the f32 matrix in boxes of boxRows x boxColumns.
  AddingSink(KernelBuilder &k, std::function<Value()> map) : k(k), map(std::move(map)) {}

  /// A schedule whose ring leaves room for this sink.
  static GemmSchedule schedule(const Product &product);

  void prepare(const GemmSchedule &schedule) override;
  void take(const Tile &tile, Value consumer, Values sums) override;
  void finish(Value consumer) override;

private:
  static constexpr int64_t buffers = 2, bufferBytes = boxRows * boxColumns * 4; ///< of each consumer
  void stage(Value buffer, mlir::ValueRange sums);
  void whenLeading(llvm::function_ref<void()> text);

  KernelBuilder &k;
  std::function<Value()> map;
  int64_t staging = 0; ///< in shared memory
  Value outputMap;
};

} // namespace samba::gpu
