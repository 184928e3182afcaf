//===- SpecAttributes.h - Reads and checks the attributes of a spec -------------------------------------===//
#pragma once

#include "mlir/IR/Operation.h"
#include <optional>

namespace samba {

/// The integer an attribute holds, or `fallback` if it is absent (or is not an integer: then it does not
/// verify).
int64_t integerOr(mlir::Attribute attribute, int64_t fallback);

/// The number an attribute holds, integer or float, or `fallback`.
double numberOr(mlir::Attribute attribute, double fallback);

/// Whether the attribute is the string `word`.
bool isWord(mlir::Attribute attribute, llvm::StringRef word);

/// Each of these fails with "attribute 'd_conv' expected an integer from 2 to 16, got 0" and the like;
/// an absent attribute passes. `orWord` is one more value that is allowed. The limits keep every size of a
/// model, in bytes, within 64 bits.
llvm::LogicalResult checkInteger(mlir::Operation *op, llvm::StringRef name, int64_t low, int64_t high,
                                 llvm::StringRef orWord = "");
llvm::LogicalResult checkPositiveNumber(mlir::Operation *op, llvm::StringRef name,
                                        llvm::StringRef orWord = "");
llvm::LogicalResult checkWord(mlir::Operation *op, llvm::StringRef name,
                              llvm::ArrayRef<llvm::StringRef> words);
llvm::LogicalResult checkBool(mlir::Operation *op, llvm::StringRef name);

/// Fails if the attribute is absent: "attribute 'n_heads' is missing; write {n_heads = 12}".
llvm::LogicalResult checkPresent(mlir::Operation *op, llvm::StringRef name, llvm::StringRef example);

/// Fails on an attribute that the op does not have, naming the nearest one that it has.
llvm::LogicalResult checkKnown(mlir::Operation *op);

} // namespace samba
