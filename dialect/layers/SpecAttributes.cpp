//===- SpecAttributes.cpp - Reads and checks the attributes of a spec -----------------------------------===//
#include "dialect/layers/SpecAttributes.h"
#include "dialect/Spelling.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <cmath>

using namespace mlir;

namespace samba {

/// Spec integers are written without a type, which makes them i64.
static IntegerAttr asInteger(Attribute attribute) {
  auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
  return integer && integer.getType().isSignlessInteger(64) ? integer : IntegerAttr();
}

int64_t integerOr(Attribute attribute, int64_t fallback) {
  IntegerAttr integer = asInteger(attribute);
  return integer ? integer.getInt() : fallback;
}

double numberOr(Attribute attribute, double fallback) {
  if (auto number = dyn_cast_or_null<FloatAttr>(attribute))
    return number.getValueAsDouble();
  IntegerAttr integer = asInteger(attribute);
  return integer ? double(integer.getInt()) : fallback;
}

bool isWord(Attribute attribute, StringRef word) {
  auto string = dyn_cast_or_null<StringAttr>(attribute);
  return string && string.getValue() == word;
}

/// The attribute as a spec would write it: 1.5 rather than 1.500000e+00 : f64.
static std::string text(Attribute attribute) {
  std::string result;
  llvm::raw_string_ostream os(result);
  if (auto number = dyn_cast<FloatAttr>(attribute); number && number.getType().isF64())
    os << llvm::format("%g", number.getValueAsDouble());
  else if (isa<UnitAttr>(attribute))
    os << "no value";
  else
    attribute.print(os, /*elideType=*/bool(asInteger(attribute)));
  return result;
}

/// "attribute 'window' expected WHAT, got VALUE".
static LogicalResult unexpected(Operation *op, StringRef name, const Twine &what, StringRef orWord = "") {
  InFlightDiagnostic diag = op->emitOpError("attribute '") << name << "' expected " << what;
  if (!orWord.empty())
    diag << " or \"" << orWord << '"';
  return diag << ", got " << text(op->getAttr(name));
}

LogicalResult checkInteger(Operation *op, StringRef name, int64_t low, int64_t high, StringRef orWord) {
  Attribute attribute = op->getAttr(name);
  IntegerAttr integer = asInteger(attribute);
  bool fits = integer && integer.getInt() >= low && integer.getInt() <= high;
  if (!attribute || fits || (!orWord.empty() && isWord(attribute, orWord)))
    return success();
  return unexpected(op, name, "an integer from " + Twine(low) + " to " + Twine(high), orWord);
}

LogicalResult checkPositiveNumber(Operation *op, StringRef name, StringRef orWord) {
  Attribute attribute = op->getAttr(name);
  double number = numberOr(attribute, 0);
  if (!attribute || (number > 0 && std::isfinite(number)) || (!orWord.empty() && isWord(attribute, orWord)))
    return success();
  return unexpected(op, name, "a positive number", orWord);
}

LogicalResult checkWord(Operation *op, StringRef name, ArrayRef<StringRef> words) {
  Attribute attribute = op->getAttr(name);
  if (!attribute || llvm::any_of(words, [&](StringRef word) { return isWord(attribute, word); }))
    return success();
  return unexpected(op, name, "\"" + llvm::join(words, "\" or \"") + "\"");
}

LogicalResult checkBool(Operation *op, StringRef name) {
  Attribute attribute = op->getAttr(name);
  if (!attribute || isa<BoolAttr>(attribute))
    return success();
  return unexpected(op, name, "true or false");
}

LogicalResult checkPresent(Operation *op, StringRef name, StringRef example) {
  if (op->getAttr(name))
    return success();
  return op->emitOpError("attribute '") << name << "' is missing; write {" << example << "}";
}

LogicalResult checkKnown(Operation *op) {
  for (NamedAttribute attribute : op->getDiscardableAttrs()) {
    StringRef name = attribute.getName();
    if (name.contains('.')) // another dialect's
      continue;
    InFlightDiagnostic diag = op->emitOpError("has no attribute '") << name << "'";
    SmallVector<StringRef> known;
    for (StringAttr candidate : op->getName().getAttributeNames())
      if (candidate != "sym_name" && candidate != "count") // written outside the braces
        known.push_back(candidate);
    if (known.empty())
      return diag << "; it takes none";
    if (StringRef nearest = nearestSpelling(name, known); !nearest.empty())
      return diag << "; did you mean '" << nearest << "'?";
    diag << "; it has ";
    llvm::interleaveComma(known, diag);
    return diag;
  }
  return success();
}

} // namespace samba
