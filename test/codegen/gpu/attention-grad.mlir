// RUN: samba-opt %s --pass-pipeline='builtin.module(func.func(samba-fuse),samba-plan,samba-emit-kernels{target=sm_90a})' -o %t.mlir
// RUN: FileCheck %s --check-prefix=LAUNCH < %t.mlir
// RUN: samba-opt %t.mlir -samba-assemble-kernels=print=ptx -o /dev/null > %t.ptx
// RUN: FileCheck %s < %t.ptx
// RUN: not grep -E '[[:space:]](atom|red)[.][a-z.:]*f32' %t.ptx
//
// The gradients of attention, by warp groups and TMA for heads of 64, 128 and 256 channels, by single warps for others.
// Where ptxas is installed it has seen all of them: no spill, no stack, no product that it serializes.

// One block for 128 queries of a head; one for 128 keys, after a launch that lays out lse and delta, 64 queries together.
// LAUNCH: samba.kernel @attention_dq_0
// LAUNCH-SAME: function = "attention_dq_0_0", grid = array<i64: 3072, 1, 1>
// LAUNCH: samba.kernel @attention_dkv_0
// LAUNCH-SAME: function = "attention_dkv_0_0", grid = array<i64: 1536, 1, 1>
// LAUNCH-SAME: function = "attention_dkv_0_1", grid = array<i64: 3072, 1, 1>
// LAUNCH-SAME: scratch_bytes = 3170560

// Eleven query heads on one key head, 64 keys in a block: too few blocks, so each has one of the heads, and another launch
// adds up their sums.
// LAUNCH: samba.kernel @attention_dkv_1
// LAUNCH-SAME: function = "attention_dkv_1_1", grid = array<i64: 704, 1, 1>
// LAUNCH-SAME: function = "attention_dkv_1_2", grid = array<i64: 512, 1, 2>

// Wide heads of an unusual size: dk and dv in two launches.
// LAUNCH: samba.kernel @attention_dkv_2
// LAUNCH-SAME: function = "attention_dkv_2_0"
// LAUNCH-SAME: function = "attention_dkv_2_1"
// LAUNCH-SAME: function = "attention_dkv_2_2"

// All gradients in one pass: a block for 128 keys of a head, and a launch that rounds dq. Heads of 256 channels take the
// two passes above.
// LAUNCH: samba.kernel @attention_grad_0
// LAUNCH-SAME: function = "attention_grad_0_1", grid = array<i64: 3072, 1, 1>
// LAUNCH-SAME: function = "attention_grad_0_2", grid = array<i64: 6144, 1, 1>
// LAUNCH: samba.kernel @attention_grad_1
// LAUNCH-SAME: function = "attention_grad_1_1", grid = array<i64: 3072, 1, 1>
// LAUNCH-SAME: function = "attention_grad_1_2", grid = array<i64: 3072, 1, 1>
// LAUNCH: samba.kernel @attention_grad_2
// LAUNCH-SAME: function = "attention_grad_2_0"
// LAUNCH-SAME: function = "attention_grad_2_1"
// LAUNCH-SAME: function = "attention_grad_2_2"

// dq: S, dQ and dP are three batches under way together; P is taken when S is there.
// CHECK-LABEL: .entry attention_dq_0_0
// CHECK: setmaxnreg.inc.sync.aligned.u32 240
// CHECK-COUNT-16: wgmma.mma_async.sync.aligned.m64n96k16
// CHECK: wgmma.wait_group.sync.aligned 1
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n96k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-6: wgmma.mma_async.sync.aligned.m64n128k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n96k16
// CHECK: wgmma.wait_group.sync.aligned 2
// CHECK-COUNT-48: ex2.approx.ftz.f32
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta

// dk and dv: dP and dV, then S of the next queries and dK; each pair of batches shares a wait.
// CHECK-LABEL: .entry attention_dkv_0_1
// CHECK: setmaxnreg.inc.sync.aligned.u32 240
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-4: wgmma.mma_async.sync.aligned.m64n128k16
// CHECK: wgmma.wait_group.sync.aligned 1
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-4: wgmma.mma_async.sync.aligned.m64n128k16
// CHECK: wgmma.wait_group.sync.aligned 1
// CHECK: cp.async.bulk.tensor.4d.global.shared::cta

// 256 channels: a warp group has dv, the other dk.
// CHECK-LABEL: .entry attention_dkv_1_1
// CHECK-COUNT-16: wgmma.mma_async.sync.aligned.m64n32k16
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK-COUNT-16: wgmma.mma_async.sync.aligned.m64n32k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-2: wgmma.mma_async.sync.aligned.m64n256k16
// CHECK: wgmma.wait_group.sync.aligned 1

// CHECK-LABEL: .entry attention_dkv_2_1
// CHECK-NOT: wgmma
// CHECK: mma.sync.aligned.m16n8k16

// A place in the order of blocks. Of queries that only the other's keys are seen by a warp group takes dQ alone, dS being
// 0. One thread adds dQ to the sums of other blocks, in turn. A step: dP and dV; dS to shared memory; S of the next
// queries, dQ and dK: P is taken when the first is there, and dQ handed out when the second is.
// CHECK-LABEL: .entry attention_grad_0_1
// CHECK: atom.add.release.gpu.global.u32
// CHECK: setmaxnreg.inc.sync.aligned.u32 240
// CHECK-COUNT-4: stmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: bar.sync 3, 256
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK: ld.acquire.gpu.global.b32
// CHECK: cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.wait_group.sync.aligned 0
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-4: wgmma.mma_async.sync.aligned.m64n128k16
// CHECK: wgmma.wait_group.sync.aligned 1
// CHECK-COUNT-4: stmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: bar.sync 3, 256
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-8: wgmma.mma_async.sync.aligned.m64n64k16
// CHECK: wgmma.commit_group
// CHECK-COUNT-4: wgmma.mma_async.sync.aligned.m64n128k16
// CHECK: wgmma.wait_group.sync.aligned 2

