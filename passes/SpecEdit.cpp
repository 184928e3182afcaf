//===- SpecEdit.cpp - Edits attributes of a spec by path ------------------------------------------------===//
#include "passes/SpecEdit.h"
#include "dialect/Samba.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace samba;

namespace {
/// attention[1].window = 64
struct Edit {
  StringRef op, attribute, value;
  std::optional<size_t> index;
};
} // namespace

static std::optional<Edit> parseEdit(StringRef text) {
  auto [path, value] = text.split('=');
  auto [target, attribute] = path.rsplit('.');
  Edit edit{target.trim(), attribute.trim(), value.trim(), std::nullopt};
  if (edit.op.consume_back("]")) {
    StringRef number;
    std::tie(edit.op, number) = edit.op.split('[');
    size_t index;
    if (number.getAsInteger(10, index))
      return std::nullopt;
    edit.index = index;
  }
  if (edit.op.empty() || edit.attribute.empty() || edit.value.empty())
    return std::nullopt;
  return edit;
}

/// The value as an attribute of the spec: a number, true, false, "text" or a bare word.
static Attribute parseValue(StringRef value, MLIRContext *context) {
  bool isWord =
      llvm::all_of(value, [](char c) { return llvm::isAlnum(c) || c == '_'; }) && llvm::isAlpha(value[0]);
  if (isWord && value != "true" && value != "false")
    return StringAttr::get(context, value);
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) { return success(); });
  return parseAttribute(value, context);
}

LogicalResult samba::editSpec(ModuleOp module, StringRef text, function_ref<InFlightDiagnostic()> emitError) {
  std::optional<Edit> edit = parseEdit(text);
  if (!edit)
    return emitError() << "'--set " << text << "': expected OP.ATTRIBUTE=VALUE or OP[INDEX].ATTRIBUTE=VALUE";
  Attribute value = parseValue(edit->value, module.getContext());
  if (!value)
    return emitError() << "'--set " << text << "': expected a number, a word, true or false, got '"
                       << edit->value << "'";

  SmallVector<Operation *> targets;
  llvm::SetVector<StringRef> names;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<SambaDialect>(op->getDialect()))
      return;
    names.insert(op->getName().stripDialect());
    if (op->getName().stripDialect() == edit->op)
      targets.push_back(op);
  });
  if (targets.empty()) {
    InFlightDiagnostic diag = emitError()
                              << "'--set " << text << "': the spec has no '" << edit->op << "'; it has ";
    llvm::interleaveComma(names, diag);
    return diag;
  }
  if (edit->index) {
    if (*edit->index >= targets.size())
      return emitError() << "'--set " << text << "': expected an index below " << targets.size() << ", got "
                         << *edit->index;
    targets = {targets[*edit->index]};
  }
  for (Operation *op : targets) {
    if (!llvm::any_of(op->getName().getAttributeNames(),
                      [&](StringAttr name) { return name == edit->attribute; })) {
      // As if the spec said so: the op's verifier names the nearest attribute.
      op->setDiscardableAttr(edit->attribute, value);
      continue;
    }
    op->setAttr(edit->attribute, value);
  }
  return success();
}
