//===- Vectors.h - how kernels that stream tensors share them out to threads ----------------------------===//
//
// What such a kernel may take is the time its bytes need. Little's law asks for about 24 KB under way on
// every multiprocessor: a thread moves 16 bytes at a time, neighbouring threads neighbouring ones, and loads
// several such vectors before it uses the first.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/targets/nvptx/GpuKernel.h"

namespace samba::gpu {

using Place = KernelBuilder::Place;

/// Neighbouring channels that a thread takes at once: 16 bytes of the widest tensor [.., channels] of the
/// kernel that is like `like`, channel vectors [channels] aside; 1 where channels or strides are odd.
int64_t streamWidth(KernelBuilder &k, Value like);

/// Neighbouring elements of an input as they lie in memory, to be carried while they are on their way: pairs
/// of bf16 as i32, or f32.
Values loadRaw(KernelBuilder &k, Value tensor, Operand row, Operand column, int64_t n);
/// Their values, f32.
Values valuesOf(KernelBuilder &k, ValueRange raw);
/// The length of the list for n elements.
int64_t rawSize(KernelBuilder &k, Value tensor, int64_t n);

/// Threads of a grid enough to fill the machine several times over; a kernel with fewer gives each less to
/// do.
constexpr int64_t fewThreads = multiprocessors * 512;

/// Whether token `token` (i32) is the first of its document, from the flat index of a token of [Batch, T]
/// that is the same, or lies before it where it is past the end (i1).
inline Value beginsDocument(KernelBuilder &k, Value documents, Value index, Value token) {
  return k.equal(k.toInteger(k.loadInteger(documents, index), k.i32), token);
}

/// All vectors of a matrix [rows, channels], a fixed number for each thread: of a block's vectors, thread i
/// takes i, i + threads, i + 2 threads ...
class VectorGrid {
public:
  static constexpr int64_t threads = 256;

  /// `most`: vectors of a thread, if there are enough of them.
  VectorGrid(int64_t rows, int64_t channels, int64_t width, int64_t most);

  const int64_t width, perThread;
  Shape shape() const { return {{int64_t(llvm::divideCeil(total, threads * perThread)), 1, 1}, threads}; }
  /// The thread's vectors. Past the end they repeat the last one and are not valid.
  llvm::SmallVector<Place> places(KernelBuilder &k) const;

private:
  const int64_t total, perRow; ///< vectors
};

} // namespace samba::gpu
