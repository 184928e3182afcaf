//===- GuardedBuffer.cpp - A kernel argument whose surroundings are watched -----------------------------===//
#include "test/oracle/GuardedBuffer.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;
using namespace samba::oracle;

static constexpr int64_t guardBytes = 256, alignment = 64;
static constexpr char poisonByte = char(0xff);

GuardedBuffer::GuardedBuffer(RankedTensorType type, int64_t rowStride) : type(type), rowStride(rowStride) {
  channels = type.getRank() ? type.getShape().back() : 1;
  rows = type.getNumElements() / channels;
  elementBytes = type.getElementTypeBitWidth() / 8;
  int64_t size = ((rows - 1) * rowStride + channels) * elementBytes;
  bytes.assign(size + 2 * guardBytes + alignment, poisonByte);
  begin = int64_t(llvm::alignAddr(bytes.data() + guardBytes, llvm::Align(alignment))) - int64_t(bytes.data());
  if (rowStride != channels)
    begin += elementBytes;
}

template <typename Visit> void GuardedBuffer::overElements(Visit visit) const {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t channel = 0; channel < channels; ++channel)
      visit(row * channels + channel, begin + (row * rowStride + channel) * elementBytes);
}

void GuardedBuffer::poison() { std::fill(bytes.begin(), bytes.end(), poisonByte); }

void GuardedBuffer::fill(const Tensor &values) {
  poison();
  auto store = [&](auto sample) {
    overElements([&](int64_t element, int64_t offset) {
      auto value = decltype(sample)(values.data[element]);
      std::memcpy(bytes.data() + offset, &value, sizeof value);
    });
  };
  if (type.getElementType().isF32())
    store(float());
  else if (elementBytes == 8)
    store(int64_t());
  else
    store(int32_t());
}

Tensor GuardedBuffer::read() const {
  Tensor values(type.getShape());
  auto load = [&](auto sample) {
    overElements([&](int64_t element, int64_t offset) {
      std::memcpy(&sample, bytes.data() + offset, sizeof sample);
      values.data[element] = double(sample);
    });
  };
  if (type.getElementType().isF32())
    load(float());
  else if (elementBytes == 8)
    load(int64_t());
  else
    load(int32_t());
  return values;
}

bool GuardedBuffer::guardsIntact() const {
  std::vector<char> isElement(bytes.size());
  overElements([&](int64_t, int64_t offset) { std::fill_n(isElement.begin() + offset, elementBytes, 1); });
  for (size_t i = 0; i < bytes.size(); ++i)
    if (!isElement[i] && bytes[i] != poisonByte)
      return false;
  return true;
}
