//===- NamedValues.h - Evaluates an entry's function on values called by name --------------------------===//
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/oracle/Interpreter.h"
#include <map>
#include <string>

namespace samba::oracle {

/// Tensors by what they are: "samba.input tokens", "samba.param backbone.norm_f.weight", "samba.weight
/// backbone.norm_f.weight" (its working copy), "samba.state position".
using NamedValues = std::map<std::string, Tensor>;

/// What argument (or result) `index` of an entry's function is, as above; empty if it carries no mark.
std::string argumentName(mlir::func::FuncOp func, unsigned index);
std::string resultName(mlir::func::FuncOp func, unsigned index);

/// Evaluates `func` on its arguments by name and returns its results by name. Fails with a diagnostic at an
/// argument that is not among `values`.
mlir::FailureOr<NamedValues> evaluate(mlir::func::FuncOp func, const NamedValues &values,
                                      Rounding rounding = Rounding::none);

} // namespace samba::oracle
