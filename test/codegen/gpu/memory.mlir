// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: samba-opt %t.mlir %{ptx} | %{count} | FileCheck %s
//
// What is bound by memory moves 16 bytes per thread and access, reads and writes each byte once, and waits for the
// launches before it. Nothing is atomic: results do not depend on the order of blocks.

// CHECK-NOT: {{ (atom|red)\.|\.local}}

// Four arrays, two vectors of each for a thread.
// CHECK-LABEL: function adamw_0_0
// CHECK: {{^}}  1 griddepcontrol.launch_dependents
// CHECK-NEXT: {{^}}  1 griddepcontrol.wait
// CHECK: {{^}}  8 ld.global.v4.b32
// CHECK: {{^}}  8 sqrt.approx.ftz.f32
// CHECK: {{^}}  8 st.global.v4.b32
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// f32 and bf16: four elements of each.
// CHECK-LABEL: function add_0_0
// CHECK: {{^}}  1 ld.global.v2.b32
// CHECK-NEXT: {{^}}  1 ld.global.v4.b32
// CHECK: {{^}}  1 st.global.v4.b32

// Bias and SiLU on the way out: one exponential and one reciprocal for each of 4 x 8 elements.
// CHECK-LABEL: function causal_conv_0_0
// CHECK: {{^}}  32 ex2.approx.ftz.f32
// CHECK: {{^}}  32 rcp.approx.ftz.f32
// CHECK: {{^}}  4 st.global.v4.b32

// A sum over rows in two launches.
// CHECK-LABEL: function causal_conv_dw_0_0
// CHECK-NOT: {{ (atom|red)\.|\.local}}
// CHECK-LABEL: function causal_conv_dw_0_1
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// The gradients of filter, bias and SiLU in one pass: x and dy of four tokens, 8 bytes of each, on their way while four are
// taken; three more before them.
// CHECK-LABEL: function causal_conv_silu_grad_0_0
// CHECK-NOT: {{ (atom|red)\.|\.local}}
// CHECK: {{^}}  28 ex2.approx.ftz.f32
// CHECK: {{^}}  4 st.global.v2.b32
// CHECK-LABEL: function causal_conv_silu_grad_0_1
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// CHECK-LABEL: function embedding_0_0
// CHECK: {{^}}  4 ld.global.v4.b32
// CHECK: {{^}}  4 st.global.v4.b32

// Equal tokens find each other by a sort.
// CHECK-LABEL: function embedding_grad_0_0
// CHECK: {{^}}  1 match.any.sync.b32
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// A row of 1536 channels in the registers of its threads: read once.
// CHECK-LABEL: function rms_norm_0_0
// CHECK: {{^}}  4 ld.global.v4.b32
// CHECK: {{^}}  1 rsqrt.approx.ftz.f32
// CHECK: {{^}}  2 st.global.v2.b32

// CHECK-LABEL: function rms_norm_dw_0_0
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// The residual's gradient is added on the way out: x and it as f32, dy as bf16.
// CHECK-LABEL: function rms_norm_dx_0_0
// CHECK: {{^}}  2 ld.global.v2.b32
// CHECK-NEXT: {{^}}  6 ld.global.v4.b32
// CHECK: {{^}}  2 st.global.v4.b32

// Angles are reduced in f64, then the special-function unit turns them.
// CHECK-LABEL: function rotary_0_0
// CHECK: {{^}}  8 cos.approx.ftz.f32
// CHECK: {{^}}  2 ld.global.v4.b32
// CHECK: {{^}}  8 sin.approx.ftz.f32
// CHECK: {{^}}  2 st.global.v4.b32

// CHECK-LABEL: function silu_0_0
// CHECK: {{^}}  8 ex2.approx.ftz.f32
// CHECK: {{^}}  2 ld.global.v4.b32
// CHECK: {{^}}  8 rcp.approx.ftz.f32
// CHECK: {{^}}  1 st.global.v4.b32

func.func @norm(%x: tensor<1x64x1536xf32>, %d: tensor<1x64x1536xbf16>, %w: tensor<1536xf32>) -> (tensor<1x64x1536xf32>, tensor<1x64x1536xbf16>, tensor<1x64xf32>) {
  %s = samba.add %x, %d : (tensor<1x64x1536xf32>, tensor<1x64x1536xbf16>) -> tensor<1x64x1536xf32>
  %y, %r = samba.rms_norm %s, %w {eps = 1.0e-5} : (tensor<1x64x1536xf32>, tensor<1536xf32>) -> (tensor<1x64x1536xbf16>, tensor<1x64xf32>)
  return %s, %y, %r : tensor<1x64x1536xf32>, tensor<1x64x1536xbf16>, tensor<1x64xf32>
}

