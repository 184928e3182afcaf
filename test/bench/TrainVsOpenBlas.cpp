// Times a training step against the time OpenBLAS needs for the step's matrix products alone, taking turns.
#include "runtime/Player.h"
#include "runtime/bench/Bench.h"
#include "runtime/init/Initializer.h"
#include "test/bench/StepProducts.h"
#include "test/bench/Times.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

using namespace samba;

namespace {

constexpr double bar = 2.5;
constexpr int defaultRounds = 10;

/// Runs the products one after another on operands that lie one behind the other in memory as large as the
/// arena of the training step, so that a product finds its operands as little in a cache as the step does.
class Peer {
public:
  Peer(const OpenBlas &blas, std::vector<Product> products, int64_t arenaBytes)
      : blas(blas), products(std::move(products)) {
    size_t largest = 0;
    for (const Product &p : this->products)
      largest = std::max(largest, static_cast<size_t>(p.m * p.k + p.k * p.n + p.m * p.n));
    size_t size = std::max(static_cast<size_t>(arenaBytes) / sizeof(float), largest);
    inputs.resize(size);
    outputs.resize(size);
    std::minstd_rand random(1);
    std::uniform_real_distribution<float> values(-1, 1);
    for (float &value : inputs)
      value = values(random);
  }

  void run() {
    size_t in = 0, out = 0;
    for (const Product &p : products) {
      const float *a = take(inputs, in, p.m * p.k), *b = take(inputs, in, p.k * p.n);
      blas.multiply(p, a, b, take(outputs, out, p.m * p.n));
    }
  }

private:
  static float *take(std::vector<float> &from, size_t &at, int64_t count) {
    if (at + static_cast<size_t>(count) > from.size())
      at = 0;
    at += static_cast<size_t>(count);
    return from.data() + at - count;
  }

  const OpenBlas &blas;
  std::vector<Product> products;
  std::vector<float> inputs, outputs;
};

int compare(const std::string &bundle, const std::string &stage, int rounds) {
  std::shared_ptr<Device> device = makeDevice("cpu");
  std::optional<OpenBlas> blas = OpenBlas::open(device->threads());
  if (!blas) {
    std::printf("skipped: libopenblas.so.0 is absent (Debian: libopenblas0-pthread)\n");
    return 0;
  }
  Player player(Bundle::load(bundle), device);
  initializeParameters(player, 1);
  std::vector<Product> products = stepProducts(stage);
  double gigaflops = 0;
  for (const Product &product : products)
    gigaflops += product.flops() / 1e9;
  Peer peer(*blas, products, player.bundle().entry("train").arenaBytes);

  Times ours, theirs;
  for (int round = 0; round < rounds; ++round) {
    ours.add(benchEntry(player, "train", {1, 0}).seconds.mean); // times the second of two steps
    peer.run();
    theirs.add(secondsOf([&] { peer.run(); }));
  }

  const Entry &train = player.bundle().entry("train");
  double ratio = ours.best() / theirs.best();
  std::printf("%s, batch %lld, seq %lld: best (median) of %d\n", player.bundle().modelName.c_str(),
              static_cast<long long>(train.batch), static_cast<long long>(train.seq), rounds);
  std::printf("samba     %8.1f ms (%.1f)  a whole step: train and update; %s\n", ours.best() * 1e3,
              ours.median() * 1e3, device->description().c_str());
  std::printf("openblas  %8.1f ms (%.1f)  its %zu matrix products alone, %.1f GFLOP, %.1f GFLOP/s; %s\n",
              theirs.best() * 1e3, theirs.median() * 1e3, products.size(), gigaflops,
              gigaflops / theirs.best(), blas->description().c_str());
  std::printf("ratio     %8.2f (%.2f)  bar: at most %.1f: %s\n", ratio, ours.median() / theirs.median(), bar,
              ratio <= bar ? "met" : "missed");
  return ratio <= bar ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr,
                 "usage: samba-train-vs-openblas BUNDLE STAGE [ROUNDS]\n"
                 "  BUNDLE with the entries train and update; STAGE: the text of its stage 02-train\n");
    return 1;
  }
  try {
    return compare(argv[1], argv[2], argc == 4 ? std::max(1, std::atoi(argv[3])) : defaultRounds);
  } catch (const Error &error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
