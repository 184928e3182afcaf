//===- ActivationStorage.h - Functions of core ops as a model of mixed precision would call them --------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace samba::oracle {

/// Turns the f32 arguments of the functions that such a model stores as bf16 into bf16: activations, which
/// have three dimensions or more, unless an op reads them as an operand that stays f32 (Rule::exact). What is
/// computed from them is left to `samba-assign-precision`.
void storeActivationsAsBf16(mlir::ModuleOp functions);

} // namespace samba::oracle
