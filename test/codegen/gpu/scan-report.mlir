// REQUIRES: ptxas
// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: FileCheck %s --check-prefix=CUT < %t.mlir
// RUN: samba-opt %t.mlir -samba-assemble-kernels=print=report -o /dev/null | FileCheck %s
//
// How the selective scan is cut at the shapes that are measured, and that as many blocks fit into a multiprocessor as
// it counts on: four of four warps forward, three on the matrix units and backward. (The pass itself fails on a spill.)

// Forward a thread has 128 registers, on the matrix units and backward 168.
// CHECK-DAG: {{^}}selective_scan_0_0: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_1_0: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_1_1: {{([0-9]?[0-9]|1[01][0-9]|12[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_2_0: {{([0-9]?[0-9]|1[01][0-9]|12[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_2_2: {{([0-9]?[0-9]|1[01][0-9]|12[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_grad_0_0: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_grad_1_2: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_grad_1_3: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_grad_2_2: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers

// 8 sequences of 4096: 384 blocks, three for nearly every multiprocessor. Three of 75 KB fit.
// CUT: samba.kernel @selective_scan_0
// CUT: function = "selective_scan_0_0", grid = array<i64: 48, 8, 1>
// CUT-SAME: threads = 128
// CUT: samba.kernel @selective_scan_grad_0
// CUT: function = "selective_scan_grad_0_0", grid = array<i64: 48, 8, 1>
// CUT-SAME: shared_bytes = {{[0-6][0-9][0-9][0-9][0-9]|7[0-5][0-9][0-9][0-9]|76[0-7][0-9][0-9]}} : i64, threads = 128

// 4 sequences of 4608 channels: 288 blocks, two for every multiprocessor and 24 more. Forward their channels get four times
// as many threads, in 96 blocks; backward their time is cut into 5 spans, from states that pieces of these give first. Either
// way they run beside the others.
// CUT: samba.kernel @selective_scan_1
// CUT: carveout = 100 : i64, cluster = 1 : i64, function = "selective_scan_1_0", grid = array<i64: 264, 1, 1>
// CUT-SAME: carveout = 100 : i64, cluster = 1 : i64, function = "selective_scan_1_1", grid = array<i64: 96, 1, 1>
// CUT: samba.kernel @selective_scan_grad_1
// CUT: function = "selective_scan_grad_1_0", grid = array<i64: 24, 1, 16>
// CUT-SAME: carveout = 100 : i64, cluster = 1 : i64, function = "selective_scan_grad_1_2", grid = array<i64: 264, 1, 1>
// CUT-SAME: carveout = 100 : i64, cluster = 1 : i64, function = "selective_scan_grad_1_3", grid = array<i64: 24, 1, 5>

// One sequence of 131,072: spans of time, first from zero, then one after another, then all again.
// CUT: samba.kernel @selective_scan_2
// CUT: function = "selective_scan_2_0", grid = array<i64: 48, 1, 63>
// CUT-SAME: function = "selective_scan_2_1"
// CUT-SAME: function = "selective_scan_2_2", grid = array<i64: {{[0-9]+}}, 1, 64>
// CUT: samba.kernel @selective_scan_grad_2
// CUT: function = "selective_scan_grad_2_0", grid = array<i64: 48, 1, {{[0-9]+}}>
// CUT-SAME: function = "selective_scan_grad_2_2", grid = array<i64: 48, 1, {{[0-9]+}}>

// Checkpoints of 5: segments of 15 tokens. The spans are whole segments, and all but the first have a launch from zero.
// CUT: samba.kernel @selective_scan_grad_3
// CUT: function = "selective_scan_grad_3_0", grid = array<i64: 1, 1, 15>
// CUT-SAME: function = "selective_scan_grad_3_2", grid = array<i64: 1, 1, 16>

func.func @eight(%u: tensor<8x4096x3072xbf16>, %dt: tensor<8x4096x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %z: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>) -> (tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>)
  %gate = samba.silu %z : (tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  %gated = samba.mul %y, %gate : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  return %y, %gated, %s : tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>
}

func.func @eight_backward(%u: tensor<8x4096x3072xbf16>, %dt: tensor<8x4096x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %s: tensor<8x256x3072x16xbf16>, %dy: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 3072}
    : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>, tensor<8x256x3072x16xbf16>, tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>)
  %draw = samba.softplus_grad %dt, %ddt : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  return %du, %draw, %dA, %dB, %dC, %dD : tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>
}

