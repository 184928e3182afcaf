// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: samba.kernel @linear_0(%{{.*}}: tensor<2x5x8xf32>, %{{.*}}: tensor<12x8xf32>) attributes {row_strides = array<i64: 16, 8, 12>} {
// CHECK:         samba.linear
// CHECK:         samba.yield %{{.*}} : tensor<2x5x12xf32>
samba.kernel @linear_0(%x: tensor<2x5x8xf32>, %w: tensor<12x8xf32>) attributes {row_strides = array<i64: 16, 8, 12>} {
  %y = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<12x8xf32>) -> tensor<2x5x12xf32>
  samba.yield %y : tensor<2x5x12xf32>
}

// What code generation adds; a scalar has a row stride of 1; a kernel may read nothing.
// CHECK-LABEL: samba.kernel @fill_0() attributes {grid = 3 : i64, row_strides = array<i64: 1>, scratch_bytes = 64 : i64} {
samba.kernel @fill_0() attributes {grid = 3, row_strides = array<i64: 1>, scratch_bytes = 64} {
  %y = samba.fill 0.0 : tensor<f32>
  samba.yield %y : tensor<f32>
}

// CHECK-LABEL: func.func @group
// CHECK: %{{.*}}:2 = samba.fused (%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) : (tensor<2x8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
func.func @group(%x: tensor<2x8xf32>, %b: tensor<8xf32>) -> tensor<2x8xf32> {
  %r:2 = samba.fused (%p = %x, %q = %b) : (tensor<2x8xf32>, tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
    %s = samba.add %p, %q : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
    %t = samba.silu %s : (tensor<2x8xf32>) -> tensor<2x8xf32>
    samba.yield %s, %t : tensor<2x8xf32>, tensor<2x8xf32>
  }
  return %r#1 : tensor<2x8xf32>
}
