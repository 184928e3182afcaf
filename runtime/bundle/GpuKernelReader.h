// The part of a manifest that only bundles for the GPU have: what a kernel launches.
#pragma once

#include "runtime/JsonPlace.h"
#include "runtime/bundle/Bundle.h"

namespace samba {

/// Fills kernel.launches from an element of the table of kernels, checking each value against the limits of
/// the hardware. What the parameters refer to is checked by checkBundle. Throws Error.
void readGpuKernel(const JsonPlace &place, Kernel &kernel);

} // namespace samba
