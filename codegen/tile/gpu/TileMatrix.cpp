//===- TileMatrix.cpp - the matrix units ----------------------------------------------------------------===//
#include "codegen/tile/gpu/TileBuilder.h"

using namespace mlir;

namespace samba::gpu {

Value TileBuilder::swizzle128(Value row, Value piece) {
  return add(shiftLeft(row, 7), shiftLeft(bitXor(piece, bitAnd(row, 7)), 4));
}

Value TileBuilder::fragmentRow(int64_t i) {
  Value thread = threadId();
  Value warpRow = shiftLeft(bitAnd(shiftRight(thread, 5), 3), 4);
  return add(add(warpRow, shiftRight(bitAnd(thread, 31), 2)), 8 * (i / 2 % 2));
}

Value TileBuilder::descriptor(Value shared, int64_t chunkBytes) {
  Value address = make<LLVM::PtrToIntOp>(i32, shared);
  return add(shiftRight(bitAnd(address, 0x3FFFF), 4), chunkBytes / 16 << 16);
}

/// The high half says: swizzle of 128 bytes, groups of 8 rows 1024 bytes apart.
static Value fullDescriptor(TileBuilder &k, Value low) {
  return k.make<arith::OrIOp>(k.extend(low), k.index(int64_t(1) << 62 | int64_t(1024 / 16) << 32));
}

void TileBuilder::wgmmaFence() { make<NVVM::WgmmaFenceAlignedOp>(); }
void TileBuilder::wgmmaCommit() { make<NVVM::WgmmaGroupSyncAlignedOp>(); }

Values TileBuilder::wgmmaWait(int64_t pending, ValueRange registers) {
  std::string text = "wgmma.wait_group.sync.aligned " + std::to_string(pending) + ";";
  if (registers.empty())
    return ptx({}, text, {});
  return ptxInPlace(SmallVector<Type>(registers.getTypes()), text, registers, {});
}

/// "{$first,$first+1,..}"
static std::string registerList(int64_t first, int64_t count) {
  std::string text = "{";
  for (int64_t i = 0; i < count; ++i)
    text += (i ? ",$" : "$") + std::to_string(first + i);
  return text + "}";
}

/// Operands after the accumulators: those of A, the descriptor of B, and whether to accumulate (i1; null: a
/// constant).
static Values emitWgmma(TileBuilder &k, ValueRange acc, ValueRange a, Value descriptorB, Value accumulate,
                        bool zero, bool transposeA, bool transposeB) {
  int64_t n = acc.size(), next = 2 * n; // $n..$2n-1 are the tied inputs
  bool inRegisters = a.size() == 4;
  Values operands(a);
  if (!inRegisters)
    operands[0] = fullDescriptor(k, a[0]);
  std::string textA = inRegisters ? registerList(next, 4) : "$" + std::to_string(next);
  next += operands.size();
  operands.push_back(fullDescriptor(k, descriptorB));
  std::string textB = "$" + std::to_string(next++);
  std::string condition = zero ? "0" : "1";
  if (accumulate) {
    operands.push_back(k.make<arith::ExtUIOp>(k.i32, accumulate));
    condition = "$" + std::to_string(next++);
  }
  std::string text = "{\n.reg .pred p;\nsetp.ne.b32 p, " + condition +
                     ", 0;\nwgmma.mma_async.sync.aligned.m64n" + std::to_string(2 * n) +
                     "k16.f32.bf16.bf16 " + registerList(0, n) + ", " + textA + ", " + textB + ", p, 1, 1";
  if (!inRegisters)
    text += transposeA ? ", 1" : ", 0";
  text += transposeB ? ", 1;\n}" : ", 0;\n}";
  return k.ptxInPlace(SmallVector<Type>(acc.getTypes()), text, acc, operands);
}

Values TileBuilder::wgmma(ValueRange acc, Value descriptorA, Value descriptorB, bool zero, bool transposeA,
                          bool transposeB) {
  return emitWgmma(*this, acc, {descriptorA}, descriptorB, Value(), zero, transposeA, transposeB);
}
Values TileBuilder::wgmma(ValueRange acc, ValueRange pairsA, Value descriptorB, bool zero, bool transposeB) {
  return emitWgmma(*this, acc, pairsA, descriptorB, Value(), zero, /*transposeA=*/false, transposeB);
}
Values TileBuilder::wgmmaIf(Value accumulate, ValueRange acc, Value descriptorA, Value descriptorB,
                            bool transposeA, bool transposeB) {
  return emitWgmma(*this, acc, {descriptorA}, descriptorB, accumulate, false, transposeA, transposeB);
}

Values TileBuilder::mma16x8x16(ValueRange a, ValueRange pairsB, ValueRange c) {
  Values operands(a);
  operands.append(pairsB.begin(), pairsB.end());
  operands.append(c.begin(), c.end());
  std::string text = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 " + registerList(0, 4) + ", " +
                     registerList(4, 4) + ", " + registerList(8, 2) + ", " + registerList(10, 4) + ";";
  return ptx({f32, f32, f32, f32}, text, operands, /*sideEffects=*/false);
}

Values TileBuilder::mma16x8x8(ValueRange a, Value pairB, ValueRange c) {
  Values operands(a);
  operands.push_back(pairB);
  operands.append(c.begin(), c.end());
  std::string text = "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 " + registerList(0, 4) + ", " +
                     registerList(4, 2) + ", " + registerList(6, 1) + ", " + registerList(7, 4) + ";";
  return ptx({f32, f32, f32, f32}, text, operands, /*sideEffects=*/false);
}

Values TileBuilder::mma16x8x8Tf32(ValueRange a, ValueRange b, ValueRange c) {
  Values operands;
  for (ValueRange factor : {a, b})
    for (Value x : factor)
      operands.push_back(bits(x, i32));
  operands.append(c.begin(), c.end());
  std::string text = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 " + registerList(0, 4) + ", " +
                     registerList(4, 4) + ", " + registerList(8, 2) + ", " + registerList(10, 4) + ";";
  return ptx({f32, f32, f32, f32}, text, operands, /*sideEffects=*/false);
}

Values TileBuilder::loadMatrix(Value shared, int64_t matrices, bool transpose) {
  Type type = i32;
  if (matrices > 1)
    type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(matrices, i32));
  Value loaded = make<NVVM::LdMatrixOp>(
      type, shared, matrices, transpose ? NVVM::MMALayout::col : NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8), NVVM::LdStMatrixEltType::B16);
  if (matrices == 1)
    return {loaded};
  Values pairs;
  for (int64_t i = 0; i < matrices; ++i)
    pairs.push_back(make<LLVM::ExtractValueOp>(loaded, i));
  return pairs;
}

Value TileBuilder::transposeMatrix(Value pair) {
  return ptx({i32}, "movmatrix.sync.aligned.m8n8.trans.b16 $0, $1;", {pair}, /*sideEffects=*/false)[0];
}

void TileBuilder::storeMatrix(ValueRange pairs, Value shared, bool transpose) {
  make<NVVM::StMatrixOp>(shared, pairs, transpose ? NVVM::MMALayout::col : NVVM::MMALayout::row,
                         NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8), NVVM::LdStMatrixEltType::B16);
}

} // namespace samba::gpu
