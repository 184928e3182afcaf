//===- GuardedBuffer.cpp - A kernel argument whose surroundings are watched -----------------------------===//
#include "test/oracle/GuardedBuffer.h"
#include "test/oracle/Storage.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;
using namespace samba::oracle;

static constexpr int64_t guardBytes = 256;
static constexpr char poisonByte = char(0xff);

namespace {
/// Elements in memory, as double.
template <typename T> struct Plain {
  static constexpr size_t size = sizeof(T);
  static double load(const char *from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return double(value);
  }
  static void store(char *to, double x) {
    auto value = T(x);
    std::memcpy(to, &value, sizeof value);
  }
};
struct BFloat16 {
  static double load(const char *from) {
    uint16_t bits;
    std::memcpy(&bits, from, sizeof bits);
    return fromBf16Bits(bits);
  }
  static void store(char *to, double x) {
    uint16_t bits = bf16Bits(float(x));
    std::memcpy(to, &bits, sizeof bits);
  }
};
} // namespace

GuardedBuffer::GuardedBuffer(RankedTensorType type, int64_t rowStride, int64_t alignment)
    : type(type), rowStride(rowStride) {
  channels = type.getRank() ? type.getShape().back() : 1;
  rows = type.getNumElements() / channels;
  elementBytes = type.getElementTypeBitWidth() / 8;
  begin = guardBytes + (rowStride == channels ? 0 : alignment);
  size = begin + ((rows - 1) * rowStride + channels) * elementBytes + guardBytes;
  bytes.reset(static_cast<char *>(std::aligned_alloc(guardBytes, llvm::alignTo(size, guardBytes))));
  poison();
}

template <typename Visit> void GuardedBuffer::overElements(Visit visit) const {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t channel = 0; channel < channels; ++channel)
      visit(row * channels + channel, begin + (row * rowStride + channel) * elementBytes);
}

template <typename Visit> void GuardedBuffer::withElementType(Visit visit) const {
  if (isBf16(type))
    visit(BFloat16());
  else if (type.getElementType().isF32())
    visit(Plain<float>());
  else if (elementBytes == 8)
    visit(Plain<int64_t>());
  else
    visit(Plain<int32_t>());
}

void GuardedBuffer::poison() { std::fill_n(bytes.get(), size, poisonByte); }

void GuardedBuffer::fill(const Tensor &values) {
  poison();
  withElementType([&](auto element) {
    overElements([&](int64_t i, int64_t offset) { element.store(bytes.get() + offset, values.data[i]); });
  });
}

Tensor GuardedBuffer::read() const {
  Tensor values(type.getShape());
  withElementType([&](auto element) {
    overElements([&](int64_t i, int64_t offset) { values.data[i] = element.load(bytes.get() + offset); });
  });
  return values;
}

bool GuardedBuffer::guardsIntact() const {
  std::vector<char> isElement(size);
  overElements([&](int64_t, int64_t offset) { std::fill_n(isElement.begin() + offset, elementBytes, 1); });
  for (int64_t i = 0; i < size; ++i)
    if (!isElement[i] && bytes[i] != poisonByte)
      return false;
  return true;
}
