//===- GpuKernel.h - how a samba.kernel becomes GPU functions -------------------------------------------===//
//
// A kernel is one root op with element-wise ops before and after it, or element-wise ops alone. On the GPU it
// is one launch or several in a row (a product and the sum of its partials, say), each of a function over a
// grid of blocks. The root's emitter is written as if nothing were fused:
//
//     void emit(Operation *op, KernelBuilder &k) const {
//       auto norm = cast<RmsNormOp>(op);
//       k.begin({.grid = {rows}, .threads = 256});                 // a function; we stand in its body
//       Value row = k.blockId(), column = k.mul(k.threadId(), 8);
//       Values x = k.load(norm.getX(), row, column, 8);            // f32, through fused producers
//       ...
//       k.store(norm.getY(), row, column, y);                      // through fused consumers
//       k.end();
//     }
//
// A tensor [.., C] is seen as rows, the leading dimensions collapsed, of C channels; a tensor of rank 1 is
// one row and stands for itself in every row where it is read. Storage is f32 or bf16 and arithmetic is f32:
// load and store convert. Operands of matrix products are bf16 in memory.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/KernelGroup.h"
#include "codegen/tile/gpu/TileBuilder.h"
#include "dialect/Samba.h"

namespace samba::gpu {

/// The blocks of one launch.
struct Shape {
  std::array<int64_t, 3> grid = {1, 1, 1}; ///< blocks
  int64_t threads = 256;                   ///< per block, a multiple of 32
  int64_t blocksPerSm = 1;                 ///< that must fit: bounds the registers of a thread
  int64_t mostPerSm = 0;                   ///< that may share one, kept by shared memory; 0: as many as fit
  int64_t cluster = 1;                     ///< blocks that share a cluster, along the first axis
  bool waitsItself = false;                ///< the text calls waitForEarlierLaunches
  bool runsBeside = false; ///< another launch: shared memory is then all that it can be, not what one needs
};

/// What the player encodes as a CUtensorMap. Sizes innermost first.
struct TensorMap {
  llvm::SmallVector<int64_t> sizes;   ///< elements
  llvm::SmallVector<int64_t> strides; ///< bytes, of all dimensions but the innermost; multiples of 16
  llvm::SmallVector<int64_t> box;     ///< elements
  int64_t swizzle = 128;              ///< bytes: 0, 32, 64 or 128
  bool isBf16 = true;                 ///< else f32
  int64_t offset = 0;                 ///< bytes added to where the tensor begins
};

inline int64_t rowsOf(Value tensor) { return kernelRowsOf(tensor); }
inline int64_t channelsOf(Value tensor) { return kernelChannelsOf(tensor); }

/// Multiprocessors of the target: the grid of persistent kernels.
constexpr int64_t multiprocessors = 132;
/// Shared memory that a block may have, that a multiprocessor has, and that it spends on each block, bytes.
constexpr int64_t maxSharedBytes = 227 * 1024, sharedBytesOfSm = 228 * 1024, sharedBytesOfBlock = 1024;

/// The vocabulary, standing in a function of one kernel.
class KernelBuilder : public TileBuilder {
public:
  /// Emits into `module`.
  KernelBuilder(mlir::ModuleOp module, KernelOp kernel);

  KernelOp kernel;

  // ---- launches ------------------------------------------------------------------------------------------
  /// Begins a function and the launch of it; the builder stands in its body.
  void begin(const Shape &shape);
  void end();
  /// Launches once more what was launched `back` launches ago, every parameter that refers to a tensor of
  /// `moves` (null: to the scratch memory) that many bytes further on: for work in chunks.
  void again(llvm::ArrayRef<std::pair<Value, int64_t>> moves, int64_t back = 1);
  int64_t launchCount() const { return launches.size(); } ///< so far
  /// Bytes of shared memory of this launch, from the start of sharedMemory(); returns their offset.
  int64_t reserveShared(int64_t bytes, int64_t alignment = 128);
  /// Bytes of global scratch memory of this kernel (all its launches); returns their offset.
  int64_t reserveScratch(int64_t bytes);
  Value scratch(int64_t offset); ///< global pointer

