//===- KernelRunner.h - How the checks run a compiled kernel --------------------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "test/oracle/GuardedBuffer.h"
#include "test/oracle/Random.h"

namespace samba::oracle {

/// Runs the kernels of a module at stage 05-kernels, compiled for some target.
class KernelRunner {
public:
  virtual ~KernelRunner() = default;

  /// The ways in which the kernel can be run here, as "linear_0_avx2". Fails with a diagnostic where it is
  /// missing.
  virtual mlir::FailureOr<llvm::SmallVector<std::string>> ways(KernelOp kernel) = 0;

  /// The bytes that divide the address of an argument.
  virtual int64_t alignment(KernelOp kernel, unsigned argument) = 0;

  /// Runs all of the kernel on the buffers that `home` names for each argument, with poisoned scratch memory.
  /// What can be in any order is in one that `random` draws. Returns what went wrong, or nothing.
  virtual std::string run(KernelOp kernel, llvm::StringRef way, llvm::MutableArrayRef<GuardedBuffer> buffers,
                          llvm::ArrayRef<size_t> home, Random &random) = 0;
};

/// The host's functions in the shared library at `path`, one way for each instruction set of this processor.
/// Fails with a diagnostic if it does not load.
mlir::FailureOr<std::unique_ptr<KernelRunner>> hostKernels(mlir::ModuleOp module, llvm::StringRef path);

} // namespace samba::oracle
