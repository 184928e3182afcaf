//===- Vectors.cpp - how kernels that stream tensors share them out to threads --------------------------===//
#include "codegen/kernels/gpu/Vectors.h"

using namespace mlir;

namespace samba::gpu {

int64_t streamWidth(KernelBuilder &k, Value like) {
  int64_t channels = channelsOf(like);
  bool hasRows = cast<RankedTensorType>(like.getType()).getRank() > 1;
  int64_t most = 8;
  for (Type type : k.kernel.argumentTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    bool streamed =
        tensor.getRank() && tensor.getShape().back() == channels && (tensor.getRank() > 1 || !hasRows);
    if (streamed && tensor.getElementType().isF32())
      most = 4;
  }
  return k.vectorWidth(like, most);
}

static bool isInPairs(KernelBuilder &k, Value tensor, int64_t n) {
  return k.elementOf(tensor) == k.bf16 && n % 2 == 0;
}

Values loadRaw(KernelBuilder &k, Value tensor, Operand row, Operand column, int64_t n) {
  return isInPairs(k, tensor, n) ? k.loadWords(k.address(tensor, row, column), n / 2)
                                 : k.load(tensor, row, column, n);
}

Values valuesOf(KernelBuilder &k, ValueRange raw) {
  return raw.front().getType() == k.f32 ? Values(raw) : k.unpackPairs(raw);
}

int64_t rawSize(KernelBuilder &k, Value tensor, int64_t n) { return isInPairs(k, tensor, n) ? n / 2 : n; }

static int64_t vectorsPerThread(int64_t total, int64_t most) {
  while (most > 1 && total < fewThreads * most)
    most /= 2;
  return most;
}

VectorGrid::VectorGrid(int64_t rows, int64_t channels, int64_t width, int64_t most)
    : width(width), perThread(vectorsPerThread(rows * (channels / width), most)),
      total(rows * (channels / width)), perRow(channels / width) {}

SmallVector<Place> VectorGrid::places(KernelBuilder &k) const {
  bool isExact = total % (threads * perThread) == 0;
  Value block = k.blockId(), thread = k.threadId();
  if (total * width >= int64_t(1) << 31) {
    block = k.extend(block);
    thread = k.extend(thread);
  }
  Value first = k.add(k.mul(block, threads * perThread), thread);
  SmallVector<Place> places;
  for (int64_t i = 0; i < perThread; ++i) {
    Value vector = k.add(first, i * threads), valid;
    if (!isExact) {
      valid = k.less(vector, total);
      vector = k.min(vector, total - 1);
    }
    places.push_back({k.div(vector, perRow), k.mul(k.rem(vector, perRow), width), valid});
  }
  return places;
}

} // namespace samba::gpu