  // ---- arguments -----------------------------------------------------------------------------------------
  Value pointer(Value tensor); ///< global pointer to where a tensor begins: an input, or a plain output
  Value tensorMap(Value tensor, const TensorMap &map); ///< a parameter for tmaLoad and tmaStore
  Value scratchTensorMap(int64_t offset, const TensorMap &map);
  /// Of a tensor as a matrix [rows, channels], in boxes of boxRows x 64 channels (128 bytes of bf16).
  Value matrixMap(Value tensor, int64_t boxRows, int64_t boxColumns = 64);
  Type elementOf(Value tensor) { return mlir::getElementTypeOrSelf(tensor.getType()); }
  int64_t rowStride(Value tensor); ///< elements
  /// Whether TMA can address a tensor: its rows, and where it begins, are multiples of 16 bytes.
  bool isTmaReady(Value tensor);
  /// Whether it may store it, too: where a row ends within 16 bytes it writes their rest.
  bool mayTmaStore(Value tensor);
  /// Whether an input may be read before waitForEarlierLaunches: of the launches that may be under way, all
  /// of this program, none writes it.
  bool isGiven(Value input) { return samba::isGiven(kernel, input); }
  /// Whether the kernel has an output that is, or hangs on, this result. Others need not be computed.
  bool isNeeded(Value result);
  /// Whether `result` is an output of the kernel, nothing is fused behind it, and no other output hangs on
  /// it.
  bool isPlainOutput(Value result);
  /// The most neighbouring channels, up to `most` (a power of two), that every tensor of the kernel with
  /// channelsOf(like) channels allows at once.
  int64_t vectorWidth(Value like, int64_t most = 8);

  // ---- fused loads and stores: rows i32 or i64, columns i32 ---------------------------------------------
  Values load(Value tensor, Operand row, Operand column, int64_t n);
  Value load(Value tensor, Operand row, Operand column) { return load(tensor, row, column, 1)[0]; }
  void store(Value result, Operand row, Operand column, ValueRange registers);
  /// A [B, T] tensor holds one number for each row of a [B, T, C] tensor: that of `row`.
  Value loadPerRow(Value tensor, Operand row);
  void storePerRow(Value result, Operand row, Value number);
  /// An element of an integer tensor, i32 or i64, by its flat index.
  Value loadInteger(Value tensor, Operand index);
  /// Global address of an element of an input or plain output.
  Value address(Value tensor, Operand row, Operand column);
  using TileBuilder::load;
  using TileBuilder::store;

  /// Bytes of scratch memory reserved so far, and the launches, as the kernel's attributes hold them.
  int64_t scratchReserved() const { return scratchBytes; }
  mlir::ArrayAttr launchTable();
  /// Stores into the kernel's output number `output`, past all fusion.
  void storeOutput(unsigned output, Operand row, Operand column, ValueRange registers);

  /// Where one of several vectors goes; nothing is stored where `valid` (i1) is false.
  struct Place {
    Value row, column;
    Value valid = {};
  };
  /// The same for several vectors at once. What fused consumers read at any of the places is loaded before
  /// the first store, so that these loads are all under way together.
  void store(Value result, llvm::ArrayRef<Place> places, llvm::ArrayRef<Values> vectors);

private:
  static constexpr int64_t inScratch = -1;
  /// What a function's parameter is at a launch: an address in an argument or in the scratch memory, or the
  /// tensor map of what lies there.
  struct Parameter {
    int64_t argument, offset;
    mlir::DictionaryAttr map;
  };
  struct Launch {
    std::string function;
    Shape shape;
    int64_t sharedBytes = 0;
    llvm::SmallVector<Parameter> parameters;
  };

  Value parameter(Parameter meaning);
  mlir::DictionaryAttr toAttribute(const TensorMap &map);
  Value toWide(Operand x); ///< i64
  Value addressOf(unsigned argument, Value tensor, Operand row, Operand column);
  Values evaluate(Value tensor, Operand row, Operand column, int64_t n, llvm::DenseMap<Value, Values> &known);
  std::pair<Value, Value> placeOfRow(Value tensor, Operand row);

  mlir::ModuleOp module;
  mlir::LLVM::LLVMFuncOp function; ///< of the last launch
  unsigned functionCount = 0;
  int64_t scratchBytes = 0;
  std::vector<Launch> launches;
};

} // namespace samba::gpu

#include "codegen/targets/nvptx/GpuKernelInterface.h.inc"
