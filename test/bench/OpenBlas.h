// Debian's OpenBLAS as a peer to compare with, opened at run time: nothing of Samba links it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace samba {

/// c [m, n] = a [m, k] b [k, n], row-major and dense; a transposed operand lies in memory as [k, m] or [n,
/// k].
struct Product {
  int64_t m = 0, n = 0, k = 0;
  bool transposeA = false, transposeB = false;

  double flops() const { return 2.0 * static_cast<double>(m * n * k); }
};

class OpenBlas {
public:
  /// libopenblas.so.0, set to that many threads; nothing if this machine lacks it.
  static std::optional<OpenBlas> open(int threads);

  /// One line for people: version, the processor it chose its kernels for, threads.
  std::string description() const;
  void multiply(const Product &product, const float *a, const float *b, float *c) const;

private:
  using Sgemm = void (*)(int order, int transposeA, int transposeB, int m, int n, int k, float alpha,
                         const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
  Sgemm sgemm = nullptr;
  std::string config, core;
  int threads = 1;
};

} // namespace samba
