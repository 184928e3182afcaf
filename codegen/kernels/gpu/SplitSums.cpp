//===- SplitSums.cpp - one softmax from those of a cluster's warps --------------------------------------===//
#include "codegen/kernels/gpu/SplitSums.h"
#include "codegen/tile/gpu/Cluster.h"

using namespace mlir;

namespace samba::gpu {

SplitSums::SplitSums(KernelBuilder &k, const Sizes &sizes, Value rank)
    : k(k), sizes(sizes), rank(rank), begin(k.reserveShared(sizes.warps * partBytes(), 16)) {}

Value SplitSums::partOfWarp() const { return k.at(k.sharedMemory(begin), k.mul(k.warpId(), partBytes())); }
Value SplitSums::statisticsOf(Value part, Value row) const { return k.at(part, k.shiftLeft(row, 3)); }
Value SplitSums::sumsOf(Value part, Value row, Operand column) const {
  Value element = k.add(k.mul(row, sizes.columns), column);
  return k.at(part, k.add(k.shiftLeft(element, 2), statisticsBytes()));
}

void SplitSums::combine(Store store) const {
  k.barrier();
  if (sizes.blocks == 1)
    return forElements(k.integer(0), 1, [&](int64_t, Value row, Value column) {
      finish(store, row, column, ofWarps(row, column));
    });

  // Turn i of a thread's elements is what block i modulo `blocks` adds up: the others send it there.
  const int64_t partOfThread = 32;
  int64_t received =
      k.reserveShared(llvm::divideCeil(turns(), sizes.blocks) * sizes.blocks * threads() * partOfThread, 16);
  auto placeOf = [&](int64_t turn, Operand block) {
    Value place =
        k.add(k.mul(k.add(k.integer(turn / sizes.blocks * sizes.blocks), block), threads()), k.threadId());
    return k.at(k.sharedMemory(received), k.mul(place, partOfThread));
  };
  k.clusterWait(); // all have begun
  forElements(k.integer(0), 1, [&](int64_t turn, Value row, Value column) {
    Part part = ofWarps(row, column);
    Value to = inBlock(k, placeOf(turn, rank), turn % sizes.blocks);
    k.store(part.sums, to, k.f32);
    k.store({part.maximum, part.sum}, k.at(to, 16), k.f32);
  });
  k.clusterBarrier();
  forElements(rank, sizes.blocks, [&](int64_t turn, Value row, Value column) {
    SmallVector<Part> parts;
    for (int64_t block = 0; block < sizes.blocks; ++block) {
      Value from = placeOf(turn, k.integer(block));
      parts.push_back(load(k.at(from, 16), from));
    }
    finish(store, row, column, add(parts));
  });
}

void SplitSums::forElements(Value firstTurn, int64_t step,
                            function_ref<void(int64_t turn, Value row, Value column)> body) const {
  for (int64_t turn = 0; turn < turns(); turn += step) {
    Value i = k.add(k.mul(k.add(firstTurn, turn), threads()), k.threadId());
    k.when(k.less(i, elements()),
           [&] { body(turn, k.div(i, sizes.dim / 4), k.shiftLeft(k.rem(i, sizes.dim / 4), 2)); });
  }
}

SplitSums::Part SplitSums::load(Value statistics, Value sums) const {
  Values s = k.load(statistics, k.f32, 2);
  return {s[0], s[1], k.load(sums, k.f32, 4)};
}

SplitSums::Part SplitSums::ofWarps(Value row, Value column) const {
  SmallVector<Part> parts;
  for (int64_t warp = 0; warp < sizes.warps; ++warp) {
    Value part = k.sharedMemory(begin + warp * partBytes());
    parts.push_back(load(statisticsOf(part, row), sumsOf(part, row, column)));
  }
  return add(parts);
}

SplitSums::Part SplitSums::add(ArrayRef<Part> parts) const {
  Value maximum = k.number(-1e30); // finite, also where nobody has seen a key
  for (const Part &part : parts)
    maximum = k.max(maximum, part.maximum);
  Part total{maximum, k.number(0), zeros(k, 4)};
  for (const Part &part : parts) {
    Value weight = k.exp2(k.mul(k.sub(part.maximum, maximum), sizes.scale2));
    total.sum = k.fma(weight, part.sum, total.sum);
    for (auto [sum, x] : llvm::zip(total.sums, part.sums))
      sum = k.fma(weight, x, sum);
  }
  return total;
}

void SplitSums::finish(Store store, Value row, Value column, Part part) const {
  Value inverse = k.reciprocal(part.sum);
  for (Value &sum : part.sums)
    sum = k.mul(sum, inverse);
  store(row, column, part.sums);
}

} // namespace samba::gpu
