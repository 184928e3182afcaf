//===- Passes.h - The compiler's passes -----------------------------------------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace samba {

/// Marks what `samba-differentiate` computes again in the backward pass, until `samba-fuse` has placed it.
inline constexpr llvm::StringLiteral recomputedMark = "samba.recomputed";

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

} // namespace samba
