// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: samba-opt %t.mlir %{ptx} | %{count} | FileCheck %s
// RUN: FileCheck %s --check-prefix=NVVM < %t.mlir
//
// Attention: whole heads of 128 channels go through TMA and wgmma, with a producer and consumers; heads that TMA cannot
// address go through mma.sync.

// NVVM: samba.kernel @windowed_attention_0
// NVVM-SAME: map = {box = array<i64: {{[0-9, ]+}}>, dtype = "bf16"{{.*}}swizzle = 128
// 384 items for 132 blocks: block 0 has three of them, the longest of a head, a short one, and one of those between.
// NVVM: llvm.mlir.global internal constant @windowed_attention_0_0_constants(dense<"0x0300000000000000040100001C000000
// NVVM: llvm.func @windowed_attention_0_0({{.*}}llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant
// NVVM: nvvm.setmaxregister

// Both products of a tile, every one between a fence and a commit; no scores leave the registers.
// CHECK: function windowed_attention_0_0
// CHECK-NOT: {{atom|ld\.local}}
// CHECK-DAG: cp.async.bulk.tensor.4d.global.shared::cta.tile.bulk_group
// CHECK-DAG: cp.async.bulk.tensor.4d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
// CHECK-DAG: ex2.approx.ftz.f32
// CHECK-DAG: mbarrier.arrive.expect_tx.shared.b64
// CHECK-DAG: mbarrier.try_wait.parity.shared::cta.b64
// CHECK-DAG: {{^}}  1 setmaxnreg.dec.sync.aligned.u32
// CHECK-DAG: {{^}}  1 setmaxnreg.inc.sync.aligned.u32
// CHECK-NOT: st.global.v
// CHECK: {{^}}  [[PRODUCTS:[0-9]+]] wgmma.commit_group.sync.aligned
// CHECK-NEXT: {{^}}  [[PRODUCTS]] wgmma.fence.sync.aligned
// CHECK-NEXT: wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16

// CHECK: function windowed_attention_1_0
// CHECK-NOT: wgmma
// CHECK-DAG: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-DAG: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK-DAG: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32

func.func @windowed(%q: tensor<1x4096x1536xbf16>, %k: tensor<1x4096x1536xbf16>, %v: tensor<1x4096x1536xbf16>) -> (tensor<1x4096x1536xbf16>, tensor<1x12x4096xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048} : (tensor<1x4096x1536xbf16>, tensor<1x4096x1536xbf16>, tensor<1x4096x1536xbf16>) -> (tensor<1x4096x1536xbf16>, tensor<1x12x4096xf32>)
  return %o, %lse : tensor<1x4096x1536xbf16>, tensor<1x12x4096xf32>
}

func.func @small(%q: tensor<1x63x96xbf16>, %k: tensor<1x63x32xbf16>, %v: tensor<1x63x32xbf16>) -> (tensor<1x63x96xbf16>, tensor<1x12x63xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 4, window = 16} : (tensor<1x63x96xbf16>, tensor<1x63x32xbf16>, tensor<1x63x32xbf16>) -> (tensor<1x63x96xbf16>, tensor<1x12x63xf32>)
  return %o, %lse : tensor<1x63x96xbf16>, tensor<1x12x63xf32>
}
