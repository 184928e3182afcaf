//===- HostKernel.h - how a samba.kernel becomes a function over a grid --------------------------------===//
//
// A kernel is one root op with element-wise ops before and after it, or element-wise ops alone. Its function:
//
//     void name_avx512(void *const *args, int64_t cell, void *scratch)      // args: inputs, then outputs
//
// and one call does one cell of the grid. The root's emitter is written as if nothing were fused:
//
//     void emit(Operation *op, KernelBuilder &k) const {
//       auto norm = cast<RmsNormOp>(op);
//       k.overRows(norm.getX(), rowsPerCell, [&](Value row) {                     // this cell's rows
//         ...     Value x = k.loadLanes(norm.getX(), row, column, mask);          // [L]
//         ...     k.storeLanes(norm.getY(), row, column, y, mask);
//
// loadLanes of an operand that a fused op produces evaluates that op on the lanes of *its* operands;
// storeLanes of a result evaluates the fused ops that consume it, and stores every output of the kernel that
// hangs on it. (Outputs that hang on inputs alone are stored along with the root's epilogue result.) A tensor
// [.., C] is seen as rows, the leading dimensions collapsed, of C channels; a tensor of rank 1 is one row,
// and stands for itself in every row where it is read. Row strides come from the kernel: an argument may be a
// channel slice.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/KernelGroup.h"
#include "codegen/tile/host/Gemm.h"
#include "codegen/tile/host/LaneBuilder.h"
#include "dialect/Samba.h"

namespace samba::host {

/// Cells of a launch, and bytes of scratch memory that each thread needs.
struct Schedule {
  int64_t grid = 1;
  int64_t scratchBytes = 0;
};

inline int64_t rowsOf(Value tensor) { return kernelRowsOf(tensor); }
inline int64_t channelsOf(Value tensor) { return kernelChannelsOf(tensor); }

/// The vocabulary, standing in the function of one kernel.
class KernelBuilder : public LaneBuilder {
public:
  /// Begins `<kernel>_<suffix>` at the end of `module`; the builder stands in its body.
  KernelBuilder(mlir::ModuleOp module, KernelOp kernel, int64_t lanes, llvm::StringRef suffix);
  /// Writes the function's end.
  void finish();

  KernelOp kernel;
  Value cell; ///< i64, 0 ... grid - 1
  /// The scratch memory, `byteOffset` (a multiple of 64) bytes in.
  Value scratch(int64_t byteOffset = 0);

  /// Where a tensor begins: an input, or a result that is itself an output of the kernel.
  Value pointer(Value tensor);
  /// Whether the kernel has an output that is, or hangs on, this result. Others need not be computed.
  bool isNeeded(Value result);
  /// Whether the kernel is nothing but its root, and `result` one of its outputs: then it may be written
  /// through pointer(result).
  bool isPlainOutput(Value result);
  /// Elements between consecutive rows of an input or output.
  int64_t rowStride(Value tensor);
  /// An input or plain output as a matrix [rows, channels].
  Matrix matrix(Value tensor) { return {pointer(tensor), rowStride(tensor)}; }

  /// The f32 lanes of an operand at [row, column ... column + L - 1], through fused producers.
  Value loadLanes(Value tensor, Operand row, Operand column, Value mask = {});
  /// One element, f32 or the tensor's integer type (then not fused).
  Value loadElement(Value tensor, Operand row, Operand column);
  /// Hands lanes (or one f32 element) of a root result to the fused consumers and the outputs.
  void storeLanes(Value result, Operand row, Operand column, Value lanes, Value mask = {});
  void storeElement(Value result, Operand row, Operand column, Value element);

  /// A [B, T] tensor holds one number for each row of a [B, T, C] tensor: that of `row`.
  Value loadPerRow(Value tensor, Value row);
  void storePerRow(Value result, Value row, Value element);
  /// Stores into the kernel's output number `output`, past all fusion.
  void storeOutput(unsigned output, Operand row, Operand column, Value value, Value mask = {});

  /// body(row) for the rows of `tensor` that belong to this cell, `rowsPerCell` at most.
  void overRows(Value tensor, int64_t rowsPerCell, llvm::function_ref<void(Value row)> body);
  static int64_t cellsOfRows(Value tensor, int64_t rowsPerCell);

  /// body(row, column, mask) for the lanes of a tensor like `result` that belong to this cell: about 16,384
  /// elements. If `flat`, rows lie one after another and are walked as one long row 0.
  void overElements(Value result, bool flat,
                    llvm::function_ref<void(Value row, Value column, Value mask)> body);
  static int64_t cellsOfElements(Value result, bool flat);
  /// Whether all arguments but `except` have the type of `result` and no gaps between rows.
  static bool isFlat(KernelOp kernel, Value result, Value except = {});

private:
  std::pair<Value, Value> placeOfRow(Value tensor, Value row);
  Value address(unsigned argument, Value tensor, Operand row, Operand column);
  Value evaluate(Value tensor, Operand row, Operand column, llvm::function_ref<Value(Value)> leaf,
                 llvm::DenseMap<Value, Value> &known);
  void consume(Value result, Operand row, Operand column, Value value, Value mask);

  Value scratchPointer;
  Values pointers; ///< one per argument
};

} // namespace samba::host

#include "codegen/targets/host/HostKernelInterface.h.inc"
