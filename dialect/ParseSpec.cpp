//===- ParseSpec.cpp - Reads the text of a spec ---------------------------------------------------------===//
#include "dialect/ParseSpec.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

/// Far more than a spec needs, far less than the parser's stack allows.
static constexpr int64_t maxNesting = 256;

/// The first bracket that nests too deep, or null. Strings and comments do not count.
static const char *firstTooDeep(StringRef text) {
  int64_t depth = 0;
  for (const char *at = text.begin(); at != text.end(); ++at) {
    StringRef rest(at, text.end() - at);
    if (rest.starts_with("//")) {
      at += std::min(rest.find('\n'), rest.size() - 1);
    } else if (*at == '"') {
      for (++at; at != text.end() && *at != '"' && *at != '\n'; ++at)
        at += *at == '\\' && at + 1 != text.end();
      if (at == text.end())
        return nullptr;
    } else if (StringRef("{[(<").contains(*at) && ++depth > maxNesting) {
      return at;
    } else if (rest.starts_with("->")) { // an arrow closes nothing
      ++at;
    } else if (StringRef("}])>").contains(*at)) {
      --depth;
    }
  }
  return nullptr;
}

OwningOpRef<ModuleOp> samba::parseSpec(llvm::SourceMgr &sources, MLIRContext *context) {
  const llvm::MemoryBuffer *buffer = sources.getMemoryBuffer(sources.getMainFileID());
  if (const char *bracket = firstTooDeep(buffer->getBuffer())) {
    auto [line, column] = sources.getLineAndColumn(SMLoc::getFromPointer(bracket), sources.getMainFileID());
    emitError(FileLineColLoc::get(context, buffer->getBufferIdentifier(), line, column))
        << "expected brackets that nest at most " << maxNesting << " deep";
    return nullptr;
  }
  return parseSourceFile<ModuleOp>(sources, context);
}
