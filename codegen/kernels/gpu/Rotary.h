//===- Rotary.h - the angles of rotary position embedding ------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// Sine (negative where the op turns back) and cosine of the angle by which the op turns pair number `pair`
/// (i32) of every head of a row (i32).
std::pair<Value, Value> rotaryAngle(KernelBuilder &k, RotaryOp op, Value row, Value pair);

/// The same of the `width` pairs from number width * group (i32) on, head_dim / 2 being a multiple of width.
llvm::SmallVector<std::pair<Value, Value>> rotaryAngles(KernelBuilder &k, RotaryOp op, Value row, Value group,
                                                        int64_t width);

/// The same of pairs width * group + offset, for all `offsets`; group (i32) is below `groups`.
llvm::SmallVector<std::pair<Value, Value>> rotaryAngles(KernelBuilder &k, RotaryOp op, Value row, Value group,
                                                        int64_t groups, int64_t width,
                                                        llvm::ArrayRef<int64_t> offsets);

/// Turns pairs (low[i], high[i]) by the angles.
void turnPairs(KernelBuilder &k, Values &low, Values &high, llvm::ArrayRef<std::pair<Value, Value>> angles);

} // namespace samba::gpu
