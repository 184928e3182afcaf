//===- samba-lsp-server.cpp - Completion, hover and diagnostics for editors -----------------------------===//
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "tools/samba-opt/Registry.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  samba::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
