//===- Link.cpp - object files in memory to a shared library, through the system's ld.lld ---------------===//
#include "codegen/targets/host/HostTarget.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace samba::host {

static FailureOr<std::string> findLinker(Location loc) {
  for (StringRef name : {"ld.lld-22", "ld.lld", "/usr/lib/llvm-22/bin/ld.lld", "ld"})
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(name))
      return *found;
  return emitError(loc) << "no linker found: looked for ld.lld-22, ld.lld and ld on PATH (install lld-22)";
}

LogicalResult linkSharedLibrary(Location loc, ArrayRef<SmallVector<char, 0>> objects, StringRef path) {
  FailureOr<std::string> linker = findLinker(loc);
  if (failed(linker))
    return failure();

  // Everything is built beside its destination and renamed last, so that a failure leaves nothing there.
  SmallVector<std::string> names;
  SmallVector<std::unique_ptr<llvm::FileRemover>> removers;
  auto temporary = [&](StringRef ending) {
    names.push_back((path + ending).str());
    removers.push_back(std::make_unique<llvm::FileRemover>(Twine(names.back())));
    return names.back();
  };
  for (auto [i, object] : llvm::enumerate(objects)) {
    std::string name = temporary(("." + Twine(i) + ".o").str());
    std::error_code error;
    llvm::raw_fd_ostream file(name, error);
    if (!error) {
      file.write(object.data(), object.size());
      file.close();
      error = file.error();
      file.clear_error();
    }
    if (error)
      return emitError(loc) << "cannot write \"" << name << "\": " << error.message();
  }

  std::string output = temporary(".partial");
  SmallVector<StringRef> command = {*linker, "-shared", "--hash-style=gnu", "--strip-all", "-z", "now",
                                    "-o",    output};
  command.append(names.begin(), names.end() - 1);
  std::string report = temporary(".log"), failureText;
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(report), StringRef(report)};
  int status = llvm::sys::ExecuteAndWait(*linker, command, std::nullopt, redirects, 0, 0, &failureText);
  if (status != 0) {
    if (auto log = llvm::MemoryBuffer::getFile(report))
      failureText += (*log)->getBuffer().trim().str();
    return emitError(loc) << "\"" << *linker << "\" could not link the kernels: " << failureText;
  }
  if (std::error_code error = llvm::sys::fs::rename(output, path))
    return emitError(loc) << "cannot write \"" << path << "\": " << error.message();
  return success();
}

} // namespace samba::host
