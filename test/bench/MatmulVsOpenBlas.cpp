// Compares the matrix product of a linear layer, y = x w^T, with OpenBLAS on as many threads; exit 1 below
// 0.8.
#include "codegen/Codegen.h"
#include "codegen/targets/host/HostTarget.h"
#include "dialect/Samba.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "test/bench/OpenBlas.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace samba;

namespace {

constexpr double bar = 0.8;
constexpr int sizes[] = {512, 1000, 2048};

std::string kernelName(int size) { return "linear_" + std::to_string(size); }

std::string kernelText(int size) {
  std::string n = std::to_string(size), x = "tensor<1x" + n + "x" + n + "xf32>",
              w = "tensor<" + n + "x" + n + "xf32>";
  return "samba.kernel @" + kernelName(size) + "(%x: " + x + ", %w: " + w +
         ") attributes {row_strides = array<i64: " + n + ", " + n + ", " + n +
         ">} {\n  %y = samba.linear %x, %w : (" + x + ", " + w + ") -> " + x + "\n  samba.yield %y : " + x +
         "\n}\n";
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One compiled kernel, its cells shared among threads.
struct Kernel {
  void (*function)(void *const *, int64_t, void *);
  int64_t grid, scratchBytes;

  void run(int threads, const float *x, const float *w, float *y, const std::vector<void *> &scratch) const {
    void *args[] = {const_cast<float *>(x), const_cast<float *>(w), y};
    std::atomic<int64_t> next{0};
    auto work = [&](int thread) {
      for (int64_t cell; (cell = next++) < grid;)
        function(args, cell, scratch[thread]);
    };
    std::vector<std::thread> others;
    for (int thread = 1; thread < threads; ++thread)
      others.emplace_back(work, thread);
    work(0);
    for (std::thread &other : others)
      other.join();
  }
};

/// Compiles the kernels of all sizes and loads them; stops with a message if that fails.
std::vector<Kernel> compile(const char *isa) {
  mlir::DialectRegistry registry;
  registry.insert<SambaDialect>();
  registerHostCodegen(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  std::string text;
  for (int size : sizes)
    text += kernelText(size);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  mlir::PassManager pm(&context);
  pm.addPass(createEmitKernels());
  std::string path = "/tmp/samba-matmul-XXXXXX";
  int file = mkstemp(path.data());
  if (!module || file < 0 || failed(pm.run(*module)) ||
      failed(host::buildSharedLibrary(hostModules(*module), path)))
    std::exit(1);
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::remove(path.c_str());
  std::vector<Kernel> kernels;
  for (KernelOp kernel : module->getOps<KernelOp>()) {
    void *symbol = library ? dlsym(library, (kernel.getSymName() + "_" + isa).str().c_str()) : nullptr;
    if (!symbol) {
      std::fprintf(stderr, "cannot load the kernels: %s\n", dlerror());
      std::exit(1);
    }
    kernels.push_back({reinterpret_cast<void (*)(void *const *, int64_t, void *)>(symbol),
                       int64_t(*kernel.getGrid()), int64_t(*kernel.getScratchBytes())});
  }
  return kernels;
}

} // namespace

int main() {
  const char *chosen = std::getenv("SAMBA_ISA"), *count = std::getenv("SAMBA_THREADS");
  const char *isa = chosen ? chosen : __builtin_cpu_supports("avx512f") ? "avx512" : "avx2";
  int threads = count ? std::atoi(count) : int(std::thread::hardware_concurrency());
  std::optional<OpenBlas> blas = OpenBlas::open(threads);
  if (!blas) {
    std::printf("OpenBLAS is not here (libopenblas0-pthread): nothing to compare with\n");
    return 0;
  }
  std::vector<Kernel> kernels = compile(isa);
  std::printf("samba, %s, %d threads; %s\n\n", isa, threads, blas->description().c_str());
  std::printf("| y = x w^T | samba GFLOP/s | OpenBLAS GFLOP/s | ratio |\n| --------: | ------------: | "
              "---------------: | ----: |\n");
  bool reached = true;
  for (size_t i = 0; i < kernels.size(); ++i) {
    Product product{sizes[i], sizes[i], sizes[i], false, true};
    std::vector<float> x(size_t(sizes[i]) * sizes[i], 0.5f), w(x), y(x.size()), z(x.size());
    std::vector<void *> scratch;
    for (int thread = 0; thread < threads; ++thread)
      scratch.push_back(std::aligned_alloc(64, (kernels[i].scratchBytes + 63) / 64 * 64));
    // The best of several rounds, by turns: what else runs on the machine then meets both.
    double ours = 1e9, theirs = 1e9;
    for (int round = 0, rounds = std::max(10, int(2e11 / product.flops())); round < rounds; ++round) {
      double start = seconds();
      kernels[i].run(threads, x.data(), w.data(), y.data(), scratch);
      double middle = seconds();
      blas->multiply(product, x.data(), w.data(), z.data());
      ours = std::min(ours, middle - start);
      theirs = std::min(theirs, seconds() - middle);
    }
    std::printf("| %d cubed | %.1f | %.1f | %.2f |\n", sizes[i], product.flops() / ours * 1e-9,
                product.flops() / theirs * 1e-9, theirs / ours);
    reached &= theirs / ours >= bar;
    for (void *memory : scratch)
      std::free(memory);
    if (y != z) {
      std::fprintf(stderr, "the products of size %d differ\n", sizes[i]);
      return 1;
    }
  }
  std::printf("\n%s: at least %.1f of OpenBLAS at every size\n", reached ? "reached" : "missed", bar);
  return reached ? 0 : 1;
}
