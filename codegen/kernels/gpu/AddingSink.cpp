//===- AddingSink.cpp - a product's tiles are added to a matrix in memory -------------------------------===//
#include "codegen/kernels/gpu/AddingSink.h"

using namespace mlir;

namespace samba::gpu {

GemmSchedule AddingSink::schedule(const Product &product) {
  GemmSchedule schedule = scheduleGemm(product, Leaving::registers, /*mayBeSplit=*/false);
  int64_t barriers = 1024, room = maxSharedBytes - GemmSchedule::consumers * buffers * bufferBytes - barriers;
  schedule.slots = std::min(schedule.slots, room / schedule.slotBytes());
  return schedule;
}

void AddingSink::prepare(const GemmSchedule &schedule) {
  staging = k.reserveShared(schedule.consumers * buffers * bufferBytes, 1024);
  outputMap = map();
}

/// One thread of a warp group issues its copies and waits for them.
void AddingSink::whenLeading(function_ref<void()> text) {
  k.when(k.equal(k.bitAnd(k.threadId(), 127), 0), text);
}

void AddingSink::take(const Tile &tile, Value consumer, Values sums) {
  constexpr int64_t perPart = boxColumns / 2; // registers of a thread
  Value row = k.add(tile.row, k.mul(consumer, boxRows)), barrier = k.add(consumer, 1);
  Value first = k.at(k.sharedMemory(staging), k.mul(consumer, buffers * bufferBytes));
  for (int64_t part = 0; part < int64_t(sums.size()) / perPart; ++part) {
    Value buffer = k.at(first, part % buffers * bufferBytes);
    whenLeading([&] { k.bulkWait(buffers - 1, /*readOnly=*/true); });
    k.namedBarrier(barrier, 128); // what lay in the buffer has been read
    stage(buffer, ValueRange(sums).slice(part * perPart, perPart));
    k.fenceAsyncShared();
    k.namedBarrier(barrier, 128);
    whenLeading([&] {
      k.tmaAdd(outputMap, buffer, {k.add(tile.column, part * boxColumns), row});
      k.bulkCommit();
    });
  }
}

/// Rows of 128 bytes, swizzled: of piece 2 j + lane % 4 / 2 of a row a thread has one half.
void AddingSink::stage(Value buffer, ValueRange sums) {
  Value lane = k.bitAnd(k.laneId(), 3), pieceOfLane = k.shiftRight(lane, 1);
  Value inPiece = k.shiftLeft(k.bitAnd(lane, 1), 3);
  for (int64_t i = 0; i < int64_t(sums.size()); i += 2) {
    Value piece = k.add(pieceOfLane, KernelBuilder::fragmentColumn(i) / 4);
    Value to = k.at(k.at(buffer, k.swizzle128(k.fragmentRow(i), piece)), inPiece);
    k.store(sums.slice(i, 2), to, k.f32);
  }
}

void AddingSink::finish(Value) {
  whenLeading([&] { k.bulkWait(0, /*readOnly=*/false); });
}

} // namespace samba::gpu
