//===- RingUpdate.cpp - the newest keys or values into the ring -----------------------------------------===//
//
//   next = ring; next[(position[b] + t) mod R] = x[t]       for the last min(T, R) tokens t
//
// x [B, T, C], ring [B, R, C]. A cell is one batch entry and 256 channels. In place (next is the ring's
// buffer) only the new rows are written.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/host/ChannelCell.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::host {

namespace {

constexpr int64_t channelBlock = 256;

struct RingUpdateKernel : HostKernelOpInterface::ExternalModel<RingUpdateKernel, RingUpdateOp> {
  Schedule schedule(Operation *op) const {
    return {ChannelCell::grid(cast<RingUpdateOp>(op).getX(), channelBlock), 0};
  }
  void emit(Operation *op, KernelBuilder &k) const {
    auto update = cast<RingUpdateOp>(op);
    Value x = update.getX(), ring = update.getRing(), next = update.getNext();
    ChannelCell cell(k, x, channelBlock);
    const int64_t R = shapeOf(ring)[1], T = cell.tokens;
    Value firstSlot = k.mul(cell.batch, R);
    auto copyRow = [&](Value to, Value from, Value fromRow) {
      cell.overGroups([&](Value, Value channel, Value mask) {
        k.storeLanes(next, to, channel, k.loadLanes(from, fromRow, channel, mask), mask);
      });
    };
    auto address = [&](Value tensor) -> Value { return k.make<LLVM::PtrToIntOp>(k.i64, k.pointer(tensor)); };
    k.choose(
        k.equal(address(ring), address(next)), []() -> Values { return {}; },
        [&]() -> Values {
          k.loop(0, R, 1, [&](Value slot) { copyRow(k.add(firstSlot, slot), ring, k.add(firstSlot, slot)); });
          return {};
        });
    Value position = k.loadElement(update.getPosition(), 0, cell.batch);
    k.loop(std::max<int64_t>(0, T - R), T, 1,
           [&](Value t) { copyRow(k.add(firstSlot, k.rem(k.add(position, t), R)), x, cell.row(t)); });
  }
};

} // namespace

void attachRingUpdate(MLIRContext &context) { RingUpdateOp::attachInterface<RingUpdateKernel>(context); }

} // namespace samba::host
