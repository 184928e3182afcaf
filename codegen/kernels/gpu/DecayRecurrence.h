//===- DecayRecurrence.h - the recurrence of attention with decay, token by token -----------------------===//
#pragma once

#include "codegen/kernels/Recurrence.h"
#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

/// A launch that runs it. `past`: where in the scratch memory to leave scale (decay M_{t-1})^T z_t, [B, T,
/// heads lanes] f32.
void emitRecurrence(KernelBuilder &k, const Recurrence &r, std::optional<int64_t> past = {});

} // namespace samba::gpu
