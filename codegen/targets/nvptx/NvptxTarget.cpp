//===- NvptxTarget.cpp - lowers and compiles GPU functions to PTX ---------------------------------------===//
#include "codegen/targets/nvptx/NvptxTarget.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Threading.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

extern "C" {
void LLVMInitializeNVPTXTargetInfo();
void LLVMInitializeNVPTXTarget();
void LLVMInitializeNVPTXTargetMC();
void LLVMInitializeNVPTXAsmPrinter();
}

namespace samba::gpu {

void registerNvptxTarget(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, cf::ControlFlowDialect, LLVM::LLVMDialect, NVVM::NVVMDialect,
                  scf::SCFDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  registerConvertNVVMToLLVMInterface(registry);
}

ModuleOp gpuModule(ModuleOp module) { return module.lookupSymbol<ModuleOp>(targetName); }

static void buildLowering(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertNVVMToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCSEPass());
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

/// Addresses of shared memory take 32 bits: a register less for each.
static void useShortPointers() {
  auto &options = llvm::cl::getRegisteredOptions();
  if (auto option = options.find("nvptx-short-ptr"); option != options.end())
    option->second->addOccurrence(0, option->first, "true");
}

static std::unique_ptr<llvm::TargetMachine> createTargetMachine(Location loc) {
  static const bool initialized = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    useShortPointers();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) {
    emitError(loc) << "this LLVM has no NVPTX back end: " << error;
    return nullptr;
  }
  // The oldest PTX that has all of sm_90a, so that older drivers can load it.
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, targetName, "+ptx80", llvm::TargetOptions(), llvm::Reloc::PIC_,
                                  std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Inline assembly may synchronise threads: without this LLVM would duplicate it into branches.
static void makeAssemblyConvergent(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction); call && call->isInlineAsm())
        if (!call->doesNotAccessMemory() ||
            llvm::cast<llvm::InlineAsm>(call->getCalledOperand())->hasSideEffects())
          call->setConvergent();
}

/// The O3 pipeline. LLVM's unrolling and peeling would break the pipelines that the emitters have laid out.
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

/// The functions of one kernel.
using Functions = SmallVector<LLVM::LLVMFuncOp, 2>;

/// NAME of a function called NAME_0, NAME_1 ...
static StringRef kernelOf(LLVM::LLVMFuncOp function) { return function.getSymName().rsplit('_').first; }

/// A module of these functions and the globals beside them.
static OwningOpRef<ModuleOp> isolate(const Functions &functions) {
  LLVM::LLVMFuncOp first = functions.front();
  OwningOpRef<ModuleOp> module = ModuleOp::create(first.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  for (Operation &op : *first->getBlock()) {
    auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
    if (!function || function.isExternal() || llvm::is_contained(functions, function))
      b.clone(op);
  }
  return module;
}

static FailureOr<std::string> toPtx(const Functions &functions) {
  OwningOpRef<ModuleOp> module = isolate(functions);
  Location loc = module->getLoc();
  PassManager pm(module->getContext(), ModuleOp::getOperationName());
  buildLowering(pm);
  if (failed(pm.run(*module)))
    return emitError(loc) << "kernel '" << kernelOf(functions[0]) << "' does not lower to LLVM";
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> ir = translateModuleToLLVMIR(*module, context);
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(loc);
  if (!ir || !machine)
    return failure();
  ir->setTargetTriple(machine->getTargetTriple());
  ir->setDataLayout(machine->createDataLayout());
  makeAssemblyConvergent(*ir);
  optimize(*ir, *machine);

  SmallString<0> ptx;
  llvm::raw_svector_ostream stream(ptx);
  llvm::legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, stream, nullptr, llvm::CodeGenFileType::AssemblyFile))
    return emitError(loc) << "LLVM cannot write PTX for kernel '" << kernelOf(functions[0]) << "'";
  codegen.run(*ir);
  return ptx.str().str();
}

FailureOr<std::vector<Image>> compileKernels(ModuleOp module, bool assembled) {
  llvm::MapVector<StringRef, Functions> kernels;
  for (auto function : gpuModule(module).getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal())
      kernels[kernelOf(function)].push_back(function);
  std::string ptxas = assembled ? findPtxas() : "";
  std::vector<Image> images(kernels.size());
  loadLoweredDialects(module.getContext());
  auto compile = [&](size_t i) -> LogicalResult {
    auto &[name, functions] = kernels.getArrayRef()[i];
    Image &image = images[i];
    image.kernel = name.str();
    FailureOr<std::string> ptx = toPtx(functions);
    if (failed(ptx))
      return failure();
    image.ptx = std::move(*ptx);
    if (ptxas.empty())
      return success();
    auto result = assemble(ModuleOp(module).getLoc(), ptxas, image.ptx);
    if (succeeded(result))
      std::tie(image.cubin, image.reports) = std::move(*result);
    return result;
  };
  if (failed(failableParallelForEach(module.getContext(), llvm::seq<size_t>(0, images.size()), compile)))
    return failure();
  return images;
}

} // namespace samba::gpu
