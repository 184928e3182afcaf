// One file, a spec or functions of core ops, on its way through the compiler's stages.
#pragma once

#include "dialect/Samba.h"
#include "passes/Pipelines.h"
#include "tools/samba-run/Compiler.h"

#include "llvm/Support/SourceMgr.h"
#include <optional>
#include <string>

namespace samba {

/// What a request chooses for the stages; what it leaves open is filled in.
PipelineOptions optionsOf(const CompileRequest &request);

/// Owns the module at its present stage and collects what diagnostics say, for the one error that ends it.
class Compilation {
public:
  /// Parses request.model and applies its edits. Throws Error with the place and the reason.
  Compilation(const CompileRequest &request, PipelineOptions options);

  /// Whether the file holds functions of core ops and no samba.model: they begin at stage 02-train, and every
  /// function becomes an entry whose arguments and results are inputs and outputs.
  bool holdsFunctions();

  /// The one samba.model, which must be there.
  ModelOp model();

  /// Takes the module to `stage` from the one before it.
  void run(llvm::StringRef stage);

  /// Runs the stages up to and including `last`, dumping each if asked to; `after` sees each of them.
  void runTo(
      llvm::StringRef last, llvm::function_ref<void(llvm::StringRef, mlir::ModuleOp)> after =
                                [](llvm::StringRef, mlir::ModuleOp) {});

  /// Ends with what the diagnostics said, unless `result` is a success.
  void require(llvm::LogicalResult result);
  [[noreturn]] void refuse(const std::string &before = "");

  /// What diagnostics said so far; after a success these are warnings.
  const std::string &warnings() const { return said; }

private:
  const CompileRequest &request;
  mlir::MLIRContext context; // before the module, which it outlives
  llvm::SourceMgr sources;
  std::string said; // diagnostics, with the lines they point at
  llvm::raw_string_ostream reasons{said};
  std::optional<mlir::SourceMgrDiagnosticHandler> handler;

public:
  const PipelineOptions options;
  mlir::OwningOpRef<mlir::ModuleOp> module;

private:
  void describeFunctions();
  void apply(const std::string &edit);
  void dump(llvm::StringRef stage);
};

} // namespace samba
