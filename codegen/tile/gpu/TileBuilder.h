//===- TileBuilder.h - the vocabulary in which GPU kernels are written ----------------------------------===//
//
// A kernel for an NVIDIA H100 (sm_90a) is one text that every thread of a grid of blocks reads. TileBuilder
// is the language of that text: an OpBuilder whose methods are the instructions, one method for one
// instruction or for one idiom that everybody writes the same way. It knows five kinds of values:
//
//   scalar     f32, i32, i64, i1     a number of this thread: an index, a row's maximum
//   registers  Values of f32         a C++ list of scalars; always unrolled, never indexed at run time
//   pair       i32                   two bf16 side by side, the lower index in the lower half
//   pointer    ptr<1>, <3>, <7>      global memory, this block's shared memory, the cluster's shared memory
//   descriptor i32                   the low half of a wgmma matrix descriptor: its address / 16
//
// The machine, as far as a kernel has to know it:
//
//   1. A block is warps of 32 threads; four consecutive warps are a warp group. threadId, warpId and laneId
//      say who we are. A value that is the same in all threads of a warp should be said to be so, with
//      uniform(): ptxas then keeps it in uniform registers, and descriptors cost nothing.
//   2. Global memory wants 16 bytes per thread and neighbouring threads at neighbouring addresses. load and
//      store move `n` neighbouring elements as f32, whatever they are stored as (f32 or bf16).
//   3. Shared memory is one block of bytes, addressed by sharedMemory(offset). It has 32 banks of 4 bytes;
//      a tile of bf16 whose rows are 128 bytes is swizzled: 16-byte piece j of row r lies at piece j ^ (r %
//      8). TMA writes it so, wgmma reads it so, swizzle128() says where an element is.
//   4. An mbarrier counts arrivals, and bytes that a copy has promised, and flips its phase when both are
//      in. A ring of tiles has one "full" and one "empty" mbarrier per slot: the producer waits for empty,
//      the consumer for full. The parity waited for is that of the phase that must have ended.
//   5. wgmma multiplies 64 rows by n columns by 16, asynchronously: wgmmaFence before the first product
//      that touches registers written by this thread, wgmmaCommit after a batch, wgmmaWait(pending,
//      registers) hands out the accumulators. Between issue and wait nobody may touch them. After any
//      branch (an mbarrier wait loops) another wgmmaFence is due, or ptxas serializes the products and says
//      C7519 or C7520.
//   6. Whoever writes shared memory with ordinary stores for TMA or wgmma to read calls fenceAsyncShared
//      before the barrier.
//   7. Launches overlap: a grid may start before the one it depends on has ended. Nothing that an earlier
//      launch wrote may be read, and nothing at all written to global memory, before
//      waitForEarlierLaunches; the kernel builder calls it first thing unless the kernel asks to do so
//      itself, after it has prefetched weights.
//
// Accumulator registers of wgmma (and of mma.sync m16n8k16): register i of a thread belongs to row 16 warp
// + lane / 4 + 8 ((i / 2) % 2), column 8 (i / 4) + 2 (lane % 4) + i % 2 of the 64 x n tile; fragmentRow and
// fragmentColumn say so. The same layout, packed to pairs, is the A operand of the next product.
//
// All inline assembly is made convergent when it is translated (or LLVM would duplicate it into branches),
// and LLVM never unrolls a loop: kernels unroll in C++, where they mean to.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/tile/ScalarBuilder.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace samba::gpu {

using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
using samba::Operand;
using samba::Values;

/// The instructions of a GPU kernel; see the essay above. Arithmetic, constants and loops come from
/// ScalarBuilder: add, sub, mul, div, rem, min, max, fma, less, select, loop, when, choose ...; div and rem
/// of integers are unsigned, and a C++ number takes the type of the other operand.
class TileBuilder : public ScalarBuilder {
public:
  TileBuilder(mlir::OpBuilder builder, mlir::Location loc);

  const Type bf16, i8, i16;
  const Type globalPtr, sharedPtr, clusterPtr, genericPtr;

  /// The same number, i32, as if it were made here: what follows from it is not taken out of a loop, where it
  /// would take registers.
  Value madeHere(Value x);

