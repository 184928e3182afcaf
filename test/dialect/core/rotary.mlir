// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @rotary
// CHECK: %{{.*}} = samba.rotary %{{.*}} {head_dim = 4 : i64, theta = 1.000000e+04 : f64} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @rotary(%x: tensor<2x5x8xf32>) {
  %0 = samba.rotary %x {head_dim = 4, theta = 10000.0} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @rotary_position
// CHECK: %{{.*}} = samba.rotary %{{.*}}, %{{.*}} {head_dim = 4 : i64, theta = 1.000000e+04 : f64} : (tensor<2x5x8xf32>, tensor<2xi64>) -> tensor<2x5x8xf32>
func.func @rotary_position(%x: tensor<2x5x8xf32>, %position: tensor<2xi64>) {
  %0 = samba.rotary %x, %position {head_dim = 4, theta = 10000.0} : (tensor<2x5x8xf32>, tensor<2xi64>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @rotary_inverse
// CHECK: %{{.*}} = samba.rotary %{{.*}} {head_dim = 8 : i64, inverse, theta = 1.000000e+04 : f64} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @rotary_inverse(%x: tensor<2x5x8xf32>) {
  %0 = samba.rotary %x {head_dim = 8, inverse, theta = 10000.0} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
