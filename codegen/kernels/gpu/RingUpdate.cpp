//===- RingUpdate.cpp - the newest keys or values into the ring -----------------------------------------===//
//
//   next = ring; next[(position[b] + t) mod R] = x[t]       for the last n = min(T, R) tokens t
//
// x [B, T, C], ring [B, R, C]. A thread writes a vector of one of the n new rows: 4 bytes per new element in
// bf16. In place (next is the ring's buffer) that is all; otherwise the same threads also copy the rows that
// stay, which are others, so that no order between blocks is needed.
//===----------------------------------------------------------------------------------------------------===//
#include "codegen/kernels/gpu/Kernels.h"
#include "codegen/kernels/gpu/Vectors.h"

#include "dialect/core/Shapes.h"

using namespace mlir;

namespace samba::gpu {

namespace {

class RingUpdate {
public:
  RingUpdate(RingUpdateOp op, KernelBuilder &k)
      : op(op), k(k), B(shapeOf(op.getX())[0]), T(shapeOf(op.getX())[1]), R(shapeOf(op.getRing())[1]),
        n(std::min(T, R)), C(channelsOf(op.getX())), grid(B * n, C, streamWidth(k, op.getX()), /*most=*/2) {}

  void emit() {
    k.begin(grid.shape());
    writeNewRows();
    if (n < R) {
      auto address = [&](Value tensor) -> Value {
        return k.make<LLVM::PtrToIntOp>(k.i64, k.pointer(tensor));
      };
      k.choose(
          k.equal(address(op.getRing()), address(op.getNext())), []() -> Values { return {}; },
          [&]() -> Values {
            copyOldRows();
            return {};
          });
    }
    k.end();
  }

private:
  /// The slot of token T - n + i of a batch entry.
  Value slotOf(Value batch, Value i) {
    Value position = k.add(k.loadInteger(op.getPosition(), batch), k.add(k.extend(i), T - n));
    return k.toInteger(k.rem(position, R), k.i32);
  }

  void writeNewRows() {
    SmallVector<Place> to;
    SmallVector<Values> rows;
    for (auto [row, column, valid] : grid.places(k)) {
      Value batch = k.div(row, n), i = k.rem(row, n);
      rows.push_back(k.load(op.getX(), k.add(k.mul(batch, T), k.add(i, T - n)), column, grid.width));
      to.push_back({k.add(k.mul(batch, R), slotOf(batch, i)), column, valid});
    }
    k.store(op.getNext(), to, rows);
  }

  /// Row by row: the threads of the grid take all vectors of the ring in turn.
  void copyOldRows() {
    const int64_t perRow = C / grid.width, threads = grid.shape().grid[0] * grid.threads;
    Value first = k.add(k.mul(k.extend(k.blockId()), grid.threads), k.extend(k.threadId()));
    k.loop(first, B * R * perRow, threads, [&](Value vector) {
      Value row = k.toInteger(k.div(vector, perRow), k.i32),
            column = k.mul(k.rem(vector, perRow), grid.width);
      Value batch = k.div(row, R), slot = k.rem(row, R), firstNew = slotOf(batch, k.integer(0));
      Value age = k.rem(k.sub(k.add(slot, R), firstNew), R); // slots after the first new one
      k.when(k.lessEqual(n, age),
             [&] { k.store(op.getNext(), row, column, k.load(op.getRing(), row, column, grid.width)); });
    });
  }

  RingUpdateOp op;
  KernelBuilder &k;
  const int64_t B, T, R, n, C;
  const VectorGrid grid;
};

struct RingUpdateKernel : GpuKernelOpInterface::ExternalModel<RingUpdateKernel, RingUpdateOp> {
  LogicalResult emit(Operation *op, KernelBuilder &k) const {
    RingUpdate(cast<RingUpdateOp>(op), k).emit();
    return success();
  }
};

} // namespace

void attachRingUpdate(MLIRContext &context) { RingUpdateOp::attachInterface<RingUpdateKernel>(context); }

} // namespace samba::gpu