  /// ptxas leaves the loop that was emitted last as it is: unrolled, it would take more registers than there
  /// are.
  void keepRolled();

  // ---- constants, bits -----------------------------------------------------------------------------------
  Value min(Operand x,
            Operand y) override; ///< floats: one instruction, NaN where either is; integers: signed
  Value max(Operand x, Operand y) override;
  Value integer(int64_t value); ///< i32 (index() makes an i64)
  Value shiftLeft(Value x, int64_t bits);
  Value shiftRight(Value x, int64_t bits); ///< unsigned
  Value bitAnd(Value x, Operand y);
  Value bitOr(Value x, Operand y);
  Value bitXor(Value x, Operand y);
  Value extend(Value x); ///< i32 -> i64, unsigned

  // ---- who we are ----------------------------------------------------------------------------------------
  Value threadId();             ///< i32, in the block
  Value threadIdAgain();        ///< the same, read anew: cheaper than a register kept through a loop
  Value laneId();               ///< threadId % 32
  Value warpId();               ///< threadId / 32, uniform; all 32 lanes must be here
  Value warpGroupId();          ///< threadId / 128, likewise
  Value blockId(int axis = 0);  ///< i32
  Value gridSize(int axis = 0); ///< i32, blocks
  Value clusterRank();          ///< i32, of this block in its cluster
  Value uniform(Value x);       ///< i32: lane 0's, which all 32 lanes must be here to take

  // ---- functions of one f32, on the special-function unit; relative error about 1e-7 --------------------
  Value exp2(Value x); ///< ex2.approx.ftz
  /// The same on the multiply-add units, which have more to give, to 3e-6; x < 126; below -125 as for -125.
  Value exp2Polynomial(Value x);
  Value log2(Value x); ///< lg2.approx.ftz
  Value exp(Value x);
  Value log(Value x);
  Value reciprocal(Value x); ///< rcp.approx.ftz
  Value rsqrt(Value x);      ///< rsqrt.approx.ftz
  Value sqrt(Value x);       ///< sqrt.approx.ftz
  Value tanh(Value x);       ///< tanh.approx: relative error 5e-4
  Value sigmoid(Value x);    ///< two special functions
  Value silu(Value x);
  Value softplus(Value x); ///< no overflow, and no cancellation where x is very negative
  /// Sine and cosine of an angle in radians, any size below 2^31: reduced in f64, then sin.approx,
  /// cos.approx.
  std::pair<Value, Value> sinCos(Value angleF64);

  // ---- bf16 ----------------------------------------------------------------------------------------------
  Value packPair(Value low, Value high);          ///< two f32 -> pair, round to nearest even
  std::pair<Value, Value> unpackPair(Value pair); ///< exact
  Value splitPair(Value x);               ///< two bf16 whose sum is x to 16 bits, the greater one first
  Values packPairs(ValueRange registers); ///< 2n f32 -> n pairs
  Values unpackPairs(ValueRange pairs);   ///< n pairs -> 2n f32

  // ---- memory: pointers and byte offsets -----------------------------------------------------------------
  Value at(Value pointer, Operand bytes); ///< pointer + bytes; i32 or i64 offsets
  /// `n` neighbouring elements of type `element` (f32, bf16, i32 or i64) at a global or shared pointer that
  /// is aligned to their size or to 16 bytes; f32 and bf16 come as f32. `constant`: nobody writes it in this
  /// launch.
  Values load(Value pointer, Type element, int64_t n, bool constant = false);
  /// The inverse: f32 registers are rounded to `element`.
  void store(ValueRange registers, Value pointer, Type element);
  Value loadScalar(Value pointer, Type element); ///< one element
  void storeScalar(Value x, Value pointer, Type element);
  /// Raw 16-byte (n = 4), 8-byte or 4-byte accesses as i32 registers.
  Values loadWords(Value pointer, int64_t n, bool constant = false);
  void storeWords(ValueRange words, Value pointer);
  Value constants(llvm::ArrayRef<int32_t> numbers); ///< global pointer to numbers that the text holds
  Value sharedMemory(Operand byteOffset = 0); ///< of the block's dynamic shared memory, 1024-byte aligned