// Tiles of dq are rounded as soon as all blocks have added to them; one block waits for the launch before.
// CHECK-LABEL: .entry attention_grad_0_2
// CHECK: griddepcontrol.launch_dependents
// CHECK-NOT: griddepcontrol.wait
// CHECK: ld.acquire.gpu.global.b32
// CHECK: st.global.v4.b32
// CHECK: griddepcontrol.wait

// CHECK-LABEL: .entry attention_grad_1_1
// CHECK-COUNT-4: wgmma.mma_async.sync.aligned.m64n128k16
// CHECK: wgmma.wait_group.sync.aligned 0

func.func @heads_of_128(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %lse: tensor<8x12x4096xf32>, %delta: tensor<8x12x4096xf32>, %do: tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 12, window = 2048}
    : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>, tensor<8x12x4096xf32>, tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 12, window = 2048}
    : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>, tensor<8x12x4096xf32>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>)
  return %dq, %dk, %dv : tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>
}

func.func @one_key_head(%q: tensor<1x4096x2816xbf16>, %k: tensor<1x4096x256xbf16>, %v: tensor<1x4096x256xbf16>, %lse: tensor<1x11x4096xf32>, %delta: tensor<1x11x4096xf32>, %do: tensor<1x4096x2816xbf16>) -> (tensor<1x4096x2816xbf16>, tensor<1x4096x256xbf16>, tensor<1x4096x256xbf16>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 11, n_kv_heads = 1, window = 2048}
    : (tensor<1x4096x2816xbf16>, tensor<1x4096x256xbf16>, tensor<1x4096x256xbf16>, tensor<1x11x4096xf32>, tensor<1x11x4096xf32>, tensor<1x4096x2816xbf16>) -> tensor<1x4096x2816xbf16>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 11, n_kv_heads = 1, window = 2048}
    : (tensor<1x4096x2816xbf16>, tensor<1x4096x256xbf16>, tensor<1x4096x256xbf16>, tensor<1x11x4096xf32>, tensor<1x11x4096xf32>, tensor<1x4096x2816xbf16>) -> (tensor<1x4096x256xbf16>, tensor<1x4096x256xbf16>)
  return %dq, %dk, %dv : tensor<1x4096x2816xbf16>, tensor<1x4096x256xbf16>, tensor<1x4096x256xbf16>
}

func.func @odd(%q: tensor<1x333x1200xbf16>, %k: tensor<1x333x400xbf16>, %v: tensor<1x333x400xbf16>, %lse: tensor<1x6x333xf32>, %delta: tensor<1x6x333xf32>, %do: tensor<1x333x1200xbf16>) -> (tensor<1x333x1200xf32>, tensor<1x333x400xf32>, tensor<1x333x400xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 6, n_kv_heads = 2, window = 130}
    : (tensor<1x333x1200xbf16>, tensor<1x333x400xbf16>, tensor<1x333x400xbf16>, tensor<1x6x333xf32>, tensor<1x6x333xf32>, tensor<1x333x1200xbf16>) -> tensor<1x333x1200xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 6, n_kv_heads = 2, window = 130}
    : (tensor<1x333x1200xbf16>, tensor<1x333x400xbf16>, tensor<1x333x400xbf16>, tensor<1x6x333xf32>, tensor<1x6x333xf32>, tensor<1x333x1200xbf16>) -> (tensor<1x333x400xf32>, tensor<1x333x400xf32>)
  return %dq, %dk, %dv : tensor<1x333x1200xf32>, tensor<1x333x400xf32>, tensor<1x333x400xf32>
}

func.func @one_pass_128(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %lse: tensor<8x12x4096xf32>, %delta: tensor<8x12x4096xf32>, %do: tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) {
  %dq, %dk, %dv = samba.attention_grad %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 12, window = 2048}
    : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>, tensor<8x12x4096xf32>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>)
  return %dq, %dk, %dv : tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>
}

func.func @one_pass_64(%q: tensor<8x4096x768xbf16>, %k: tensor<8x4096x768xbf16>, %v: tensor<8x4096x768xbf16>, %lse: tensor<8x12x4096xf32>, %delta: tensor<8x12x4096xf32>, %do: tensor<8x4096x768xbf16>) -> (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>) {
  %dq, %dk, %dv = samba.attention_grad %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 12, window = 2048}
    : (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x12x4096xf32>, tensor<8x12x4096xf32>, tensor<8x4096x768xbf16>) -> (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>)
  return %dq, %dk, %dv : tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>
}

func.func @two_passes(%q: tensor<8x4096x2816xbf16>, %k: tensor<8x4096x256xbf16>, %v: tensor<8x4096x256xbf16>, %lse: tensor<8x11x4096xf32>, %delta: tensor<8x11x4096xf32>, %do: tensor<8x4096x2816xbf16>) -> (tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>) {
  %dq, %dk, %dv = samba.attention_grad %q, %k, %v, %lse, %delta, %do {n_heads = 11, n_kv_heads = 1, window = 2048}
    : (tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>, tensor<8x11x4096xf32>, tensor<8x11x4096xf32>, tensor<8x4096x2816xbf16>) -> (tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>)
  return %dq, %dk, %dv : tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>
}
