// The few functions of OpenBLAS that a comparison needs, by their C names.
#include "test/bench/OpenBlas.h"

#include <dlfcn.h>

using namespace samba;

namespace {

// The values of cblas.h, which Debian ships apart from the library.
constexpr int rowMajor = 101, noTranspose = 111, transpose = 112;

template <typename Function> Function symbol(void *library, const char *name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

} // namespace

std::optional<OpenBlas> OpenBlas::open(int threads) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return std::nullopt;
  OpenBlas blas;
  blas.sgemm = symbol<Sgemm>(library, "cblas_sgemm");
  auto setThreads = symbol<void (*)(int)>(library, "openblas_set_num_threads");
  auto getConfig = symbol<const char *(*)()>(library, "openblas_get_config");
  auto getCore = symbol<const char *(*)()>(library, "openblas_get_corename");
  if (!blas.sgemm || !setThreads || !getConfig || !getCore)
    return std::nullopt;
  setThreads(threads);
  blas.threads = threads;
  blas.config = getConfig();
  blas.core = getCore();
  return blas;
}

std::string OpenBlas::description() const {
  std::string version = config.substr(0, config.find(' ', config.find(' ') + 1)); // "OpenBLAS 0.3.21"
  return version + ", " + core + ", " + std::to_string(threads) + " threads";
}

void OpenBlas::multiply(const Product &p, const float *a, const float *b, float *c) const {
  auto m = static_cast<int>(p.m), n = static_cast<int>(p.n), k = static_cast<int>(p.k);
  sgemm(rowMajor, p.transposeA ? transpose : noTranspose, p.transposeB ? transpose : noTranspose, m, n, k, 1,
        a, p.transposeA ? m : k, b, p.transposeB ? k : n, 0, c, n);
}
