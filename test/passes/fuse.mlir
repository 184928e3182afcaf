// RUN: samba-opt %s -samba-fuse | FileCheck %s
// RUN: samba-opt %s -samba-fuse=epilogues=false | FileCheck %s --check-prefix=NOEPILOGUE
// RUN: samba-opt %s -samba-fuse=prologues=false | FileCheck %s --check-prefix=NOPROLOGUE
// RUN: samba-opt %s -samba-fuse -samba-check-stage=stage=03-fused -o /dev/null

// Bias, activation and residual follow the product in one group.
// CHECK-LABEL: func.func @epilogue(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x5x8xf32>, %[[W:[a-z0-9]+]]: tensor<6x8xf32>, %[[R:[a-z0-9]+]]: tensor<2x5x6xf32>, %[[B:[a-z0-9]+]]: tensor<6xf32>
// CHECK: %[[Y:.*]] = samba.fused (%[[A0:.*]] = %[[X]], %[[A1:.*]] = %[[W]], %[[A2:.*]] = %[[B]], %[[A3:.*]] = %[[R]]) :
// CHECK-NEXT: %[[L:.*]] = samba.linear %[[A0]], %[[A1]]
// CHECK-NEXT: %[[L1:.*]] = samba.add %[[L]], %[[A2]]
// CHECK-NEXT: %[[L2:.*]] = samba.silu %[[L1]]
// CHECK-NEXT: %[[L3:.*]] = samba.add %[[A3]], %[[L2]]
// CHECK-NEXT: samba.yield %[[L3]] :
// CHECK: return %[[Y]]
// NOEPILOGUE-LABEL: func.func @epilogue(
// NOEPILOGUE: samba.linear
// NOEPILOGUE-NEXT: samba.fused
// NOEPILOGUE-NEXT: samba.add
func.func @epilogue(%x: tensor<2x5x8xf32>, %w: tensor<6x8xf32>, %r: tensor<2x5x6xf32>, %b: tensor<6xf32>) -> tensor<2x5x6xf32> {
  %0 = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<6x8xf32>) -> tensor<2x5x6xf32>
  %1 = samba.add %0, %b : (tensor<2x5x6xf32>, tensor<6xf32>) -> tensor<2x5x6xf32>
  %2 = samba.silu %1 : (tensor<2x5x6xf32>) -> tensor<2x5x6xf32>
  %3 = samba.add %r, %2 : (tensor<2x5x6xf32>, tensor<2x5x6xf32>) -> tensor<2x5x6xf32>
  return %3 : tensor<2x5x6xf32>
}

// What others read leaves the group too.
// CHECK-LABEL: func.func @outputs(
// CHECK: %[[Y:.*]]:2 = samba.fused
// CHECK-NEXT: %[[L:.*]] = samba.linear
// CHECK-NEXT: %[[S:.*]] = samba.silu %[[L]]
// CHECK-NEXT: samba.yield %[[L]], %[[S]]
// CHECK: %[[Z:.*]] = samba.linear %[[Y]]#1,
// CHECK: return %[[Y]]#0, %[[Z]]
func.func @outputs(%x: tensor<2x5x8xf32>, %w: tensor<6x8xf32>, %w2: tensor<6x6xf32>) -> (tensor<2x5x6xf32>, tensor<2x5x6xf32>) {
  %0 = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<6x8xf32>) -> tensor<2x5x6xf32>
  %1 = samba.silu %0 : (tensor<2x5x6xf32>) -> tensor<2x5x6xf32>
  %2 = samba.linear %1, %w2 : (tensor<2x5x6xf32>, tensor<6x6xf32>) -> tensor<2x5x6xf32>
  return %0, %2 : tensor<2x5x6xf32>, tensor<2x5x6xf32>
}

// The sum needs a reduction of the whole product, which would have to run inside the group: all three stay apart.
// CHECK-LABEL: func.func @past_a_user(
// CHECK-NOT: samba.fused
// CHECK: %[[Y:.*]] = samba.linear
// CHECK-NEXT: %[[S:.*]] = samba.sum_rows %[[Y]]
// CHECK-NEXT: samba.add %[[Y]], %[[S]]
func.func @past_a_user(%x: tensor<2x5x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x5x8xf32> {
  %0 = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<8x8xf32>) -> tensor<2x5x8xf32>
  %1 = samba.sum_rows %0 : (tensor<2x5x8xf32>) -> tensor<8xf32>
  %2 = samba.add %0, %1 : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return %2 : tensor<2x5x8xf32>
}

// SwiGLU: each product has its own group; the gate's comes first, the other multiplies by it.
// CHECK-LABEL: func.func @two_roots(
// CHECK: %[[GATE:.*]] = samba.fused
// CHECK-NEXT: samba.linear
// CHECK-NEXT: samba.silu
// CHECK: samba.fused ({{.*}}%[[G:[a-z0-9]+]] = %[[GATE]])
// CHECK-NEXT: %[[UP:.*]] = samba.linear
// CHECK-NEXT: samba.mul %[[G]], %[[UP]]
func.func @two_roots(%x: tensor<2x5x8xf32>, %w: tensor<6x8xf32>, %w2: tensor<6x8xf32>) -> tensor<2x5x6xf32> {
  %0 = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<6x8xf32>) -> tensor<2x5x6xf32>
  %1 = samba.linear %x, %w2 : (tensor<2x5x8xf32>, tensor<6x8xf32>) -> tensor<2x5x6xf32>
  %2 = samba.silu %0 : (tensor<2x5x6xf32>) -> tensor<2x5x6xf32>
  %3 = samba.mul %2, %1 : (tensor<2x5x6xf32>, tensor<2x5x6xf32>) -> tensor<2x5x6xf32>
  return %3 : tensor<2x5x6xf32>
}

