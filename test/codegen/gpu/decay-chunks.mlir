// REQUIRES: ptxas
// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: FileCheck %s --check-prefix=CUT < %t.mlir
// RUN: samba-opt %t.mlir %{ptx} | %{count} | FileCheck %s
// RUN: samba-opt %t.mlir -samba-assemble-kernels=print=report -o /dev/null | FileCheck %s --check-prefix=FITS
//
// Attention with decay in chunks, at the shapes that are measured and where no chunk divides T: how it is cut, that no sum
// is atomic, and that as many blocks fit into a multiprocessor as it counts on. (The pass itself fails on a spill.)

// One launch for the chunks' operands and one that walks, a block for 64 values of a head.
// CUT: samba.kernel @decay_attention_0
// CUT: function = "decay_attention_0_0", grid = array<i64: 64, 4, 8>
// CUT-SAME: threads = 128
// CUT: function = "decay_attention_0_1", grid = array<i64: 6, 4, 8>
// CUT-SAME: threads = 128
// CUT-NOT: function = "decay_attention_0_2"
// Backward three walks, of which two share 384 values out to two blocks.
// CUT: samba.kernel @decay_attention_grad_0
// CUT: function = "decay_attention_grad_0_1", grid = array<i64: 6, 4, 8>
// CUT: function = "decay_attention_grad_0_2", grid = array<i64: 6, 4, 8>
// CUT: function = "decay_attention_grad_0_3", grid = array<i64: 6, 4, 8>
// CUT: function = "decay_attention_grad_0_4", grid = array<i64: 64, 4, 8>
// CUT: samba.kernel @decay_attention_grad_1
// CUT: function = "decay_attention_grad_1_0", grid = array<i64: 64, 6, 8>
// CUT: function = "decay_attention_grad_1_3", grid = array<i64: 8, 6, 8>
// A token at a time goes from the state by the recurrence.
// CUT: samba.kernel @decay_attention_step_1
// CUT-NOT: function = "decay_attention_step_1_1"

// CHECK-NOT: {{ (atom|red)\.|\.local}}
// Seven products of 32 channels for a warp, the first level's two among them.
// CHECK: function decay_attention_0_0
// CHECK: {{^}}  14 mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-NOT: {{ (atom|red)\.|\.local}}
// 12 steps of M^T z, 4 of v a, 4 of v k'.
// CHECK: function decay_attention_0_1
// CHECK: {{^}}  4 wgmma.mma_async.sync.aligned.m64n192k16.f32.bf16.bf16
// CHECK: {{^}}  16 wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// FITS-DAG: {{^}}decay_attention_0_0: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers
// FITS-DAG: {{^}}decay_attention_grad_2_0: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers

func.func @gla(%q: tensor<8x4096x768xbf16>, %k: tensor<8x4096x768xbf16>, %v: tensor<8x4096x1536xbf16>, %g: tensor<8x4096x768xbf16>) -> tensor<8x4096x1536xbf16> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 4, scale = 0.072169}
    : (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>) -> tensor<8x4096x1536xbf16>
  return %o : tensor<8x4096x1536xbf16>
}

func.func @gla_backward(%q: tensor<8x4096x768xbf16>, %k: tensor<8x4096x768xbf16>, %v: tensor<8x4096x1536xbf16>, %do: tensor<8x4096x1536xbf16>, %g: tensor<8x4096x768xbf16>) -> (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 4, scale = 0.072169}
    : (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>) -> (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>)
  return %dq, %dk, %dv, %dg : tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>
}

func.func @retention_backward(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x3072xbf16>, %do: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 6, scale = 0.062500, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168, -0.007843177461025893, -0.003913899321136329, -0.0019550348358033506, -0.0009770396478266127>}
    : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>)
  return %dq, %dk, %dv : tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>
}

func.func @channels_grad_wide(%q: tensor<1x150x192xbf16>, %k: tensor<1x150x192xbf16>, %v: tensor<1x150x384xbf16>, %do: tensor<1x150x384xbf16>, %g: tensor<1x150x192xbf16>) -> (tensor<1x150x192xbf16>, tensor<1x150x192xbf16>, tensor<1x150x384xbf16>, tensor<1x150x192xbf16>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x150x192xbf16>, tensor<1x150x192xbf16>, tensor<1x150x384xbf16>, tensor<1x150x384xbf16>, tensor<1x150x192xbf16>) -> (tensor<1x150x192xbf16>, tensor<1x150x192xbf16>, tensor<1x150x384xbf16>, tensor<1x150x192xbf16>)
  return %dq, %dk, %dv, %dg : tensor<1x150x192xbf16>, tensor<1x150x192xbf16>, tensor<1x150x384xbf16>, tensor<1x150x192xbf16>
}

func.func @channels_grad_500(%q: tensor<1x500x128xbf16>, %k: tensor<1x500x128xbf16>, %v: tensor<1x500x64xbf16>, %do: tensor<1x500x64xbf16>, %g: tensor<1x500x128xbf16>) -> (tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>, tensor<1x500x128xbf16>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>, tensor<1x500x64xbf16>, tensor<1x500x128xbf16>) -> (tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>, tensor<1x500x128xbf16>)
  return %dq, %dk, %dv, %dg : tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>, tensor<1x500x128xbf16>
}

func.func @heads_grad_500(%q: tensor<1x500x128xbf16>, %k: tensor<1x500x128xbf16>, %v: tensor<1x500x64xbf16>, %do: tensor<1x500x64xbf16>) -> (tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>, tensor<1x500x64xbf16>) -> (tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>)
  return %dq, %dk, %dv : tensor<1x500x128xbf16>, tensor<1x500x128xbf16>, tensor<1x500x64xbf16>
}

func.func @channels_step_wide(%q: tensor<1x257x192xbf16>, %k: tensor<1x257x192xbf16>, %v: tensor<1x257x64xbf16>, %s: tensor<1x192x64xf32>, %g: tensor<1x257x192xbf16>) -> (tensor<1x257x64xbf16>, tensor<1x192x64xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x257x192xbf16>, tensor<1x257x192xbf16>, tensor<1x257x64xbf16>, tensor<1x192x64xf32>, tensor<1x257x192xbf16>) -> (tensor<1x257x64xbf16>, tensor<1x192x64xf32>)
  return %o, %n : tensor<1x257x64xbf16>, tensor<1x192x64xf32>
}

func.func @one_token(%q: tensor<1x1x64xbf16>, %k: tensor<1x1x64xbf16>, %v: tensor<1x1x64xbf16>, %s: tensor<1x64x64xf32>, %g: tensor<1x1x64xbf16>) -> (tensor<1x1x64xbf16>, tensor<1x64x64xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x1x64xbf16>, tensor<1x1x64xbf16>, tensor<1x1x64xbf16>, tensor<1x64x64xf32>, tensor<1x1x64xbf16>) -> (tensor<1x1x64xbf16>, tensor<1x64x64xf32>)
  return %o, %n : tensor<1x1x64xbf16>, tensor<1x64x64xf32>
}
