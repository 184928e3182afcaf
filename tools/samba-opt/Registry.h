//===- Registry.h - The dialects and passes that the compiler's tools know ------------------------------===//
#pragma once

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace samba {

/// Adds samba and every upstream dialect that a stage of the compiler holds.
void registerDialects(mlir::DialectRegistry &registry);

/// Makes the passes of Samba and MLIR's general ones (canonicalize, cse, ...) known by name.
void registerPasses();

} // namespace samba