// A product reads its operand many times: the silu before it stays outside, although the residual reads it as well.
// CHECK-LABEL: func.func @read_by_the_root(
// CHECK: %[[S:.*]] = samba.silu
// CHECK-NEXT: samba.fused (%[[A:.*]] = %[[S]],
// CHECK-NEXT: %[[L:.*]] = samba.linear %[[A]],
// CHECK-NEXT: samba.add %[[L]], %[[A]]
func.func @read_by_the_root(%x: tensor<2x5x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x5x8xf32> {
  %0 = samba.silu %x : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %1 = samba.linear %0, %w : (tensor<2x5x8xf32>, tensor<8x8xf32>) -> tensor<2x5x8xf32>
  %2 = samba.add %1, %0 : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return %2 : tensor<2x5x8xf32>
}

// The scan reads each element of its step once: softplus comes in with it.
// CHECK-LABEL: func.func @prologue(
// CHECK: samba.fused
// CHECK-NEXT: %[[B:.*]] = samba.add
// CHECK-NEXT: %[[DT:.*]] = samba.softplus %[[B]]
// CHECK-NEXT: samba.selective_scan_step %{{[^,]*}}, %[[DT]],
// CHECK-NEXT: samba.yield
// NOPROLOGUE-LABEL: func.func @prologue(
// NOPROLOGUE: samba.fused
// NOPROLOGUE-NEXT: samba.add
// NOPROLOGUE-NEXT: samba.softplus
// NOPROLOGUE-NEXT: samba.yield
// NOPROLOGUE: samba.selective_scan_step
func.func @prologue(%u: tensor<2x5x8xf32>, %d: tensor<2x5x8xf32>, %bias: tensor<8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x5x4xf32>,
                    %D: tensor<8xf32>, %h: tensor<2x8x4xf32>) -> (tensor<2x5x8xf32>, tensor<2x8x4xf32>) {
  %0 = samba.add %d, %bias : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  %1 = samba.softplus %0 : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %y, %n = samba.selective_scan_step %u, %1, %A, %B, %B, %D, %h
    : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<8xf32>, tensor<2x8x4xf32>)
    -> (tensor<2x5x8xf32>, tensor<2x8x4xf32>)
  return %y, %n : tensor<2x5x8xf32>, tensor<2x8x4xf32>
}

// Read by others as well, it is computed once, before.
// CHECK-LABEL: func.func @no_prologue(
// CHECK: %[[DT:.*]] = samba.softplus
// CHECK: samba.selective_scan_step %{{[^,]*}}, %[[DT]],
func.func @no_prologue(%u: tensor<2x5x8xf32>, %d: tensor<2x5x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x5x4xf32>,
                       %D: tensor<8xf32>, %h: tensor<2x8x4xf32>) -> (tensor<2x8x4xf32>, tensor<2x5x8xf32>) {
  %1 = samba.softplus %d : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %y, %n = samba.selective_scan_step %u, %1, %A, %B, %B, %D, %h
    : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<8xf32>, tensor<2x8x4xf32>)
    -> (tensor<2x5x8xf32>, tensor<2x8x4xf32>)
  return %n, %1 : tensor<2x8x4xf32>, tensor<2x5x8xf32>
}

// Element-wise ops alone share a pass over memory.
// CHECK-LABEL: func.func @elementwise(
// CHECK: %[[Y:.*]]:2 = samba.fused
// CHECK-NEXT: %[[N:.*]] = samba.neg
// CHECK-NEXT: %[[E:.*]] = samba.exp %[[N]]
// CHECK-NEXT: %[[S:.*]] = samba.silu %[[N]]
// CHECK-NEXT: samba.yield %[[E]], %[[S]]
func.func @elementwise(%x: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %0 = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %1 = samba.exp %0 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %2 = samba.silu %0 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return %1, %2 : tensor<2x8xf32>, tensor<2x8xf32>
}

// What is marked to be computed again does not join the group that computed it first, which would keep it; the mark goes.
// CHECK-LABEL: func.func @recomputed(
// CHECK: samba.fused
// CHECK-NEXT: samba.linear
// CHECK-NEXT: samba.silu
// CHECK-NEXT: samba.yield
// CHECK: samba.silu
// CHECK-NOT: samba.recomputed
// CHECK: return
func.func @recomputed(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %0 = samba.linear %x, %w : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  %1 = samba.silu %0 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %2 = samba.linear %1, %w : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
  %3 = samba.silu %0 {samba.recomputed} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return %2, %3 : tensor<2x8xf32>, tensor<2x8xf32>
}
