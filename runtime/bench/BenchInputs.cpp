// Random tokens and numbers, usual sampling, and an optimizer step that hardly moves.
#include "runtime/bench/BenchInputs.h"

#include "runtime/Player.h"
#include "runtime/init/Philox.h"

#include <bit>

using namespace samba;

namespace {

constexpr size_t kPeriod = 1'000'003; // of large inputs: no multiple of a row

/// As many numbers as `input` has, the first of them made by `make`, the rest a repetition.
template <typename T, typename Make>
void fill(Player &player, const std::string &entry, const Tensor &input, Make make) {
  std::vector<T> values(static_cast<size_t>(input.elements()));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = i < kPeriod ? make(i) : values[i - kPeriod];
  player.write<T>(entry, input.name, values);
}

/// Rounded to nearest even.
uint16_t toBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

} // namespace

void samba::fillBenchInputs(Player &player, const std::string &entry, int64_t position) {
  uint32_t stream = 0;
  for (const Tensor &input : player.bundle().entry(entry).inputs) {
    if (input.name == "hyper") { // lr, beta1, beta2, eps, weight decay, clip, scale, 1 - beta1^t, 1 - beta2^t
      player.write<float>(entry, input.name,
                          std::vector<float>{1e-8f, 0.9f, 0.95f, 1e-8f, 0.1f, 1, 1, 0.1f, 0.05f});
      continue;
    }
    if (input.name == "sampling") { // temperature, top-k, top-p, min-p, as generate has them
      player.write<float>(entry, input.name, std::vector<float>{0.8f, 40, 0.95f, 0.05f});
      continue;
    }
    Philox random(1, Purpose::Data, stream++);
    if (input.name == "documents") { // 512 tokens long on average
      std::vector<int32_t> begins(static_cast<size_t>(input.elements()));
      for (size_t i = 0; i < begins.size(); ++i) {
        size_t t = i % static_cast<size_t>(input.shape.back());
        begins[i] = t == 0 || random.below(i, 512) == 0 ? static_cast<int32_t>(t) : begins[i - 1];
      }
      player.write<int32_t>(entry, input.name, begins);
      continue;
    }
    auto token = [&](size_t i) { return random.below(i, static_cast<uint64_t>(player.bundle().vocabSize)); };
    auto number = [&](size_t i) { return static_cast<float>(random.normal(i)); };
    switch (input.dtype) {
    case DType::I32:
      fill<int32_t>(player, entry, input, [&](size_t i) { return static_cast<int32_t>(token(i)); });
      break;
    case DType::I64:
      fill<int64_t>(player, entry, input, [&](size_t) { return position; });
      break;
    case DType::F32:
      fill<float>(player, entry, input, number);
      break;
    case DType::BF16:
      fill<uint16_t>(player, entry, input, [&](size_t i) { return toBf16(number(i)); });
      break;
    }
  }
}
