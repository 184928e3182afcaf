// Times the three matrix products of a linear layer, as bundles hold them, against OpenBLAS, taking turns.
#include "runtime/Player.h"
#include "runtime/bench/BenchInputs.h"
#include "runtime/init/Initializer.h"
#include "test/bench/OpenBlas.h"
#include "test/bench/Times.h"

#include <algorithm>
#include <cstdio>
#include <memory>

using namespace samba;

namespace {

constexpr double bar = 0.8;
constexpr int rounds = 20;

/// A kernel of entry train and the same product for OpenBLAS.
struct Case {
  const char *kernel, *equation;
  bool transposeA, transposeB;
};
constexpr Case cases[] = {{"linear_0", "y = x w^T", false, true},
                          {"linear_dx_0", "dx = dy w", false, false},
                          {"linear_dw_0", "dw += dy^T x", true, false}};

/// The first launch of `kernel` in entry train.
size_t launchOf(const Bundle &bundle, const std::string &kernel) {
  const std::vector<Launch> &launches = bundle.entry("train").launches;
  auto found = std::find_if(launches.begin(), launches.end(), [&](const Launch &launch) {
    return bundle.kernels[launch.kernel].name == kernel;
  });
  if (found == launches.end())
    throw Error("the bundle has no '" + kernel + "'");
  return static_cast<size_t>(found - launches.begin());
}

/// Prints one line per product; whether every ratio reaches the bar.
bool compare(const std::string &folder, const std::shared_ptr<Device> &device, const OpenBlas &blas) {
  Player player(Bundle::load(folder), device);
  const Entry &train = player.bundle().entry("train");
  int64_t n = train.seq;
  double flops = 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  initializeParameters(player, 1);
  fillBenchInputs(player, "train");
  player.run("train"); // operands are numbers of an ordinary size
  std::vector<float> a(static_cast<size_t>(n * n), 0.5f), b(a), c(a);
  bool reached = true;
  for (const Case &product : cases) {
    size_t launch = launchOf(player.bundle(), product.kernel);
    if (train.batch != 1 || static_cast<double>(train.launches[launch].flops) < flops ||
        static_cast<double>(train.launches[launch].flops) > 1.01 * flops)
      throw Error(std::to_string(n) + " cubed: expected an attention layer of d_model " + std::to_string(n) +
                  ", batch 1 and seq " + std::to_string(n));
    Times ours, theirs;
    for (int round = 0; round < rounds; ++round) {
      ours.add(secondsOf([&] { player.run("train", launch, launch + 1); }));
      theirs.add(secondsOf([&] {
        blas.multiply({n, n, n, product.transposeA, product.transposeB}, a.data(), b.data(), c.data());
      }));
    }
    double ratio = theirs.best() / ours.best(), giga = flops / 1e9;
    std::printf("%5lld cubed, %-12s  samba %6.1f GFLOP/s (%.1f)  openblas %6.1f GFLOP/s (%.1f)  ratio %.2f\n",
                static_cast<long long>(n), product.equation, giga / ours.best(), giga / ours.median(),
                giga / theirs.best(), giga / theirs.median(), ratio);
    reached = reached && ratio >= bar;
  }
  return reached;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: samba-matmul-vs-openblas BUNDLE...\n"
                         "  BUNDLE: an attention layer of d_model n, compiled with batch 1 and seq n\n");
    return 1;
  }
  try {
    std::shared_ptr<Device> device = makeDevice("cpu");
    std::optional<OpenBlas> blas = OpenBlas::open(device->threads());
    if (!blas) {
      std::printf("skipped: libopenblas.so.0 is absent (Debian: libopenblas0-pthread)\n");
      return 0;
    }
    std::printf("%s; %s: best (median) of %d rounds\n", device->description().c_str(),
                blas->description().c_str(), rounds);
    bool reached = true;
    for (int i = 1; i < argc; ++i)
      reached = compare(argv[i], device, *blas) && reached;
    std::printf("bar: every ratio at least %.1f: %s\n", bar, reached ? "met" : "missed");
    return reached ? 0 : 1;
  } catch (const Error &error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
