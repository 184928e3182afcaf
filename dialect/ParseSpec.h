//===- ParseSpec.h - Reads the text of a spec -----------------------------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace llvm {
class SourceMgr;
} // namespace llvm

namespace samba {

/// Parses and verifies the main buffer of `sources`; null after a located error. A spec is untrusted:
/// brackets that nest so deep that a recursive parser would run out of stack are refused before it starts.
mlir::OwningOpRef<mlir::ModuleOp> parseSpec(llvm::SourceMgr &sources, mlir::MLIRContext *context);

} // namespace samba