  // ---- copies that go on beside the text ------------------------------------------------------------------
  void copyAsync16(Value sharedTo, Value globalFrom,
                   Value valid = {}); ///< cp.async 16 bytes; i1 valid: else zeros
  void copyAsyncCommit();
  void copyAsyncWait(int64_t pending);
  /// TMA: a box of a tensor map (a kernel parameter) into shared memory; coordinates innermost first. The
  /// mbarrier is told of the bytes by the caller (arriveExpect).
  void tmaLoad(Value sharedTo, Value tensorMap, ValueRange coordinates, Value mbarrier);
  /// The same into all blocks of the cluster whose bit in `mask` (i16) is set, at the same offsets.
  void tmaLoadMulticast(Value sharedTo, Value tensorMap, ValueRange coordinates, Value mbarrier, Value mask);
  void tmaStore(Value tensorMap, Value sharedFrom, ValueRange coordinates); ///< clips at the tensor's end
  void tmaAdd(Value tensorMap, Value sharedFrom, ValueRange coordinates);   ///< adds to what is there
  void bulkLoad(Value sharedTo, Value globalFrom, Operand bytes,
                Value mbarrier); ///< contiguous, multiples of 16
  void bulkStore(Value globalTo, Value sharedFrom, Operand bytes);
  void bulkAdd(Value globalTo, Value sharedFrom, Operand bytes); ///< adds f32 to what is there
  void bulkCommit();
  void bulkWait(int64_t pending, bool readOnly); ///< readOnly: shared memory may be reused, not yet visible
  void prefetchL2(Value globalFrom, Operand bytes); ///< cp.async.bulk.prefetch.L2, contiguous
  void prefetchLine(Value globalFrom);              ///< the line of the L2 cache that a thread will load from
  void prefetchTensorMap(Value tensorMap);
  void fenceAsyncShared(); ///< ordinary stores to shared memory become visible to TMA and wgmma

  // ---- barriers ------------------------------------------------------------------------------------------
  void barrier();                                       ///< of the whole block
  void namedBarrier(Operand id, int64_t threads);       ///< 1..15
  void namedBarrierArrive(Operand id, int64_t threads); ///< counts among them, and goes on
  void warpBarrier();                                   ///< __syncwarp
  void clusterArrive();                                 ///< and goes on
  void clusterWait();                                   ///< until all threads of the cluster have arrived
  void clusterBarrier() { clusterArrive(), clusterWait(); }
  void initBarrier(Value mbarrier, int64_t arrivals);
  void fenceBarrierInit();
  void waitBarrier(Value mbarrier, Value parity); ///< spins until the phase of that parity has ended
  void arrive(Value mbarrier, Value predicate = {});
  void arriveRemote(Value mbarrier, Value clusterRank,
                    Value predicate = {}); ///< in another block of the cluster
  void arriveExpect(Value mbarrier, Operand bytes);
  /// A counter in global memory, i32: up by one, after all that this thread has done, and what it was before;
  /// waits until it has reached `count`, ahead of all that this thread does then, its bulk copies included.
  Value countUp(Value counter);
  void awaitCount(Value counter, Value count);
  void setMaxRegisters(int64_t registers, bool increase);
  void waitForEarlierLaunches(); ///< griddepcontrol.wait
  void allowLaterLaunches();     ///< griddepcontrol.launch_dependents

  // ---- across threads ------------------------------------------------------------------------------------
  Value shuffleXor(Value x, int64_t laneMask);
  Value shuffleDown(Value x, int64_t delta);
  Value shuffle(Value x, Operand lane);
  using Combine = llvm::function_ref<Value(Value, Value)>;
  /// Over groups of `width` neighbouring lanes (power of two), a fixed tree; every lane gets the result.
  Value reduceLanes(Value x, int64_t width, Combine combine);
  Value sumLanes(Value x, int64_t width = 32);
  Value maxLanes(Value x, int64_t width = 32);
  /// Over all `threads` of the block in a fixed order; every thread gets the result. Uses 128 bytes of shared
  /// memory at `scratch` and two block barriers.
  Value sumBlock(Value x, int64_t threads, Value scratch);
  Value maxBlock(Value x, int64_t threads, Value scratch);
  Value anyInWarp(Value condition);
  Value
  countInBlock(Value condition); ///< i32: threads of the block for which it is true; a barrier of the block

