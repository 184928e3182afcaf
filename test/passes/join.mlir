// RUN: samba-opt %s -samba-join | FileCheck %s

// CHECK-LABEL: func.func @norm(
// CHECK: %[[DX:.*]], %[[DW:.*]] = samba.rms_norm_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xbf16>) -> (tensor<2x5x8xf32>, tensor<8xf32>)
// CHECK-NEXT: %[[Y:.*]] = samba.neg %[[DX]]
// CHECK-NEXT: return %[[Y]], %[[DW]]
func.func @norm(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xbf16>) -> (tensor<2x5x8xf32>, tensor<8xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xbf16>) -> tensor<2x5x8xf32>
  %y = samba.neg %dx : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<2x5x8xf32>, tensor<2x5xf32>, tensor<2x5x8xbf16>) -> tensor<8xf32>
  return %y, %dw : tensor<2x5x8xf32>, tensor<8xf32>
}

// Of another dy.
// CHECK-LABEL: func.func @apart(
// CHECK: samba.rms_norm_dx
// CHECK-NEXT: samba.rms_norm_dw
func.func @apart(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xf32>, %other: tensor<2x5x8xf32>)
    -> (tensor<2x5x8xf32>, tensor<8xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %dw = samba.rms_norm_dw %x, %r, %other : (tensor<2x5x8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<8xf32>
  return %dx, %dw : tensor<2x5x8xf32>, tensor<8xf32>
}
