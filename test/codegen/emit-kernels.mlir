// RUN: samba-opt %s -samba-emit-kernels -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: FileCheck %s --check-prefix=ONCE < %t.mlir
// RUN: samba-opt %t.mlir -o /dev/null

// Cells and scratch per thread of each kernel; a large one has more cells.
// CHECK: samba.kernel @neg_0({{.*}} attributes {grid = 1 : i64, {{.*}}scratch_bytes = 0 : i64}
// CHECK: samba.kernel @neg_1({{.*}} attributes {grid = {{[1-9][0-9]+}} : i64,
// CHECK: samba.kernel @linear_0({{.*}} attributes {grid = {{[0-9]+}} : i64, {{.*}}scratch_bytes = {{[1-9][0-9]+}} : i64}

// Rows of 21 channels, 32 apart on the way in: one vector of 16 and a masked rest of 5; with 8 lanes two and a rest of 5.
// CHECK: module @avx512 {
// CHECK: func.func @neg_0_avx512(%{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: !llvm.ptr) {
// CHECK: scf.for
// CHECK: arith.constant 32 : i64
// CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
// CHECK: arith.negf %{{.*}} : vector<16xf32>
// CHECK: llvm.store %{{.*}} : vector<16xf32>, !llvm.ptr
// CHECK: arith.constant 5 : i32
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xf32>
// CHECK: arith.negf
// CHECK: llvm.intr.masked.store {{.*}} vector<16xf32>, vector<16xi1> into !llvm.ptr
// CHECK: return
// CHECK: func.func @linear_0_avx512(
// CHECK: module @avx2 {
// CHECK: func.func @neg_0_avx2(
// CHECK: llvm.load {{.*}} -> vector<8xf32>
// CHECK: llvm.intr.masked.load {{.*}} -> vector<8xf32>
// CHECK: llvm.intr.masked.store {{.*}} vector<8xf32>, vector<8xi1> into !llvm.ptr
// CHECK-NOT: vector<16xf32>
// CHECK: func.func @linear_0_avx2(

// Two products of other shapes share one matrix product per instruction set.
// ONCE: module @avx512
// ONCE: func.func @linear_0_avx512
// ONCE: call @gemm(
// ONCE: func.func private @gemm(
// ONCE-NOT: func.func private @gemm(
// ONCE: func.func @linear_1_avx512
// ONCE: call @gemm(
// ONCE-NOT: func.func private @gemm(
// ONCE: module @avx2
// ONCE: func.func private @gemm(
// ONCE-NOT: func.func private @gemm(
// ONCE: func.func @linear_1_avx2

samba.kernel @neg_0(%x: tensor<3x21xf32>) attributes {row_strides = array<i64: 32, 21>} {
  %y = samba.neg %x : (tensor<3x21xf32>) -> tensor<3x21xf32>
  samba.yield %y : tensor<3x21xf32>
}
samba.kernel @neg_1(%x: tensor<1000x1000xf32>) attributes {row_strides = array<i64: 1000, 1000>} {
  %y = samba.neg %x : (tensor<1000x1000xf32>) -> tensor<1000x1000xf32>
  samba.yield %y : tensor<1000x1000xf32>
}
samba.kernel @linear_0(%x: tensor<64x40xf32>, %w: tensor<24x40xf32>) attributes {row_strides = array<i64: 40, 40, 24>} {
  %y = samba.linear %x, %w : (tensor<64x40xf32>, tensor<24x40xf32>) -> tensor<64x24xf32>
  samba.yield %y : tensor<64x24xf32>
}
samba.kernel @linear_1(%x: tensor<96x40xf32>, %w: tensor<24x40xf32>) attributes {row_strides = array<i64: 40, 40, 24>} {
  %y = samba.linear %x, %w : (tensor<96x40xf32>, tensor<24x40xf32>) -> tensor<96x24xf32>
  samba.yield %y : tensor<96x24xf32>
}