func.func @norm_dx(%x: tensor<1x64x1536xf32>, %w: tensor<1536xf32>, %r: tensor<1x64xf32>, %dy: tensor<1x64x1536xbf16>, %d: tensor<1x64x1536xf32>) -> tensor<1x64x1536xf32> {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<1x64x1536xf32>, tensor<1536xf32>, tensor<1x64xf32>, tensor<1x64x1536xbf16>) -> tensor<1x64x1536xf32>
  %sum = samba.add %d, %dx : (tensor<1x64x1536xf32>, tensor<1x64x1536xf32>) -> tensor<1x64x1536xf32>
  return %sum : tensor<1x64x1536xf32>
}

func.func @norm_dw(%x: tensor<1x64x1536xf32>, %r: tensor<1x64xf32>, %dy: tensor<1x64x1536xbf16>) -> tensor<1536xf32> {
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<1x64x1536xf32>, tensor<1x64xf32>, tensor<1x64x1536xbf16>) -> tensor<1536xf32>
  return %dw : tensor<1536xf32>
}

func.func @swiglu(%g: tensor<1x64x4096xbf16>, %u: tensor<1x64x4096xbf16>) -> tensor<1x64x4096xbf16> {
  %s = samba.silu %g : (tensor<1x64x4096xbf16>) -> tensor<1x64x4096xbf16>
  %h = samba.mul %s, %u : (tensor<1x64x4096xbf16>, tensor<1x64x4096xbf16>) -> tensor<1x64x4096xbf16>
  return %h : tensor<1x64x4096xbf16>
}

func.func @conv(%x: tensor<2x512x3072xbf16>, %w: tensor<3072x4xf32>, %b: tensor<3072xf32>) -> tensor<2x512x3072xbf16> {
  %y = samba.causal_conv %x, %w : (tensor<2x512x3072xbf16>, tensor<3072x4xf32>) -> tensor<2x512x3072xbf16>
  %z = samba.add %y, %b : (tensor<2x512x3072xbf16>, tensor<3072xf32>) -> tensor<2x512x3072xbf16>
  %u = samba.silu %z : (tensor<2x512x3072xbf16>) -> tensor<2x512x3072xbf16>
  return %u : tensor<2x512x3072xbf16>
}

func.func @conv_dw(%x: tensor<2x512x3072xbf16>, %dy: tensor<2x512x3072xbf16>) -> tensor<3072x4xf32> {
  %dw = samba.causal_conv_dw %x, %dy {d_conv = 4} : (tensor<2x512x3072xbf16>, tensor<2x512x3072xbf16>) -> tensor<3072x4xf32>
  return %dw : tensor<3072x4xf32>
}

func.func @conv_grad(%x: tensor<2x512x3072xbf16>, %w: tensor<3072x4xf32>, %b: tensor<3072xf32>, %dy: tensor<2x512x3072xbf16>) -> (tensor<2x512x3072xbf16>, tensor<3072x4xf32>, tensor<3072xf32>) {
  %dx, %dw, %db = samba.causal_conv_silu_grad %x, %w, %b, %dy : (tensor<2x512x3072xbf16>, tensor<3072x4xf32>, tensor<3072xf32>, tensor<2x512x3072xbf16>) -> (tensor<2x512x3072xbf16>, tensor<3072x4xf32>, tensor<3072xf32>)
  return %dx, %dw, %db : tensor<2x512x3072xbf16>, tensor<3072x4xf32>, tensor<3072xf32>
}

func.func @rotary(%x: tensor<2x512x1536xbf16>) -> tensor<2x512x1536xbf16> {
  %y = samba.rotary %x {head_dim = 128, theta = 1.0e4} : (tensor<2x512x1536xbf16>) -> tensor<2x512x1536xbf16>
  return %y : tensor<2x512x1536xbf16>
}

func.func @embedding(%t: tensor<2x512xi32>, %e: tensor<32000x1536xf32>) -> tensor<2x512x1536xf32> {
  %x = samba.embedding %t, %e : (tensor<2x512xi32>, tensor<32000x1536xf32>) -> tensor<2x512x1536xf32>
  return %x : tensor<2x512x1536xf32>
}

func.func @embedding_grad(%t: tensor<2x512xi32>, %dx: tensor<2x512x1536xf32>) -> tensor<32000x1536xf32> {
  %de = samba.embedding_grad %t, %dx {vocab_size = 32000} : (tensor<2x512xi32>, tensor<2x512x1536xf32>) -> tensor<32000x1536xf32>
  return %de : tensor<32000x1536xf32>
}

func.func @adamw(%p: tensor<1048576xf32>, %g: tensor<1048576xf32>, %m: tensor<1048576xf32>, %v: tensor<1048576xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) -> (tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>) {
  %np, %ng, %nm, %nv = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 1000000 : i64} : (tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>)
  return %np, %ng, %nm, %nv : tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>
}
