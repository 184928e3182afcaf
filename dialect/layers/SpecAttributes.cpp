//===- SpecAttributes.cpp - Reads and checks the attributes of a spec -----------------------------------===//
#include "dialect/layers/SpecAttributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;

namespace samba {

int64_t integerOr(Attribute attribute, int64_t fallback) {
  auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
  return integer ? integer.getInt() : fallback;
}

double numberOr(Attribute attribute, double fallback) {
  if (auto number = dyn_cast_or_null<FloatAttr>(attribute))
    return number.getValueAsDouble();
  auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
  return integer ? double(integer.getInt()) : fallback;
}

bool isWord(Attribute attribute, StringRef word) {
  auto string = dyn_cast_or_null<StringAttr>(attribute);
  return string && string.getValue() == word;
}

/// "attribute 'window' expected WHAT, got VALUE", VALUE without its type.
static LogicalResult unexpected(Operation *op, StringRef name, StringRef what, StringRef orWord) {
  std::string value;
  llvm::raw_string_ostream os(value);
  op->getAttr(name).print(os, /*elideType=*/true);
  InFlightDiagnostic diag = op->emitOpError("attribute '") << name << "' expected " << what;
  if (!orWord.empty())
    diag << " or \"" << orWord << '"';
  return diag << ", got " << value;
}

LogicalResult checkPositive(Operation *op, StringRef name, StringRef orWord) {
  Attribute attribute = op->getAttr(name);
  auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
  bool fits = integer && integer.getType().isInteger(64) && integer.getInt() > 0 &&
              integer.getInt() <= std::numeric_limits<int32_t>::max();
  if (!attribute || fits || (!orWord.empty() && isWord(attribute, orWord)))
    return success();
  return unexpected(op, name, "a positive 32-bit integer", orWord);
}

LogicalResult checkPositiveNumber(Operation *op, StringRef name, StringRef orWord) {
  Attribute attribute = op->getAttr(name);
  if (!attribute || numberOr(attribute, 0) > 0 || (!orWord.empty() && isWord(attribute, orWord)))
    return success();
  return unexpected(op, name, "a positive number", orWord);
}

LogicalResult checkBool(Operation *op, StringRef name) {
  Attribute attribute = op->getAttr(name);
  if (!attribute || isa<BoolAttr>(attribute))
    return success();
  return unexpected(op, name, "true or false", "");
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
    StringRef nearest;
    unsigned best = std::max<unsigned>(3, name.size() / 2);
    for (StringAttr known : op->getName().getAttributeNames())
      if (unsigned distance = name.edit_distance(known); distance < best)
        best = distance, nearest = known;
    if (!nearest.empty())
      return diag << "; did you mean '" << nearest << "'?";
    diag << "; it has ";
    llvm::interleaveComma(op->getName().getAttributeNames(), diag,
                          [&](StringAttr known) { diag << known.getValue(); });
    return diag;
  }
  return success();
}

} // namespace samba
