//===- BundleWriter.h - Writes manifest.json and the kernels --------------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace samba {

/// What a manifest says of the model besides its plan.
struct BundleFacts {
  std::string compiler; ///< "samba 0.1.0"
  std::string digest;   ///< of what was compiled, hexadecimal
  std::string spec;     ///< after all edits
  std::string target = "host";
  std::string info = "{}"; ///< the compiler's report, JSON
  std::string kernelsFile; ///< set by writeBundle
};

/// Writes the bundle of a module at stage 05-kernels into `folder`, which must not exist yet. On failure the
/// diagnostics say why; the caller removes what was begun.
llvm::LogicalResult writeBundle(mlir::ModuleOp module, BundleFacts facts, llvm::StringRef folder);

} // namespace samba