func.func @four(%u: tensor<4x4096x4608xbf16>, %dt: tensor<4x4096x4608xbf16>, %A: tensor<4608x16xf32>, %B: tensor<4x4096x16xbf16>, %C: tensor<4x4096x16xbf16>, %D: tensor<4608xf32>, %z: tensor<4x4096x4608xbf16>) -> (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4608x16xf32>, tensor<4x4096x16xbf16>, tensor<4x4096x16xbf16>, tensor<4608xf32>) -> (tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>)
  %gate = samba.silu %z : (tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  %gated = samba.mul %y, %gate : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  return %y, %gated, %s : tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>
}

func.func @four_backward(%u: tensor<4x4096x4608xbf16>, %dt: tensor<4x4096x4608xbf16>, %A: tensor<4608x16xf32>, %B: tensor<4x4096x16xbf16>, %C: tensor<4x4096x16xbf16>, %D: tensor<4608xf32>, %s: tensor<4x256x4608x16xbf16>, %dy: tensor<4x4096x4608xbf16>) -> (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x4608x16xf32>, tensor<1x4x4096x16xf32>, tensor<1x4x4096x16xf32>, tensor<4x4608xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 4608}
    : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4608x16xf32>, tensor<4x4096x16xbf16>, tensor<4x4096x16xbf16>, tensor<4608xf32>, tensor<4x256x4608x16xbf16>, tensor<4x4096x4608xbf16>) -> (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x4608x16xf32>, tensor<1x4x4096x16xf32>, tensor<1x4x4096x16xf32>, tensor<4x4608xf32>)
  %draw = samba.softplus_grad %dt, %ddt : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  return %du, %draw, %dA, %dB, %dC, %dD : tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x4608x16xf32>, tensor<1x4x4096x16xf32>, tensor<1x4x4096x16xf32>, tensor<4x4608xf32>
}

func.func @one(%u: tensor<1x131072x3072xbf16>, %dt: tensor<1x131072x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<1x131072x16xbf16>, %C: tensor<1x131072x16xbf16>, %D: tensor<3072xf32>, %z: tensor<1x131072x3072xbf16>) -> (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x8192x3072x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<3072x16xf32>, tensor<1x131072x16xbf16>, tensor<1x131072x16xbf16>, tensor<3072xf32>) -> (tensor<1x131072x3072xbf16>, tensor<1x8192x3072x16xbf16>)
  %gate = samba.silu %z : (tensor<1x131072x3072xbf16>) -> tensor<1x131072x3072xbf16>
  %gated = samba.mul %y, %gate : (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>) -> tensor<1x131072x3072xbf16>
  return %y, %gated, %s : tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x8192x3072x16xbf16>
}

func.func @one_backward(%u: tensor<1x131072x3072xbf16>, %dt: tensor<1x131072x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<1x131072x16xbf16>, %C: tensor<1x131072x16xbf16>, %D: tensor<3072xf32>, %s: tensor<1x8192x3072x16xbf16>, %dy: tensor<1x131072x3072xbf16>) -> (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x3072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x3072xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 3072}
    : (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<3072x16xf32>, tensor<1x131072x16xbf16>, tensor<1x131072x16xbf16>, tensor<3072xf32>, tensor<1x8192x3072x16xbf16>, tensor<1x131072x3072xbf16>) -> (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x3072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x3072xf32>)
  %draw = samba.softplus_grad %dt, %ddt : (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>) -> tensor<1x131072x3072xbf16>
  return %du, %draw, %dA, %dB, %dC, %dD : tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x3072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x3072xf32>
}

func.func @spans_of_segments(%u: tensor<1x4096x8xbf16>, %dt: tensor<1x4096x8xbf16>, %A: tensor<8x16xf32>, %B: tensor<1x4096x16xbf16>, %C: tensor<1x4096x16xbf16>, %D: tensor<8xf32>, %s: tensor<1x820x8x16xbf16>, %dy: tensor<1x4096x8xbf16>) -> (tensor<1x4096x8xbf16>, tensor<1x4096x8xbf16>, tensor<1x8x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x8xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 5, channel_block = 8}
    : (tensor<1x4096x8xbf16>, tensor<1x4096x8xbf16>, tensor<8x16xf32>, tensor<1x4096x16xbf16>, tensor<1x4096x16xbf16>, tensor<8xf32>, tensor<1x820x8x16xbf16>, tensor<1x4096x8xbf16>) -> (tensor<1x4096x8xbf16>, tensor<1x4096x8xbf16>, tensor<1x8x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x8xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x4096x8xbf16>, tensor<1x4096x8xbf16>, tensor<1x8x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x8xf32>
}
