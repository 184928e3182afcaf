// Random tokens, and an optimizer step that hardly moves.
#include "runtime/bench/BenchInputs.h"

#include "runtime/Player.h"
#include "runtime/init/Philox.h"

using namespace samba;

void samba::fillBenchInputs(Player &player, const std::string &entry) {
  uint32_t stream = 0;
  for (const Tensor &input : player.bundle().entry(entry).inputs) {
    if (input.name == "hyper") { // lr, beta1, beta2, eps, weight decay, clip, scale, 1 - beta1^t, 1 - beta2^t
      player.write<float>(entry, input.name,
                          std::vector<float>{1e-8f, 0.9f, 0.95f, 1e-8f, 0.1f, 1, 1, 0.1f, 0.05f});
      continue;
    }
    Philox random(1, Purpose::Data, stream++);
    std::vector<int32_t> ids(static_cast<size_t>(input.elements()));
    for (size_t i = 0; i < ids.size(); ++i)
      ids[i] = static_cast<int32_t>(random.below(i, static_cast<uint64_t>(player.bundle().vocabSize)));
    player.write<int32_t>(entry, input.name, ids);
  }
}
