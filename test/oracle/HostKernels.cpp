//===- HostKernels.cpp - Kernels as functions of a shared library ---------------------------------------===//
#include "test/oracle/KernelRunner.h"
#include "llvm/Support/Alignment.h"
#include <dlfcn.h>
#include <numeric>

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

namespace {

class HostKernels : public KernelRunner {
public:
  HostKernels(void *library, StringRef path) : library(library), path(path) {}
  ~HostKernels() override { dlclose(library); }

  FailureOr<SmallVector<std::string>> ways(KernelOp kernel) override {
    SmallVector<std::string> symbols;
    for (StringRef set : instructionSets()) {
      symbols.push_back((kernel.getSymName() + "_" + set).str());
      if (!find(symbols.back()))
        return kernel.emitError("'") << path << "' has no function '" << symbols.back() << "'";
    }
    return symbols;
  }

  /// The host's kernels take any address that suits an element.
  int64_t alignment(KernelOp kernel, unsigned argument) override {
    return cast<RankedTensorType>(kernel.argumentTypes()[argument]).getElementTypeBitWidth() / 8;
  }

  /// All cells in a random order, each with poisoned scratch memory.
  std::string run(KernelOp kernel, StringRef way, MutableArrayRef<GuardedBuffer> buffers,
                  ArrayRef<size_t> home, Random &random) override {
    SmallVector<void *> args;
    for (size_t i : home)
      args.push_back(buffers[i].image() + buffers[i].offset());
    std::vector<int64_t> cells(kernel.getGrid().value_or(1));
    std::iota(cells.begin(), cells.end(), 0);
    for (size_t i = cells.size(); i > 1; --i)
      std::swap(cells[i - 1], cells[random.integer(0, int64_t(i))]);
    std::vector<char> scratch(kernel.getScratchBytes().value_or(0) + 64);
    void *aligned = reinterpret_cast<void *>(llvm::alignAddr(scratch.data(), llvm::Align(64)));
    Function function = find(way);
    for (int64_t cell : cells) {
      std::fill(scratch.begin(), scratch.end(), char(0xff));
      function(args.data(), cell, aligned);
    }
    return "";
  }

  /// The suffixes of the functions that this processor can run.
  static SmallVector<StringRef> instructionSets() {
    SmallVector<StringRef> sets;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      sets.push_back("avx2");
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
      sets.push_back("avx512");
    return sets;
  }

private:
  using Function = void (*)(void *const *args, int64_t cell, void *scratch);

  Function find(StringRef symbol) { return reinterpret_cast<Function>(dlsym(library, symbol.str().c_str())); }

  void *library;
  std::string path;
};

} // namespace

FailureOr<std::unique_ptr<KernelRunner>> samba::oracle::hostKernels(ModuleOp module, StringRef path) {
  if (HostKernels::instructionSets().empty())
    return module.emitError("the host kernels need a processor with AVX2 and FMA");
  void *library = dlopen(path.str().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return module.emitError("cannot load '") << path << "': " << dlerror();
  return std::unique_ptr<KernelRunner>(std::make_unique<HostKernels>(library, path));
}
