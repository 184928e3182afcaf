// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @split
// CHECK: %{{.*}} = samba.split %{{.*}} : (tensor<2x5x8xf32>) -> (tensor<2x5x3xf32>, tensor<2x5x5xf32>)
func.func @split(%x: tensor<2x5x8xf32>) {
  %0:2 = samba.split %x : (tensor<2x5x8xf32>) -> (tensor<2x5x3xf32>, tensor<2x5x5xf32>)
  return
}

// CHECK-LABEL: func.func @concat
// CHECK: %{{.*}} = samba.concat %{{.*}}, %{{.*}} : (tensor<2x5x3xf32>, tensor<2x5x5xf32>) -> tensor<2x5x8xf32>
func.func @concat(%a: tensor<2x5x3xf32>, %b: tensor<2x5x5xf32>) {
  %0 = samba.concat %a, %b : (tensor<2x5x3xf32>, tensor<2x5x5xf32>) -> tensor<2x5x8xf32>
  return
}
