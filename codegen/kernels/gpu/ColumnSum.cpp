//===- ColumnSum.cpp - sums over rows, column by column -------------------------------------------------===//
#include "codegen/kernels/gpu/ColumnSum.h"

using namespace mlir;

namespace samba::gpu {

static constexpr int64_t wantedBlocks = multiprocessors * 6;

int64_t ColumnSum::columnThreads() const {
  int64_t wide = std::min<int64_t>(32, llvm::PowerOf2Ceil(vectors()));
  // Wider where few rows, or blocks enough, leave nothing to share between threads above one another.
  while (wide < threads && wide < vectors() &&
         (rows < 8 * (threads / wide) || int64_t(llvm::divideCeil(vectors(), 2 * wide)) >= wantedBlocks))
    wide *= 2;
  return wide;
}

static Values addEach(KernelBuilder &k, ValueRange a, ValueRange b) {
  Values sums;
  for (auto [x, y] : llvm::zip(a, b))
    sums.push_back(k.add(x, y));
  return sums;
}

void ColumnSum::emit(KernelBuilder &k, Term term, Finish finish) const {
  int64_t rowThreads = threads / columnThreads(),
          mostParts = llvm::divideCeil(rows, 4 * rowsInFlight * rowThreads);
  int64_t parts = std::min<int64_t>(llvm::divideCeil(wantedBlocks, tiles()), mostParts);
  parts = llvm::divideCeil(rows, llvm::divideCeil(rows, parts)); // none is empty
  if (parts == 1) {
    emitPass(k, 1, term, [&](Value, Value column, ValueRange sums) { finish(column, sums); });
    return;
  }
  int64_t partials = k.reserveScratch(parts * columns * 4);
  auto place = [&](Value row, Value column) {
    Value element = k.add(k.mul(k.extend(row), columns), k.extend(column));
    return k.at(k.scratch(partials), k.mul(element, 4));
  };
  emitPass(k, parts, term,
           [&](Value part, Value column, ValueRange sums) { k.store(sums, place(part, column), k.f32); });
  ColumnSum(parts, columns, width)
      .emitPass(
          k, 1, [&](Value row, Value column) { return k.load(place(row, column), k.f32, width); },
          [&](Value, Value column, ValueRange sums) { finish(column, sums); });
}

void ColumnSum::emitPass(KernelBuilder &k, int64_t parts, Term term,
                         function_ref<void(Value, Value, ValueRange)> finish) const {
  const int64_t wide = columnThreads(), high = threads / wide, rowsPerPart = llvm::divideCeil(rows, parts);
  k.begin({{tiles(), parts, 1}, threads});
  Value thread = k.threadId(), part = k.blockId(1);
  Value vector = k.add(k.mul(k.blockId(), wide), k.rem(thread, wide)), exists = k.less(vector, vectors());
  Value column = k.mul(k.min(vector, vectors() - 1), width);
  Value begin = k.mul(part, rowsPerPart), end = k.min(k.add(begin, rowsPerPart), rows);
  Value first = k.add(begin, k.div(thread, wide));

  Values carried(width, k.number(0)); // the sums, then the next row
  carried.push_back(first);
  const int64_t step = rowsInFlight * high;
  carried = k.loop(first, k.sub(end, step - high), step, carried, [&](Value row, ValueRange carried) {
    SmallVector<Values> terms;
    for (int64_t i = 0; i < rowsInFlight; ++i)
      terms.push_back(term(k.add(row, i * high), column));
    Values sums(carried.drop_back());
    for (const Values &x : terms)
      sums = addEach(k, sums, x);
    sums.push_back(k.add(row, step));
    return sums;
  });
  Value rest = carried.pop_back_val();
  Values sums = k.loop(rest, end, high, carried,
                       [&](Value row, ValueRange sums) { return addEach(k, sums, term(row, column)); });

  if (high > 1) { // [high][wide][width] in shared memory
    Value shared = k.sharedMemory(k.reserveShared(threads * width * 4));
    auto ofThread = [&](Value i) { return k.at(shared, k.mul(i, width * 4)); };
    k.store(sums, ofThread(thread), k.f32);
    k.barrier();
    exists = k.both(exists, k.less(thread, wide));
    k.when(exists, [&] {
      Values total = k.loop(1, high, 1, sums, [&](Value i, ValueRange sums) {
        return addEach(k, sums, k.load(ofThread(k.add(thread, k.mul(i, wide))), k.f32, width));
      });
      finish(part, column, total);
    });
  } else {
    k.when(exists, [&] { finish(part, column, sums); });
  }
  k.end();
}

} // namespace samba::gpu
