//===- Sample.cpp - The next token from the logits -----------------------------------------------------===//
#include "test/oracle/Semantics.h"

#include <algorithm>
#include <cmath>

using namespace samba;
using namespace samba::oracle;

/// Philox4x32-10 (Salmon et al. 2011) on counter {index, stream, 2} and the seed as key: the first 64 of its
/// 128 bits, as a number in [0, 1).
static double uniformOf(uint64_t seed, uint32_t stream, uint64_t index) {
  uint32_t c[4] = {uint32_t(index), uint32_t(index >> 32), stream, 2}, k0 = uint32_t(seed),
           k1 = uint32_t(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t(0xD2511F53) * c[0], b = uint64_t(0xCD9E8D57) * c[2];
    uint32_t next[4] = {uint32_t(b >> 32) ^ c[1] ^ k0, uint32_t(b), uint32_t(a >> 32) ^ c[3] ^ k1,
                        uint32_t(a)};
    std::copy(next, next + 4, c);
    k0 += 0x9E3779B9, k1 += 0xBB67AE85;
  }
  return double((uint64_t(c[0]) << 32 | c[1]) >> 11) * 0x1p-53;
}

/// The token drawn from one row, by sorting it.
static int64_t draw(llvm::ArrayRef<double> logits, const Tensor &sampling, double uniform) {
  double temperature = sampling(0), topK = sampling(1), topP = sampling(2), minP = sampling(3);
  std::vector<int64_t> ids(logits.size());
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = int64_t(i);
  std::sort(ids.begin(), ids.end(),
            [&](int64_t a, int64_t b) { return logits[a] > logits[b] || (logits[a] == logits[b] && a < b); });
  double largest = logits[ids[0]];
  if (temperature == 0)
    return ids[0];

  // Equal logits stay or go together.
  auto keepWhile = [&](auto keeps) {
    size_t stay = 0;
    while (stay < ids.size() &&
           (logits[ids[stay]] == (stay ? logits[ids[stay - 1]] : largest) || keeps(stay)))
      ++stay;
    ids.resize(stay);
  };
  auto massBefore = [&](double scale) { // of the first i, for every i
    std::vector<double> sums{0};
    for (int64_t id : ids)
      sums.push_back(sums.back() + std::exp((logits[id] - largest) * scale));
    return sums;
  };
  if (topK > 0)
    keepWhile([&](size_t before) { return double(before) < topK; });
  if (topP < 1) {
    std::vector<double> mass = massBefore(1);
    keepWhile([&](size_t before) { return mass[before] < topP * mass.back(); });
  }
  keepWhile([&](size_t i) { return std::exp(logits[ids[i]] - largest) >= minP; });

  std::vector<double> mass = massBefore(1 / temperature);
  double share = uniform * mass.back();
  return ids[size_t(std::upper_bound(mass.begin() + 1, mass.end() - 1, share) - mass.begin()) - 1];
}

static void sample(SampleOp, Operands in, Results out) {
  const Tensor &logits = in[0], &position = in[1], &sampling = in[2], &seed = in[3];
  uint64_t key = uint64_t(uint32_t(int32_t(seed(0)))) | uint64_t(uint32_t(int32_t(seed(1)))) << 32;
  for (int64_t b = 0; b < logits.size(0); ++b) {
    llvm::ArrayRef<double> row(logits.data.data() + b * logits.channels(), logits.channels());
    double uniform = uniformOf(key, uint32_t(b), uint64_t(position(b)));
    bool finite = llvm::all_of(row, [](double logit) { return std::isfinite(logit); });
    int64_t token = finite ? draw(row, sampling, uniform) : -1;
    out[0].data[b] = double(std::max<int64_t>(token, 0));
    out[1].data[b] = double(token);
  }
}

/// Every rule on or off. Thresholds lie where rounding decides nothing.
static Tensor drawSampling(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  Tensor sampling(shape);
  sampling.data[0] = random.integer(0, 8) == 0 ? 0 : random.uniform(0.3, 2);
  sampling.data[1] = random.integer(0, 3) == 0 ? 0 : double(random.integer(1, 60));
  sampling.data[2] = random.integer(0, 3) == 0 ? 1 : random.uniform(0.2, 1);
  sampling.data[3] = random.integer(0, 3) == 0 ? 0 : random.uniform(0.001, 0.2);
  return sampling;
}

static Tensor drawPositions(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawIntegers(shape, random, 0, 100000);
}
static Tensor drawSeed(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawIntegers(shape, random, -(int64_t(1) << 31), int64_t(1) << 31);
}

void samba::oracle::registerSample(Semantics &semantics) {
  semantics.add(limit::elementwise, sample).draw(1, drawPositions).draw(2, drawSampling).draw(3, drawSeed);
}
