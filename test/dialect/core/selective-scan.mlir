// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @selective_scan
// CHECK: %{{.*}} = samba.selective_scan %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {checkpoint = 4 : i64} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
func.func @selective_scan(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>) {
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}

// CHECK-LABEL: func.func @selective_scan_grad
// CHECK: %{{.*}} = samba.selective_scan_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {channel_block = 5 : i64, checkpoint = 4 : i64} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>)
func.func @selective_scan_grad(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %states: tensor<2x3x8x4xf32>, %dy: tensor<2x9x8xf32>) {
  %0:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {channel_block = 5, checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>)
  return
}

// CHECK-LABEL: func.func @selective_scan_step
// CHECK: %{{.*}} = samba.selective_scan_step %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x8x4xf32>) -> (tensor<2x9x8xf32>, tensor<2x8x4xf32>)
func.func @selective_scan_step(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %h: tensor<2x8x4xf32>) {
  %0:2 = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x8x4xf32>) -> (tensor<2x9x8xf32>, tensor<2x8x4xf32>)
  return
}

// CHECK-LABEL: func.func @state
// CHECK: %{{.*}} = samba.selective_scan %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {checkpoint = 4 : i64} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x8x4xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>, tensor<2x8x4xf32>)
func.func @state(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %h: tensor<2x8x4xf32>) {
  %0:3 = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x8x4xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>, tensor<2x8x4xf32>)
  return
}

// CHECK-LABEL: func.func @documents
// CHECK: %{{.*}} = samba.selective_scan %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} in %{{.*}} {checkpoint = 4 : i64} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x9xi32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
// CHECK: %{{.*}} = samba.selective_scan_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} in %{{.*}} {channel_block = 8 : i64, checkpoint = 4 : i64}
func.func @documents(%u: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %D: tensor<8xf32>, %h: tensor<2x8x4xf32>, %documents: tensor<2x9xi32>) {
  %0:2 = samba.selective_scan %u, %u, %A, %B, %B, %D in %documents {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x9xi32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  %1:7 = samba.selective_scan_grad %u, %u, %A, %B, %B, %D, %0#1, %u, %h in %documents {channel_block = 8, checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x9xi32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>, tensor<2x8xf32>, tensor<2x8x4xf32>)
  return
}
