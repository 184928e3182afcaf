//===- KernelCheck.h - Compiled host kernels against the oracle ----------------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "test/oracle/Compare.h"

namespace samba::oracle {

/// Runs every `samba.kernel` of a module at stage 05-kernels on random inputs through its function in the
/// shared library at `library`, and compares the outputs with the oracle's. Each kernel runs
///
///   * for every instruction set that this processor has;
///   * twice, its cells in different random orders: the bits must be the same;
///   * once more for each way in which a launch of the module lets outputs overwrite inputs;
///   * with poison in outputs, in scratch memory and around every argument, which must stay where it is.
///
/// Kernel number i draws its inputs from `seed` + i. Fails with a diagnostic if the library does not load, a
/// function is missing, or the oracle has no rule for an op.
mlir::LogicalResult checkKernels(mlir::ModuleOp module, llvm::StringRef library, uint64_t seed,
                                 Report &report);

} // namespace samba::oracle
