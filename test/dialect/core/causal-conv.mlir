// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @causal_conv
// CHECK: %{{.*}} = samba.causal_conv %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
func.func @causal_conv(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>) {
  %0 = samba.causal_conv %x, %w : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @causal_conv_state
// CHECK: %{{.*}} = samba.causal_conv %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x3x8xf32>) -> tensor<2x5x8xf32>
func.func @causal_conv_state(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %state: tensor<2x3x8xf32>) {
  %0 = samba.causal_conv %x, %w, %state : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x3x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @causal_conv_dx
// CHECK: %{{.*}} = samba.causal_conv_dx %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
func.func @causal_conv_dx(%dy: tensor<2x5x8xf32>, %w: tensor<8x4xf32>) {
  %0 = samba.causal_conv_dx %dy, %w : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @causal_conv_dw
// CHECK: %{{.*}} = samba.causal_conv_dw %{{.*}}, %{{.*}} {d_conv = 4 : i64} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<8x4xf32>
func.func @causal_conv_dw(%x: tensor<2x5x8xf32>, %dy: tensor<2x5x8xf32>) {
  %0 = samba.causal_conv_dw %x, %dy {d_conv = 4} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<8x4xf32>
  return
}

// CHECK-LABEL: func.func @causal_conv_silu_grad
// CHECK: %{{.*}}, %{{.*}}, %{{.*}} = samba.causal_conv_silu_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>)
func.func @causal_conv_silu_grad(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %b: tensor<8xf32>, %dy: tensor<2x5x8xf32>) {
  %0:3 = samba.causal_conv_silu_grad %x, %w, %b, %dy : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>)
  return
}

// CHECK-LABEL: func.func @conv_state
// CHECK: %{{.*}} = samba.conv_state %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
func.func @conv_state(%x: tensor<2x5x8xf32>, %state: tensor<2x3x8xf32>) {
  %0 = samba.conv_state %x, %state : (tensor<2x5x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}

// CHECK-LABEL: func.func @documents
// CHECK: %{{.*}} = samba.causal_conv %{{.*}}, %{{.*}}, %{{.*}} in %{{.*}} : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x3x8xf32>, tensor<2x5xi32>) -> tensor<2x5x8xf32>
// CHECK: %{{.*}} = samba.causal_conv_dx %{{.*}}, %{{.*}} in %{{.*}} : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5xi32>) -> tensor<2x5x8xf32>
// CHECK: %{{.*}} = samba.causal_conv_dw %{{.*}}, %{{.*}}, %{{.*}} in %{{.*}} {d_conv = 4 : i64} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x3x8xf32>, tensor<2x5xi32>) -> tensor<8x4xf32>
// CHECK: %{{.*}} = samba.causal_conv_dstate %{{.*}}, %{{.*}} in %{{.*}} : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5xi32>) -> tensor<2x3x8xf32>
func.func @documents(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %state: tensor<2x3x8xf32>, %documents: tensor<2x5xi32>) {
  %0 = samba.causal_conv %x, %w, %state in %documents : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x3x8xf32>, tensor<2x5xi32>) -> tensor<2x5x8xf32>
  %1 = samba.causal_conv_dx %x, %w in %documents : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5xi32>) -> tensor<2x5x8xf32>
  %2 = samba.causal_conv_dw %x, %x, %state in %documents {d_conv = 4} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x3x8xf32>, tensor<2x5xi32>) -> tensor<8x4xf32>
  %3 = samba.causal_conv_dstate %x, %w in %documents : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5xi32>) -> tensor<2x3x8xf32>
  return
}

// CHECK-LABEL: func.func @conv_state_grad
// CHECK: %{{.*}} = samba.conv_state_grad %{{.*}} {tokens = 5 : i64} : (tensor<2x3x8xf32>) -> (tensor<2x5x8xf32>, tensor<2x3x8xf32>)
func.func @conv_state_grad(%dnext: tensor<2x3x8xf32>) {
  %0:2 = samba.conv_state_grad %dnext {tokens = 5} : (tensor<2x3x8xf32>) -> (tensor<2x5x8xf32>, tensor<2x3x8xf32>)
  return
}
