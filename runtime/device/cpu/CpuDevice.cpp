// Memory and instruction set of the host.
#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/Error.h"
#include "runtime/bundle/Bundle.h"
#include "runtime/device/cpu/CpuKernels.h"

#include <sys/mman.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

namespace samba {

static constexpr int64_t kHugePage = int64_t(2) << 20;
static constexpr int kMaxThreads = 1024;

static int threadCount() {
  const char *text = std::getenv("SAMBA_THREADS");
  if (!text)
    return std::max(1, int(std::thread::hardware_concurrency()));
  int threads = 0;
  std::string_view view(text);
  auto [end, error] = std::from_chars(view.begin(), view.end(), threads);
  if (error != std::errc() || end != view.end() || threads < 1 || threads > kMaxThreads)
    throw Error("SAMBA_THREADS: expected a number from 1 to ", kMaxThreads, ", got '", view, "'");
  return threads;
}

/// The widest instruction set that the processor has, or the one SAMBA_ISA asks for.
static std::string chooseIsa() {
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  const char *wanted = std::getenv("SAMBA_ISA");
  std::string isa = wanted ? wanted : avx512 ? "avx512" : "avx2";
  if (isa != "avx2" && isa != "avx512")
    throw Error("SAMBA_ISA: expected avx2 or avx512, got '", isa, "'");
  if (isa == "avx512" && !avx512)
    throw Error("SAMBA_ISA is avx512, but this processor lacks AVX-512 F, BW, VL or DQ; use avx2");
  if (!avx2)
    throw Error("this processor lacks AVX2 or FMA, which the kernels of every bundle need");
  return isa;
}

CpuDevice::CpuDevice() : isa(chooseIsa()), pool(threadCount()) {}

std::string CpuDevice::description() const {
  return "cpu, " + std::to_string(pool.size()) + (pool.size() == 1 ? " thread, " : " threads, ") + isa;
}

/// Whole huge pages from kHugePage bytes on, else whole bytes: the length of the mapping behind an
/// allocation.
static int64_t mappedBytes(int64_t bytes) {
  return bytes < kHugePage ? std::max<int64_t>(bytes, 1) : (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

void *CpuDevice::allocate(int64_t bytes) {
  int64_t length = mappedBytes(bytes), slack = length < kHugePage ? 0 : kHugePage;
  void *mapped =
      mmap(nullptr, size_t(length + slack), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    throw OutOfMemory("cannot allocate ", bytes, " bytes (", double(bytes) / (1 << 30),
                      " GiB): ", std::strerror(errno), "; compile with a smaller --batch or --seq");
  if (slack == 0)
    return mapped;
  // Keep the part that starts at a huge page, so that the kernel can back it with huge pages.
  auto *begin = static_cast<std::byte *>(mapped);
  int64_t head = (kHugePage - int64_t(reinterpret_cast<uintptr_t>(begin) % kHugePage)) % kHugePage;
  if (head > 0)
    munmap(begin, size_t(head));
  if (head < slack)
    munmap(begin + head + length, size_t(slack - head));
  madvise(begin + head, size_t(length), MADV_HUGEPAGE); // a wish; refusal only costs speed
  return begin + head;
}

void CpuDevice::release(void *memory, int64_t bytes) { munmap(memory, size_t(mappedBytes(bytes))); }

void CpuDevice::copyIn(void *to, const void *from, int64_t bytes) { std::memcpy(to, from, size_t(bytes)); }
void CpuDevice::copyOut(void *to, const void *from, int64_t bytes) { std::memcpy(to, from, size_t(bytes)); }
void CpuDevice::fillZero(void *to, int64_t bytes) { std::memset(to, 0, size_t(bytes)); }

std::unique_ptr<Kernels> CpuDevice::load(const Bundle &bundle) {
  if (bundle.isForGpu())
    throw Error("'", bundle.folder.string(), "' is compiled for ", bundle.target,
                ": play it with --device cuda, or compile the spec with --target host");
  return std::make_unique<CpuKernels>(bundle, isa, pool, *this);
}

} // namespace samba
