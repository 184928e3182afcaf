//===- BackEnd.cpp - from lowered modules of kernels to what LLVM's back ends write ---------------------===//
#include "codegen/targets/BackEnd.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace samba {

void BackEnd::loadDialects(MLIRContext *context) const {
  OpPassManager pm(ModuleOp::getOperationName());
  lowering(pm);
  DialectRegistry registry;
  pm.getDependentDialects(registry);
  context->appendDialectRegistry(registry);
  for (StringRef name : registry.getDialectNames())
    context->getOrLoadDialect(name);
}

/// The O3 pipeline. Unrolling, peeling and vectorising are the emitters' work: done again they cost time and
/// registers, and break the pipelines that have been laid out.
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

FailureOr<SmallVector<char, 0>> BackEnd::compile(ModuleOp module, StringRef cpu, StringRef features,
                                                 llvm::CodeGenFileType type, const Twine &what,
                                                 function_ref<void(llvm::Module &)> mark) const {
  Location loc = module.getLoc();
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  lowering(pm);
  if (failed(pm.run(module)))
    return emitError(loc) << what << " cannot be lowered to LLVM";
  initialize();
  std::string error;
  llvm::Triple of(triple);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(of, error);
  if (!target)
    return emitError(loc) << "this LLVM has no " << name << " back end: " << error;
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(of, cpu, features, llvm::TargetOptions(), llvm::Reloc::PIC_, std::nullopt,
                                  llvm::CodeGenOptLevel::Aggressive));
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> ir = translateModuleToLLVMIR(module, context);
  if (!ir || !machine)
    return failure();
  ir->setTargetTriple(machine->getTargetTriple());
  ir->setDataLayout(machine->createDataLayout());
  mark(*ir);
  optimize(*ir, *machine);

  SmallVector<char, 0> file;
  llvm::raw_svector_ostream stream(file);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr, type))
    return emitError(loc) << "LLVM cannot write " << what << " for " << name;
  codegen.run(*ir);
  return file;
}

} // namespace samba
