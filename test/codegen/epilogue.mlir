// RUN: samba-opt %s -samba-emit-kernels | FileCheck %s

// A group is one function. What follows the root is evaluated as it is written, and an output that does not depend on
// the root as well; all values before the first store, as an output may be written over an input.
// CHECK: module @avx512
// CHECK: func.func @linear_0_avx512(
// CHECK: arith.negf %[[G:.*]] :
// CHECK: arith.mulf
// CHECK: llvm.store
// CHECK: llvm.store
samba.kernel @linear_0(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %g: tensor<4x16xf32>) attributes {row_strides = array<i64: 8, 8, 16, 16, 16>} {
  %y = samba.linear %x, %w : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  %a = samba.neg %g : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %b = samba.neg %a : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %z = samba.mul %y, %a : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
  samba.yield %b, %z : tensor<4x16xf32>, tensor<4x16xf32>
}
