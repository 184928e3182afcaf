//===- SpecEdit.h - Edits attributes of a spec by path --------------------------------------------------===//
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace samba {

/// Applies an edit PATH=VALUE, such as `attention.window=64`, to a module that holds a spec. PATH is the name
/// of an op without its dialect, optionally an index in order of the text (`attention[1]`), a dot and an
/// attribute; without an index it means every such op. VALUE is an attribute as a spec spells it; a bare word
/// is a string. Errors go to `emitError` and name what there is to edit.
llvm::LogicalResult editSpec(mlir::ModuleOp module, llvm::StringRef edit,
                             llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace samba
