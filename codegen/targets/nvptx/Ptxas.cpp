//===- Ptxas.cpp - PTX to cubin through the CUDA toolkit's ptxas, and what it reports -------------------===//
#include "codegen/targets/nvptx/NvptxTarget.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace samba::gpu {

std::string findPtxas() {
  if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName("ptxas"))
    return *found;
  for (const std::string &folder :
       {llvm::sys::Process::GetEnv("CUDA_HOME").value_or(""), std::string("/usr/local/cuda")}) {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, "bin", "ptxas");
    if (!folder.empty() && llvm::sys::fs::can_execute(path))
      return path.str().str();
  }
  return "";
}

/// The number that stands before `words` in a line such as "0 bytes stack frame, 8 bytes spill stores".
static int64_t numberBefore(StringRef line, StringRef words) {
  size_t at = line.find(words);
  if (at == StringRef::npos)
    return 0;
  StringRef head = line.take_front(at).rtrim();
  StringRef digits = head.take_back(head.size() - (head.find_last_not_of("0123456789") + 1));
  int64_t number = 0;
  digits.getAsInteger(10, number);
  return number;
}

static StringRef quotedAfter(StringRef line, StringRef words) {
  size_t at = line.find(words);
  return at == StringRef::npos ? "" : line.substr(at + words.size()).split('\'').second.split('\'').first;
}

/// What stands between one "Compiling entry function 'NAME'" and the next belongs to NAME. Notes such as
/// "(C7510) ... in function 'NAME'" and warnings come before, in any order.
std::vector<Report> readReports(StringRef text) {
  std::vector<Report> reports;
  SmallVector<StringRef> lines, notes;
  text.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    if (line.contains("(C7") || line.contains_insensitive("warning")) {
      notes.push_back(line);
      continue;
    }
    if (StringRef name = quotedAfter(line, "Compiling entry function"); !name.empty())
      reports.emplace_back().function = name.str();
    if (reports.empty())
      continue;
    Report &report = reports.back();
    report.registers += numberBefore(line, " registers");
    report.stackBytes += numberBefore(line, " bytes stack frame");
    report.spillBytes += numberBefore(line, " bytes spill stores") + numberBefore(line, " bytes spill loads");
    report.sharedBytes += numberBefore(line, " bytes smem");
  }
  for (StringRef note : notes) { // one that names no function is held against the first
    auto named = [&](const Report &report) { return report.function == quotedAfter(note, " function"); };
    auto found = llvm::find_if(reports, named);
    if (found == reports.end())
      found = reports.begin();
    if (found != reports.end())
      found->warnings.push_back(note.substr(note.find(':') + 1).trim().str());
  }
  return reports;
}

std::string Report::text() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << registers << " registers, " << stackBytes << " bytes of stack, " << spillBytes << " bytes spilled";
  for (const std::string &warning : warnings)
    os << "; " << warning;
  return text;
}

FailureOr<std::pair<std::string, std::vector<Report>>> assemble(Location loc, StringRef ptxas,
                                                                StringRef ptx) {
  SmallVector<SmallString<128>, 3> names(3);
  SmallVector<std::unique_ptr<llvm::FileRemover>> removers;
  const StringRef endings[] = {"ptx", "cubin", "log"};
  for (auto [name, ending] : llvm::zip(names, endings)) {
    if (std::error_code error = llvm::sys::fs::createTemporaryFile("samba-kernel", ending, name))
      return emitError(loc) << "cannot make a temporary file: " << error.message();
    removers.push_back(std::make_unique<llvm::FileRemover>(name.str()));
  }
  std::error_code error;
  {
    llvm::raw_fd_ostream file(names[0], error);
    file << ptx;
    file.close();
    error = error ? error : file.error();
    file.clear_error();
  }
  if (error)
    return emitError(loc) << "cannot write '" << names[0] << "': " << error.message();
  StringRef command[] = {ptxas, "-arch=sm_90a", "-O3", "-v", names[0], "-o", names[1]};
  std::optional<StringRef> redirects[] = {std::nullopt, names[2].str(), names[2].str()};
  std::string failureText;
  int status = llvm::sys::ExecuteAndWait(ptxas, command, std::nullopt, redirects, 0, 0, &failureText);
  auto log = llvm::MemoryBuffer::getFile(names[2]), cubin = llvm::MemoryBuffer::getFile(names[1]);
  StringRef said = log ? (*log)->getBuffer() : "";
  if (status != 0 || !cubin)
    return emitError(loc) << "'" << ptxas << "' refuses a kernel: " << failureText << said.trim();
  return std::pair((*cubin)->getBuffer().str(), readReports(said));
}

} // namespace samba::gpu
