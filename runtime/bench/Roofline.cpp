// Two loops that reach the limits of the processor: independent multiply-adds, and a copy from memory.
#include "runtime/bench/Roofline.h"

#include "runtime/Error.h"
#include "runtime/device/Device.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstring>
#include <functional>
#include <immintrin.h>
#include <thread>
#include <vector>

using namespace samba;

namespace {

constexpr int rounds = 5;
constexpr int64_t fmaSteps = 4'000'000;
constexpr int chains = 12; // latency 4 times 2 multiply-adds a cycle, and some more
constexpr size_t copyBytes = size_t(64) << 20;

// Each returns a value that depends on all of its work, so that none of it can be left out.
__attribute__((target("avx512f"))) float multiplyAdd512() {
  __m512 sums[chains];
  for (int c = 0; c < chains; ++c)
    sums[c] = _mm512_set1_ps(static_cast<float>(c));
  __m512 half = _mm512_set1_ps(0.5f);
  for (int64_t step = 0; step < fmaSteps; ++step)
    for (int c = 0; c < chains; ++c)
      sums[c] = _mm512_fmadd_ps(sums[c], half, half);
  for (int c = 1; c < chains; ++c)
    sums[0] = _mm512_add_ps(sums[0], sums[c]);
  return _mm512_cvtss_f32(sums[0]);
}

__attribute__((target("avx2,fma"))) float multiplyAdd256() {
  __m256 sums[chains];
  for (int c = 0; c < chains; ++c)
    sums[c] = _mm256_set1_ps(static_cast<float>(c));
  __m256 half = _mm256_set1_ps(0.5f);
  for (int64_t step = 0; step < fmaSteps; ++step)
    for (int c = 0; c < chains; ++c)
      sums[c] = _mm256_fmadd_ps(sums[c], half, half);
  for (int c = 1; c < chains; ++c)
    sums[0] = _mm256_add_ps(sums[0], sums[c]);
  return _mm256_cvtss_f32(sums[0]);
}

/// Runs `work(thread)` on all threads at once, `rounds` times; the seconds of the fastest round, from the
/// first start to the last end. The threads read the clock themselves: this one may be woken late.
double fastest(int threads, const std::function<void(int)> &work) {
  using Clock = std::chrono::steady_clock;
  struct Span {
    Clock::time_point start, end;
  };
  std::vector<Span> spans(static_cast<size_t>(threads * rounds));
  std::barrier gate(threads);
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t)
    pool.emplace_back([&, t] {
      for (int round = 0; round < rounds; ++round) {
        Span &span = spans[static_cast<size_t>(round * threads + t)];
        gate.arrive_and_wait();
        span.start = Clock::now();
        work(t);
        span.end = Clock::now();
      }
    });
  for (std::thread &thread : pool)
    thread.join();
  double best = 1e30;
  for (auto first = spans.begin(); first != spans.end(); first += threads) {
    auto start = std::min_element(first, first + threads, [](auto &a, auto &b) { return a.start < b.start; });
    auto end = std::max_element(first, first + threads, [](auto &a, auto &b) { return a.end < b.end; });
    best = std::min(best, std::chrono::duration<double>(end->end - start->start).count());
  }
  return best;
}

} // namespace

double Roofline::seconds(int64_t workFlops, int64_t workBytes) const {
  return std::max(static_cast<double>(workFlops) / flops, static_cast<double>(workBytes) / bytes);
}

Roofline samba::measureRoofline(int threads) {
  bool wide = __builtin_cpu_supports("avx512f");
  if (!wide && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
    throw Error("expected a processor with AVX2 and FMA, or AVX-512");
  Roofline roofline;
  std::vector<float> results(static_cast<size_t>(threads));
  double seconds = fastest(threads, [&](int t) {
    volatile float result = wide ? multiplyAdd512() : multiplyAdd256();
    results[static_cast<size_t>(t)] = result;
  });
  roofline.flops = 2.0 * static_cast<double>(threads * fmaSteps * chains * (wide ? 16 : 8)) / seconds;

  std::vector<std::vector<char>> from(static_cast<size_t>(threads)), to(from);
  for (auto *side : {&from, &to})
    for (auto &buffer : *side)
      buffer.assign(copyBytes, 1);
  seconds = fastest(threads, [&](int t) {
    std::memcpy(to[static_cast<size_t>(t)].data(), from[static_cast<size_t>(t)].data(), copyBytes);
  });
  roofline.bytes = 2.0 * static_cast<double>(copyBytes) * threads / seconds;
  return roofline;
}

Roofline samba::measureRoofline(Device &device) {
  if (device.peakFlops() == 0)
    return measureRoofline(device.threads());
  return {device.peakFlops(), device.copyBandwidth()};
}
