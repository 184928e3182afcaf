//===- Rotary.h - the angles of rotary position embedding
//------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// Sine (negative where the op turns back) and cosine of the angle by which the op turns pair number `pair`
/// (i32) of every head of a row (i32).
std::pair<Value, Value> rotaryAngle(KernelBuilder &k, RotaryOp op, Value row, Value pair);

} // namespace samba::gpu
