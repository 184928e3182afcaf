// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @sum_rows
// CHECK: %{{.*}} = samba.sum_rows %{{.*}} : (tensor<2x5x8xf32>) -> tensor<8xf32>
func.func @sum_rows(%x: tensor<2x5x8xf32>) {
  %0 = samba.sum_rows %x : (tensor<2x5x8xf32>) -> tensor<8xf32>
  return
}

// CHECK-LABEL: func.func @sum_leading
// CHECK: %{{.*}} = samba.sum_leading %{{.*}} : (tensor<3x5x8xf32>) -> tensor<5x8xf32>
func.func @sum_leading(%x: tensor<3x5x8xf32>) {
  %0 = samba.sum_leading %x : (tensor<3x5x8xf32>) -> tensor<5x8xf32>
  return
}
