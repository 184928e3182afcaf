//===- Registry.cpp - The only file of the tools that includes the heavy headers ------------------------===//
#include "tools/samba-opt/Registry.h"
#include "codegen/Codegen.h"
#include "dialect/Samba.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

void samba::registerDialects(mlir::DialectRegistry &registry) {
  registry
      .insert<SambaDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
              mlir::scf::SCFDialect, mlir::vector::VectorDialect, mlir::LLVM::LLVMDialect>();
  registerCodegen(registry);
}

void samba::registerPasses() {
  mlir::registerTransformsPasses();
  registerSambaPasses();
  registerSambaCodegenPasses();
}
