//===- HostTarget.cpp - lowers and compiles modules of host functions to object files -------------------===//
#include "codegen/targets/host/HostTarget.h"

#include "codegen/targets/BackEnd.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Threading.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/Module.h"

using namespace mlir;

extern "C" {
void LLVMInitializeX86TargetInfo();
void LLVMInitializeX86Target();
void LLVMInitializeX86TargetMC();
void LLVMInitializeX86AsmPrinter();
}

namespace samba::host {

ArrayRef<InstructionSet> instructionSets() {
  static const InstructionSet sets[] = {
      {"avx512", 16, "x86-64-v4", "+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512cd,+fma", "512"},
      {"avx2", 8, "x86-64-v3", "+avx2,+fma", "256"}};
  return sets;
}

void registerHostTarget(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect,
                  scf::SCFDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

static void buildLowering(OpPassManager &pm) {
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

static void initialize() {
  static const bool done = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  (void)done;
}

static constexpr BackEnd backEnd{"x86-64", "x86_64-unknown-linux-gnu", initialize, buildLowering};

FailureOr<SmallVector<char, 0>> compileObject(ModuleOp module, const InstructionSet &isa) {
  OwningOpRef<ModuleOp> copy = module.clone();
  return backEnd.compile(*copy, isa.cpu, isa.features, llvm::CodeGenFileType::ObjectFile,
                         "the kernels for " + isa.suffix, [&](llvm::Module &ir) {
                           for (llvm::Function &function : ir) {
                             function.addFnAttr("target-cpu", isa.cpu);
                             function.addFnAttr("target-features", isa.features);
                             function.addFnAttr("prefer-vector-width", isa.vectorWidth);
                           }
                         });
}

LogicalResult buildSharedLibrary(ArrayRef<ModuleOp> modules, StringRef path) {
  if (modules.empty())
    return emitError(UnknownLoc()) << "no kernels to build";
  SmallVector<SmallVector<char, 0>> objects(modules.size());
  auto compile = [&](size_t i) -> LogicalResult {
    ModuleOp module = modules[i];
    StringRef name = module.getSymName().value_or("");
    const InstructionSet *isa =
        llvm::find_if(instructionSets(), [&](const InstructionSet &s) { return s.suffix == name; });
    if (isa == instructionSets().end())
      return emitError(module.getLoc()) << "expected a module named after an instruction set, \"avx512\" or "
                                           "\"avx2\", got \""
                                        << name << "\"";
    FailureOr<SmallVector<char, 0>> object = compileObject(module, *isa);
    if (succeeded(object))
      objects[i] = std::move(*object);
    return object;
  };
  ModuleOp first = modules.front();
  backEnd.loadDialects(first.getContext());
  if (failed(failableParallelForEach(first.getContext(), llvm::seq<size_t>(0, modules.size()), compile)))
    return failure();
  return linkSharedLibrary(first.getLoc(), objects, path);
}

} // namespace samba::host
