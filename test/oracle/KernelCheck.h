//===- KernelCheck.h - Compiled kernels against the oracle ----------------------------------------------===//
#pragma once

#include "test/oracle/Compare.h"
#include "test/oracle/KernelRunner.h"

namespace samba::oracle {

/// Runs every `samba.kernel` of a module at stage 05-kernels on random inputs and compares the outputs with
/// the oracle's. Each kernel runs
///
///   * in every way that the runner knows: for each instruction set of this processor, say;
///   * `runs` times, at least twice: the bits must be the same;
///   * once more for each way in which a launch of the module lets outputs overwrite inputs;
///   * with poison in outputs, in scratch memory and around every argument, which must stay where it is.
///
/// What an output is allowed is its rule's limit (Semantics.h); where values are stored as bf16 before it,
/// twice what the same arithmetic gives with every value rounded to its type, as flash-attention's tests have
/// it.
///
/// Kernel number i draws its inputs from `seed` + i. Fails with a diagnostic if a kernel is missing or the
/// oracle has no rule for an op.
mlir::LogicalResult checkKernels(mlir::ModuleOp module, KernelRunner &runner, uint64_t seed, Report &report,
                                 int64_t runs = 2);

} // namespace samba::oracle
