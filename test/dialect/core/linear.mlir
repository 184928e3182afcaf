// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @linear
// CHECK: %{{.*}} = samba.linear %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<12x8xf32>) -> tensor<2x5x12xf32>
func.func @linear(%x: tensor<2x5x8xf32>, %w: tensor<12x8xf32>) {
  %0 = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<12x8xf32>) -> tensor<2x5x12xf32>
  return
}

// CHECK-LABEL: func.func @linear_rows
// CHECK: %{{.*}} = samba.linear %{{.*}}, %{{.*}} : (tensor<1x8xf32>, tensor<3x8xf32>) -> tensor<1x3xf32>
func.func @linear_rows(%x: tensor<1x8xf32>, %w: tensor<3x8xf32>) {
  %0 = samba.linear %x, %w : (tensor<1x8xf32>, tensor<3x8xf32>) -> tensor<1x3xf32>
  return
}

// CHECK-LABEL: func.func @linear_dx
// CHECK: %{{.*}} = samba.linear_dx %{{.*}}, %{{.*}} : (tensor<2x5x12xf32>, tensor<12x8xf32>) -> tensor<2x5x8xf32>
func.func @linear_dx(%dy: tensor<2x5x12xf32>, %w: tensor<12x8xf32>) {
  %0 = samba.linear_dx %dy, %w : (tensor<2x5x12xf32>, tensor<12x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @linear_dw
// CHECK: %{{.*}} = samba.linear_dw %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5x12xf32>) -> tensor<12x8xf32>
func.func @linear_dw(%x: tensor<2x5x8xf32>, %dy: tensor<2x5x12xf32>) {
  %0 = samba.linear_dw %x, %dy : (tensor<2x5x8xf32>, tensor<2x5x12xf32>) -> tensor<12x8xf32>
  return
}