  // ---- matrix products -----------------------------------------------------------------------------------
  /// Where 16-byte piece `piece` of row `row` lies in a tile of 128-byte rows: bytes.
  Value swizzle128(Value row, Value piece);
  Value fragmentRow(int64_t i); ///< i32, of accumulator register i in the warp group's 64 rows
  static int64_t fragmentColumn(int64_t i) { return 8 * (i / 4) + i % 2; } ///< plus 2 (lane % 4)
  /// Low half of the descriptor of a 128-byte-swizzled tile. `chunkBytes`: between 64-column chunks, for
  /// operands whose contraction runs down the rows (MN-major); 16-byte units are added to step along.
  Value descriptor(Value shared, int64_t chunkBytes = 16);
  void wgmmaFence();
  void wgmmaCommit();
  Values wgmmaWait(int64_t pending, ValueRange registers);
  /// acc[64, n] (+)= A[64, 16] B[16, n], bf16, from descriptors; `zero`: acc starts at 0. transposeA / B: the
  /// operand's contraction runs down its rows. n = 2 acc.size().
  Values wgmma(ValueRange acc, Value descriptorA, Value descriptorB, bool zero, bool transposeA = false,
               bool transposeB = false);
  /// The same with A[64, 16] in registers, 4 pairs.
  Values wgmma(ValueRange acc, ValueRange pairsA, Value descriptorB, bool zero, bool transposeB = false);
  /// d[16, 8] = a[16, 16] b[16, 8] + c in one warp, bf16: a 4 pairs, b 2 pairs, c and d 4 f32.
  Values mma16x8x16(ValueRange a, ValueRange b, ValueRange c);
  /// The same with a[16, 8], 2 pairs, and b[8, 8], a pair.
  Values mma16x8x8(ValueRange a, Value b, ValueRange c);
  /// The same of f32, of which the leading 11 bits of the mantissa count: a 4 registers, [lane / 4 + 8 (i %
  /// 2), lane % 4 + 4 (i / 2)], b 2 registers, [lane % 4 + 4 i, lane / 4].
  Values mma16x8x8Tf32(ValueRange a, ValueRange b, ValueRange c);
  /// Four (or two, one) 8x8 matrices of bf16; every lane gives a row's address. `transpose` on the way.
  Values loadMatrix(Value shared, int64_t matrices, bool transpose = false);
  void storeMatrix(ValueRange pairs, Value shared, bool transpose = false);
  Value transposeMatrix(Value pair); ///< an 8x8 matrix of bf16 that the warp holds, as loadMatrix gives it

  /// An inline PTX statement: results of these types, operands $0.. results first. For idioms that have no
  /// method yet; lane arithmetic and PTX text stay in this folder.
  Values ptx(llvm::ArrayRef<Type> results, llvm::StringRef text, ValueRange operands,
             bool sideEffects = true) {
    return ptxInPlace(results, text, {}, operands, sideEffects);
  }
  /// The same with registers that the statement both reads and writes; they are $0.. and the first results.
  Values ptxInPlace(llvm::ArrayRef<Type> results, llvm::StringRef text, ValueRange registers,
                    ValueRange operands, bool sideEffects = true);

  /// wgmma that starts at 0 where `accumulate` (i1, the same in the warp group) is false; `acc` may be
  /// undefined then.
  Values wgmmaIf(Value accumulate, ValueRange acc, Value descriptorA, Value descriptorB,
                 bool transposeA = false, bool transposeB = false);

  /// A bit for each lane of the warp whose `x` (i32) is this lane's; all 32 lanes must be here.
  Value lanesWithSame(Value x);
  Value lanesBelow();       ///< a bit for each lane before this one
  Value countBits(Value x); ///< how many are set

  /// Of the n = x.size() lanes (a power of two) that stand `stride` apart, number i gets the sum over them of
  /// x[i]: a reduce-scatter in n - 1 shuffles, by a fixed tree.
  Value sumScatter(ValueRange x, int64_t stride = 1);
};

} // namespace samba::gpu
