//===- SambaDialect.cpp - Registers the ops of the dialect ----------------------------------------------===//
#include "dialect/Samba.h"
#include "dialect/Spelling.h"

#include "dialect/SambaDialect.cpp.inc"
#include "dialect/SambaInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "dialect/SambaOps.cpp.inc"

void samba::SambaDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialect/SambaOps.cpp.inc"
      >();
}

static mlir::ParseResult rejectUnknownOp(mlir::OpAsmParser &parser, mlir::OperationState &state) {
  llvm::StringRef name = state.name.getStringRef();
  llvm::SmallVector<llvm::StringRef> known;
  for (mlir::RegisteredOperationName op : parser.getContext()->getRegisteredOperationsByDialect("samba"))
    known.push_back(op.getStringRef());
  mlir::InFlightDiagnostic diag = parser.emitError(parser.getNameLoc(), "is unknown");
  if (llvm::StringRef nearest = samba::nearestSpelling(name, known); !nearest.empty())
    diag << "; did you mean '" << nearest << "'?";
  return diag;
}

std::optional<mlir::Dialect::ParseOpHook> samba::SambaDialect::getParseOperationHook(llvm::StringRef) const {
  return rejectUnknownOp;
}
