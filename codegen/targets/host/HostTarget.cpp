//===- HostTarget.cpp - lowers and compiles modules of host functions to object files -------------------===//
#include "codegen/targets/host/HostTarget.h"

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
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

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

/// Loads what the lowering writes: threads that run it may not load dialects.
static void loadLoweredDialects(MLIRContext *context) {
  OpPassManager pm(ModuleOp::getOperationName());
  buildLowering(pm);
  DialectRegistry registry;
  pm.getDependentDialects(registry);
  context->appendDialectRegistry(registry);
  for (StringRef name : registry.getDialectNames())
    context->getOrLoadDialect(name);
}

static std::unique_ptr<llvm::TargetMachine> createTargetMachine(Location loc, const InstructionSet &isa) {
  static const bool initialized = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) {
    emitError(loc) << "this LLVM has no x86-64 back end: " << error;
    return nullptr;
  }
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, isa.cpu, isa.features, llvm::TargetOptions(), llvm::Reloc::PIC_,
                                  std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// The O3 pipeline. Unrolling and vectorising are the emitters' work: done again they only cost time and
/// registers.
static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  tuning.LoopInterleaving = false;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

FailureOr<SmallVector<char, 0>> compileObject(ModuleOp module, const InstructionSet &isa) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  buildLowering(pm);
  if (failed(pm.run(*copy)))
    return emitError(module.getLoc()) << "the kernels for \"" << isa.suffix << "\" do not lower to LLVM";
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> ir = translateModuleToLLVMIR(*copy, context);
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(module.getLoc(), isa);
  if (!ir || !machine)
    return failure();
  ir->setTargetTriple(machine->getTargetTriple());
  ir->setDataLayout(machine->createDataLayout());
  for (llvm::Function &function : *ir) {
    function.addFnAttr("target-cpu", isa.cpu);
    function.addFnAttr("target-features", isa.features);
    function.addFnAttr("prefer-vector-width", isa.vectorWidth);
  }
  optimize(*ir, *machine);

  SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return emitError(module.getLoc()) << "LLVM cannot write object files for \"" << isa.suffix << "\"";
  codegen.run(*ir);
  return object;
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
  loadLoweredDialects(first.getContext());
  if (failed(failableParallelForEach(first.getContext(), llvm::seq<size_t>(0, modules.size()), compile)))
    return failure();
  return linkSharedLibrary(first.getLoc(), objects, path);
}

} // namespace samba::host
