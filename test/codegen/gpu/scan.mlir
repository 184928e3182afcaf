// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: samba-opt %t.mlir %{ptx} | %{count} | FileCheck %s
// RUN: FileCheck %s --check-prefix=NVVM < %t.mlir
//
// The selective scan: one exponential for each token, channel and state, as 2^x. The sums over channels and states that
// the gradient needs ride on the matrix units, and cross blocks in a fixed order: nothing is atomic, nothing shuffled.

// NVVM: samba.kernel @selective_scan_0
// NVVM: module @sm_90a
// NVVM: llvm.func @selective_scan_0_0({{.*}}nvvm.kernel
// NVVM: nvvm.griddepcontrol wait
// NVVM: nvvm.griddepcontrol launch_dependents
// NVVM-NOT: atomic

// On the matrix units a thread has two channels and four states of each: 16 tokens, of whose 8 exponentials one is a
// polynomial, two products into the state and two into y.
// CHECK: function selective_scan_0_0
// CHECK: {{^}}  112 ex2.approx.ftz.f32
// CHECK: {{^}}  32 mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32
// CHECK-NEXT: {{^}}  32 mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK-NOT: {{ (atom|red)\.|\.local|shfl}}

// Where documents share a row a thread has 8 states of a channel, and adds them up with its neighbour.
// CHECK: function selective_scan_1_0
// CHECK-NOT: mma.sync
// CHECK: {{^}}  256 ex2.approx.ftz.f32
// CHECK-NEXT: fma.rn.f32
// CHECK: {{^}}  1 griddepcontrol.launch_dependents
// CHECK-NEXT: {{^}}  1 griddepcontrol.wait
// CHECK-NOT: .local
// CHECK: st.global.v4.b32

// 16 tokens forward, and 8 backward in a loop of two rounds, 8 states of each in a thread.
// CHECK: function selective_scan_grad_0_0
// CHECK-NOT: {{ (atom|red)\.|\.local}}
// CHECK: {{^}}  192 ex2.approx.ftz.f32
// CHECK: {{^}}  8 ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-NEXT: {{^}}  8 ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: {{^}}  26 mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: {{^}}  32 movmatrix.sync.aligned.m8n8.trans.b16
// CHECK: {{^}}  1 shfl.sync.idx.b32
// CHECK-NOT: {{ (atom|red)\.|\.local|shfl}}
// CHECK: {{^}}  17 stmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: function selective_scan_grad_0_1
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// One token: the state is read and written once, 16 bytes at a time.
// CHECK: function selective_scan_step_0_0
// CHECK: {{^}}  4 ex2.approx.ftz.f32
// CHECK: {{^}}  1 st.global.v4.b32

func.func @scan(%u: tensor<2x512x3072xbf16>, %dt: tensor<2x512x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<2x512x16xbf16>, %C: tensor<2x512x16xbf16>, %D: tensor<3072xf32>) -> (tensor<2x512x3072xbf16>, tensor<2x32x3072x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<2x512x3072xbf16>, tensor<2x512x3072xbf16>, tensor<3072x16xf32>, tensor<2x512x16xbf16>, tensor<2x512x16xbf16>, tensor<3072xf32>) -> (tensor<2x512x3072xbf16>, tensor<2x32x3072x16xf32>)
  return %y, %s : tensor<2x512x3072xbf16>, tensor<2x32x3072x16xf32>
}

func.func @packed(%u: tensor<2x512x3072xbf16>, %dt: tensor<2x512x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<2x512x16xbf16>, %C: tensor<2x512x16xbf16>, %D: tensor<3072xf32>, %documents: tensor<2x512xi32>) -> (tensor<2x512x3072xbf16>, tensor<2x32x3072x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 16} : (tensor<2x512x3072xbf16>, tensor<2x512x3072xbf16>, tensor<3072x16xf32>, tensor<2x512x16xbf16>, tensor<2x512x16xbf16>, tensor<3072xf32>, tensor<2x512xi32>) -> (tensor<2x512x3072xbf16>, tensor<2x32x3072x16xf32>)
  return %y, %s : tensor<2x512x3072xbf16>, tensor<2x32x3072x16xf32>
}

func.func @gradient(%u: tensor<8x4096x3072xbf16>, %dt: tensor<8x4096x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %s: tensor<8x256x3072x16xbf16>, %dy: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 3072}
    : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>, tensor<8x256x3072x16xbf16>, tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>
}

func.func @step(%u: tensor<16x1x3072xbf16>, %dt: tensor<16x1x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<16x1x16xbf16>, %C: tensor<16x1x16xbf16>, %D: tensor<3072xf32>, %h: tensor<16x3072x16xf32>) -> (tensor<16x1x3072xbf16>, tensor<16x3072x16xf32>) {
  %y, %n = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h
    : (tensor<16x1x3072xbf16>, tensor<16x1x3072xbf16>, tensor<3072x16xf32>, tensor<16x1x16xbf16>, tensor<16x1x16xbf16>, tensor<3072xf32>, tensor<16x3072x16xf32>) -> (tensor<16x1x3072xbf16>, tensor<16x3072x16xf32>)
  return %y, %n : tensor<16x1x3072xbf16>, tensor<16x3072x16xf32>
}
