// RUN: samba-opt %s -samba-join | FileCheck %s

// CHECK-LABEL: func.func @norm(
// CHECK: %[[DX:.*]], %[[DW:.*]] = samba.rms_norm_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xbf16>) -> (tensor<2x5x8xf32>, tensor<8xf32>)
// CHECK-NEXT: %[[Y:.*]] = samba.neg %[[DX]]
// CHECK-NEXT: return %[[Y]], %[[DW]]
func.func @norm(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xbf16>) -> (tensor<2x5x8xf32>, tensor<8xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xbf16>) -> tensor<2x5x8xf32>
  %y = samba.neg %dx : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<2x5x8xf32>, tensor<2x5xf32>, tensor<2x5x8xbf16>) -> tensor<8xf32>
  return %y, %dw : tensor<2x5x8xf32>, tensor<8xf32>
}

// Of another dy.
// CHECK-LABEL: func.func @apart(
// CHECK: samba.rms_norm_dx
// CHECK-NEXT: samba.rms_norm_dw
func.func @apart(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xf32>, %other: tensor<2x5x8xf32>)
    -> (tensor<2x5x8xf32>, tensor<8xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %dw = samba.rms_norm_dw %x, %r, %other : (tensor<2x5x8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<8xf32>
  return %dx, %dw : tensor<2x5x8xf32>, tensor<8xf32>
}

// CHECK-LABEL: func.func @attention(
// CHECK: %[[DQ:.*]], %[[DK:.*]], %[[DV:.*]] = samba.attention_grad %{{.*}} {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 3 : i64} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>) -> (tensor<2x5x32xf32>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>)
// CHECK-NEXT: return %[[DQ]], %[[DK]], %[[DV]]
func.func @attention(%q: tensor<2x5x32xbf16>, %k: tensor<2x5x16xbf16>, %v: tensor<2x5x16xbf16>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %do: tensor<2x5x32xbf16>) -> (tensor<2x5x32xf32>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>) -> tensor<2x5x32xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>) -> (tensor<2x5x16xbf16>, tensor<2x5x16xbf16>)
  return %dq, %dk, %dv : tensor<2x5x32xf32>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>
}

// CHECK-LABEL: func.func @other_window(
// CHECK: samba.attention_dq
// CHECK-NEXT: samba.attention_dkv
func.func @other_window(%q: tensor<2x5x32xbf16>, %k: tensor<2x5x16xbf16>, %v: tensor<2x5x16xbf16>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %do: tensor<2x5x32xbf16>) -> (tensor<2x5x32xf32>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>) -> tensor<2x5x32xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 4} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>) -> (tensor<2x5x16xbf16>, tensor<2x5x16xbf16>)
  return %dq, %dk, %dv : tensor<2x5x32xf32>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>
}

// CHECK-LABEL: func.func @packed(
// CHECK-NEXT: samba.attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} in %{{[a-z0-9]+}} {n_heads = 4
// CHECK-NEXT: return
func.func @packed(%q: tensor<2x5x32xbf16>, %k: tensor<2x5x16xbf16>, %v: tensor<2x5x16xbf16>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %do: tensor<2x5x32xbf16>, %d: tensor<2x5xi32>) -> (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do in %d {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>, tensor<2x5xi32>) -> tensor<2x5x32xbf16>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do in %d {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>, tensor<2x5xi32>) -> (tensor<2x5x16xbf16>, tensor<2x5x16xbf16>)
  return %dq, %dk, %dv : tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>
}

// CHECK-LABEL: func.func @other_documents(
// CHECK: samba.attention_dq
// CHECK-NEXT: samba.attention_dkv
func.func @other_documents(%q: tensor<2x5x32xbf16>, %k: tensor<2x5x16xbf16>, %v: tensor<2x5x16xbf16>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %do: tensor<2x5x32xbf16>, %d: tensor<2x5xi32>, %e: tensor<2x5xi32>) -> (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do in %d {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>, tensor<2x5xi32>) -> tensor<2x5x32xbf16>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do in %e {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xbf16>, tensor<2x5xi32>) -> (tensor<2x5x16xbf16>, tensor<2x5x16xbf16>)
  return %dq, %dk, %dv : tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>
}

// The gradients of silu(causal_conv(x, w) + b), at the place of the first; what nobody reads then is gone.
// CHECK-LABEL: func.func @convolution(
// CHECK-NEXT: %[[DX:.*]], %[[DW:.*]], %[[DB:.*]] = samba.causal_conv_silu_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} :
// CHECK-NEXT: %[[SUM:.*]] = samba.neg %[[DB]]
// CHECK-NEXT: return %[[DX]], %[[DW]], %[[SUM]]
func.func @convolution(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %b: tensor<8xf32>, %dy: tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
  %p = samba.add %c, %b : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  %g = samba.silu_grad %p, %dy : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %db = samba.sum_rows %g : (tensor<2x5x8xf32>) -> tensor<8xf32>
  %n = samba.neg %db : (tensor<8xf32>) -> tensor<8xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 4} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<8x4xf32>
  return %dx, %dw, %n : tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>
}

// The cotangent before the silu has another reader.
// CHECK-LABEL: func.func @read_elsewhere(
// CHECK: samba.causal_conv_dx
// CHECK-NEXT: samba.causal_conv_dw
func.func @read_elsewhere(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %b: tensor<8xf32>, %dy: tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5x8xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
  %p = samba.add %c, %b : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  %g = samba.silu_grad %p, %dy : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<2x5x8xf32>, tensor<8x4xf32>) -> tensor<2x5x8xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 4} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<8x4xf32>
  return %dx, %dw, %g : tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x5x8xf32>
}
