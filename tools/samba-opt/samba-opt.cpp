//===- samba-opt.cpp - Reads a spec or any stage of it, runs passes, prints the result ------------------===//
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "tools/samba-opt/Registry.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  samba::registerDialects(registry);
  samba::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "samba-opt: specs, stages and passes\n", registry));
}
