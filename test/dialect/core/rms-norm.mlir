// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @rms_norm
// CHECK: %{{.*}} = samba.rms_norm %{{.*}}, %{{.*}} {eps = 5.000000e-01 : f64} : (tensor<2x5x8xf32>, tensor<8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5xf32>)
func.func @rms_norm(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>) {
  %0:2 = samba.rms_norm %x, %w {eps = 0.5} : (tensor<2x5x8xf32>, tensor<8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5xf32>)
  return
}

// CHECK-LABEL: func.func @rms_norm_dx
// CHECK: %{{.*}} = samba.rms_norm_dx %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @rms_norm_dx(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xf32>) {
  %0 = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @rms_norm_dw
// CHECK: %{{.*}} = samba.rms_norm_dw %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<8xf32>
func.func @rms_norm_dw(%x: tensor<2x5x8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xf32>) {
  %0 = samba.rms_norm_dw %x, %r, %dy : (tensor<2x5x8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<8xf32>
  return
}
