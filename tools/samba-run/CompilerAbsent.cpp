// The compiler's place in a build of the player alone.
#include "runtime/Error.h"
#include "tools/samba-run/Compiler.h"

using namespace samba;

namespace {

[[noreturn]] void absent(const CompileRequest &request) {
  throw Error("this build of samba-run plays bundles only and cannot read the spec '", request.model.string(),
              "'; give a bundle (.samba), or build samba without SAMBA_RUNTIME_ONLY");
}

} // namespace

bool samba::compilerPresent() { return false; }

void samba::compileToBundle(const CompileRequest &request, const std::filesystem::path &) { absent(request); }

int samba::verifyModel(const CompileRequest &request, int64_t) { absent(request); }

std::string samba::modelInfo(const CompileRequest &request) { absent(request); }

ModelSpec samba::outlineOf(const CompileRequest &request) { absent(request); }
