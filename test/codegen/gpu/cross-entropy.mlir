// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: samba-opt %t.mlir %{ptx} | %{count} | FileCheck %s
// RUN: FileCheck %s --check-prefix=TABLE < %t.mlir
//
// The head with its loss, and its gradient in chunks of rows: four products, and no logit leaves them as f32.

// The pairs of the loss are [125 tile columns, 8192 rows, 2], the chosen logits [8192].
// TABLE: samba.kernel @linear_cross_entropy_0
// TABLE-SAME: scratch_bytes = 8224768
// Two chunks of 4096 rows, bf16: dw begins as what it is added to, then dz, dx and dw, and all three once more.
// TABLE: samba.kernel @linear_cross_entropy_grad_0
// TABLE-SAME: samba.launches = [{{{.*}}function = "linear_cross_entropy_grad_0_0"
// TABLE-SAME: function = "linear_cross_entropy_grad_0_1"
// TABLE-SAME: function = "linear_cross_entropy_grad_0_2"
// TABLE-SAME: function = "linear_cross_entropy_grad_0_3"
// TABLE-SAME: function = "linear_cross_entropy_grad_0_1"
// TABLE-SAME: {argument = 0 : i64, map = {box = array<i64: 64, 128>, dtype = "bf16", sizes = array<i64: 1536, 4096>, {{[^}]*}}}, offset = 12582912 : i64}
// TABLE-SAME: function = "linear_cross_entropy_grad_0_2"
// TABLE-SAME: function = "linear_cross_entropy_grad_0_3"
// TABLE-SAME: {argument = 7 : i64, map = {box = array<i64: 32, 64>, dtype = "f32", sizes = array<i64: 1536, 32000>, {{[^}]*}}}, offset = 0 : i64}
// TABLE-SAME: scratch_bytes = 262144000

// A tile's rows become pairs in the registers.
// CHECK-LABEL: function linear_cross_entropy_0_0
// CHECK-NOT: cp.async.bulk.tensor.2d.global
// CHECK: {{^}}  128 ex2.approx.ftz.f32
// CHECK: {{^}}  130 max.NaN.f32
// CHECK: {{^}}  2 st.global.b32
// CHECK: {{^}}  2 st.global.v2.b32
// CHECK: {{^}}  4 wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16
// CHECK-LABEL: function linear_cross_entropy_0_1
// CHECK: ld.global.v2.b32

// CHECK-LABEL: function linear_cross_entropy_grad_0_0
// CHECK: {{^}}  4 ld.global.v4.b32
// CHECK: {{^}}  4 st.global.v4.b32
// dz leaves as bf16, by TMA.
// CHECK-LABEL: function linear_cross_entropy_grad_0_1
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK: {{^}}  128 ex2.approx.ftz.f32
// CHECK-NOT: st.global
// CHECK: wgmma.mma_async
// CHECK-LABEL: function linear_cross_entropy_grad_0_2
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK-NOT: st.global
// CHECK: wgmma.mma_async
// dw is added in the L2 cache, 32 columns at a time.
// CHECK-LABEL: function linear_cross_entropy_grad_0_3
// CHECK: {{^}}  8 cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group
// CHECK-NOT: {{ (atom|red)\.|\.local|ld\.global|st\.global}}
// CHECK: wgmma.mma_async

// Rows that TMA cannot address are copied: w once, x and dx for each chunk, the last of which is shorter and has
// functions of its own; dw grows in scratch memory.
// CHECK-LABEL: function linear_cross_entropy_grad_1_12
// CHECK-NOT: function linear_cross_entropy_grad_1_13

func.func @loss(%x: tensor<2x4096x1536xbf16>, %w: tensor<32000x1536xbf16>, %t: tensor<2x4096xi32>) -> (tensor<2x4096xf32>, tensor<2x4096xf32>) {
  %nll, %lse = samba.linear_cross_entropy %x, %w, %t
    : (tensor<2x4096x1536xbf16>, tensor<32000x1536xbf16>, tensor<2x4096xi32>) -> (tensor<2x4096xf32>, tensor<2x4096xf32>)
  return %nll, %lse : tensor<2x4096xf32>, tensor<2x4096xf32>
}

func.func @grad(%x: tensor<2x4096x1536xbf16>, %w: tensor<32000x1536xbf16>, %t: tensor<2x4096xi32>, %lse: tensor<2x4096xf32>,
                %dnll: tensor<2x4096xf32>, %before: tensor<32000x1536xf32>) -> (tensor<2x4096x1536xbf16>, tensor<32000x1536xf32>) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll
    : (tensor<2x4096x1536xbf16>, tensor<32000x1536xbf16>, tensor<2x4096xi32>, tensor<2x4096xf32>, tensor<2x4096xf32>)
    -> (tensor<2x4096x1536xbf16>, tensor<32000x1536xf32>)
  %sum = samba.add %before, %dw : (tensor<32000x1536xf32>, tensor<32000x1536xf32>) -> tensor<32000x1536xf32>
  return %dx, %sum : tensor<2x4096x1536xbf16>, tensor<32000x1536xf32>
}

func.func @odd(%x: tensor<2x500x33xbf16>, %w: tensor<257x33xbf16>, %t: tensor<2x500xi32>, %lse: tensor<2x500xf32>,
               %dnll: tensor<2x500xf32>) -> (tensor<2x500x33xbf16>, tensor<257x33xf32>) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll {samba.schedule = {chunk_rows = 300}}
    : (tensor<2x500x33xbf16>, tensor<257x33xbf16>, tensor<2x500xi32>, tensor<2x500xf32>, tensor<2x500xf32>)
    -> (tensor<2x500x33xbf16>, tensor<257x33xf32>)
  return %dx, %dw : tensor<2x500x33xbf16>, tensor<257x33xf32>
}
