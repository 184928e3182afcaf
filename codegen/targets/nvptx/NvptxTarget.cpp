//===- NvptxTarget.cpp - lowers and compiles GPU functions to PTX ---------------------------------------===//
#include "codegen/targets/nvptx/NvptxTarget.h"

#include "codegen/targets/BackEnd.h"

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
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CommandLine.h"

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

/// Addresses of shared memory take 32 bits: a register less for each.
static void useShortPointers() {
  auto &options = llvm::cl::getRegisteredOptions();
  if (auto option = options.find("nvptx-short-ptr"); option != options.end())
    option->second->addOccurrence(0, option->first, "true");
}

static void initialize() {
  static const bool done = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    useShortPointers();
    return true;
  }();
  (void)done;
}

static constexpr BackEnd backEnd{"NVPTX", "nvptx64-nvidia-cuda", initialize, buildLowering};

/// Inline assembly may synchronise threads: without this LLVM would duplicate it into branches.
static void makeAssemblyConvergent(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = llvm::dyn_cast<llvm::CallBase>(&instruction); call && call->isInlineAsm())
        if (!call->doesNotAccessMemory() ||
            llvm::cast<llvm::InlineAsm>(call->getCalledOperand())->hasSideEffects())
          call->setConvergent();
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
  constexpr StringRef oldest = "+ptx80"; // that has all of sm_90a: older drivers can load it
  OwningOpRef<ModuleOp> module = isolate(functions);
  auto ptx = backEnd.compile(*module, targetName, oldest, llvm::CodeGenFileType::AssemblyFile,
                             "kernel '" + kernelOf(functions[0]) + "'", makeAssemblyConvergent);
  if (failed(ptx))
    return failure();
  return std::string(ptx->begin(), ptx->end());
}

FailureOr<std::vector<Image>> compileKernels(ModuleOp module, bool assembled) {
  llvm::MapVector<StringRef, Functions> kernels;
  for (auto function : gpuModule(module).getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal())
      kernels[kernelOf(function)].push_back(function);
  std::string ptxas = assembled ? findPtxas() : "";
  std::vector<Image> images(kernels.size());
  backEnd.loadDialects(module.getContext());
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
