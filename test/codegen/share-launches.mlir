// RUN: samba-opt %s -samba-share-launches | FileCheck %s
// RUN: samba-opt %s --pass-pipeline="builtin.module(samba-share-launches,samba-plan,samba-emit-kernels{target=sm_90a},samba-assemble-kernels{print=report})" -o /dev/null | FileCheck %s --check-prefix=REPORT
// What launches compute together, most of them in a decode step, and that their kernels spill nothing.

// The norm, both products whose results meet, and their epilogue; what the norm does not give away is not stored.
// CHECK-LABEL: func.func @gate_and_up
// CHECK: %[[OUT:.*]] = samba.fused
// CHECK: samba.rms_norm
// CHECK: samba.linear {{.*}}samba.root
// CHECK: samba.linear
// CHECK: samba.silu
// CHECK: samba.mul
// CHECK: samba.yield %{{[a-z0-9_]+}} : tensor<1x1x256xbf16>
// CHECK: return %[[OUT]]
// REPORT-DAG: linear_{{[0-9]}}_0: {{[0-9]+}} registers, 0 bytes of stack, 0 bytes spilled
func.func @gate_and_up(%x: tensor<1x1x128xf32>, %n: tensor<128xf32>, %wg: tensor<256x128xbf16>, %wu: tensor<256x128xbf16>) -> tensor<1x1x256xbf16> {
  %y, %r = samba.rms_norm %x, %n {eps = 1.0e-05 : f64} : (tensor<1x1x128xf32>, tensor<128xf32>) -> (tensor<1x1x128xbf16>, tensor<1x1xf32>)
  %g = samba.linear %y, %wg : (tensor<1x1x128xbf16>, tensor<256x128xbf16>) -> tensor<1x1x256xbf16>
  %h = samba.fused (%a = %y, %b = %wu, %c = %g) : (tensor<1x1x128xbf16>, tensor<256x128xbf16>, tensor<1x1x256xbf16>) -> tensor<1x1x256xbf16> {
    %u = samba.linear %a, %b : (tensor<1x1x128xbf16>, tensor<256x128xbf16>) -> tensor<1x1x256xbf16>
    %s = samba.silu %c : (tensor<1x1x256xbf16>) -> tensor<1x1x256xbf16>
    %m = samba.mul %s, %u : (tensor<1x1x256xbf16>, tensor<1x1x256xbf16>) -> tensor<1x1x256xbf16>
    samba.yield %m : tensor<1x1x256xbf16>
  }
  return %h : tensor<1x1x256xbf16>
}

// A norm of many rows is not made by every block; its products still share a launch, up to 64 rows.
// CHECK-LABEL: func.func @many_rows
// CHECK: samba.rms_norm
// CHECK-NEXT: samba.fused
// CHECK-NEXT: samba.linear {{.*}}samba.root
// CHECK-NEXT: samba.linear
func.func @many_rows(%x: tensor<16x1x128xf32>, %n: tensor<128xf32>, %wk: tensor<64x128xbf16>, %wv: tensor<96x128xbf16>) -> (tensor<16x1x64xbf16>, tensor<16x1x96xbf16>) {
  %y, %r = samba.rms_norm %x, %n {eps = 1.0e-05 : f64} : (tensor<16x1x128xf32>, tensor<128xf32>) -> (tensor<16x1x128xbf16>, tensor<16x1xf32>)
  %k = samba.linear %y, %wk : (tensor<16x1x128xbf16>, tensor<64x128xbf16>) -> tensor<16x1x64xbf16>
  %v = samba.linear %y, %wv : (tensor<16x1x128xbf16>, tensor<96x128xbf16>) -> tensor<16x1x96xbf16>
  return %k, %v : tensor<16x1x64xbf16>, tensor<16x1x96xbf16>
}

// CHECK-LABEL: func.func @too_many_rows
// CHECK-NOT: samba.fused
// CHECK: return
func.func @too_many_rows(%x: tensor<65x1x128xbf16>, %wk: tensor<64x128xbf16>, %wv: tensor<64x128xbf16>) -> (tensor<65x1x64xbf16>, tensor<65x1x64xbf16>) {
  %k = samba.linear %x, %wk : (tensor<65x1x128xbf16>, tensor<64x128xbf16>) -> tensor<65x1x64xbf16>
  %v = samba.linear %x, %wv : (tensor<65x1x128xbf16>, tensor<64x128xbf16>) -> tensor<65x1x64xbf16>
  return %k, %v : tensor<65x1x64xbf16>, tensor<65x1x64xbf16>
}

// A large product takes the rotary embedding of whole heads alone.
// CHECK-LABEL: func.func @many_heads
// CHECK: samba.fused
// CHECK-NEXT: samba.linear {{.*}}samba.root
// CHECK-NEXT: samba.rotary
// CHECK: samba.linear
// CHECK-NOT: samba.root
// CHECK: samba.rotary
// REPORT-DAG: linear_{{[0-9]+}}_0: {{[0-9]+}} registers, 0 bytes of stack, 0 bytes spilled
func.func @many_heads(%x: tensor<2x96x128xbf16>, %wq: tensor<256x128xbf16>, %wk: tensor<96x128xbf16>) -> (tensor<2x96x256xbf16>, tensor<2x96x96xbf16>) {
  %q = samba.linear %x, %wq : (tensor<2x96x128xbf16>, tensor<256x128xbf16>) -> tensor<2x96x256xbf16>
  %q1 = samba.rotary %q {head_dim = 128 : i64, theta = 1.0e+04 : f64} : (tensor<2x96x256xbf16>) -> tensor<2x96x256xbf16>
  %k = samba.linear %x, %wk : (tensor<2x96x128xbf16>, tensor<96x128xbf16>) -> tensor<2x96x96xbf16>
  %k1 = samba.rotary %k {head_dim = 32 : i64, theta = 1.0e+04 : f64} : (tensor<2x96x96xbf16>) -> tensor<2x96x96xbf16>
  return %q1, %k1 : tensor<2x96x256xbf16>, tensor<2x96x96xbf16>
}

// Rotary embeddings join their products; attention takes both updates of the ring, which stay in place.
// CHECK-LABEL: func.func @attention
// CHECK: samba.fused
// CHECK-NEXT: samba.linear {{.*}}samba.root
// CHECK-NEXT: samba.linear
// CHECK-NEXT: samba.linear
// CHECK-NEXT: samba.rotary
// CHECK-NEXT: samba.rotary
// CHECK: samba.fused
// CHECK-NEXT: samba.attention_step {{.*}}samba.root
// CHECK-NEXT: samba.ring_update
// CHECK-NEXT: samba.ring_update
// REPORT-DAG: attention_step_0_0: {{[0-9]+}} registers, 0 bytes of stack, 0 bytes spilled
func.func @attention(%x: tensor<2x1x128xbf16>, %wq: tensor<128x128xbf16>, %wk: tensor<64x128xbf16>, %wv: tensor<64x128xbf16>, %p: tensor<2xi64> {samba.state = "position"}, %rk: tensor<2x64x64xbf16> {samba.state = "k"}, %rv: tensor<2x64x64xbf16> {samba.state = "v"}) -> (tensor<2x1x128xbf16>, tensor<2x64x64xbf16> {samba.state = "k"}, tensor<2x64x64xbf16> {samba.state = "v"}) {
  %q = samba.linear %x, %wq : (tensor<2x1x128xbf16>, tensor<128x128xbf16>) -> tensor<2x1x128xbf16>
  %k = samba.linear %x, %wk : (tensor<2x1x128xbf16>, tensor<64x128xbf16>) -> tensor<2x1x64xbf16>
  %v = samba.linear %x, %wv : (tensor<2x1x128xbf16>, tensor<64x128xbf16>) -> tensor<2x1x64xbf16>
  %q1 = samba.rotary %q, %p {head_dim = 32 : i64, theta = 1.0e+04 : f64} : (tensor<2x1x128xbf16>, tensor<2xi64>) -> tensor<2x1x128xbf16>
  %k1 = samba.rotary %k, %p {head_dim = 32 : i64, theta = 1.0e+04 : f64} : (tensor<2x1x64xbf16>, tensor<2xi64>) -> tensor<2x1x64xbf16>
  %o = samba.attention_step %q1, %k1, %v, %rk, %rv, %p {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 64 : i64} : (tensor<2x1x128xbf16>, tensor<2x1x64xbf16>, tensor<2x1x64xbf16>, tensor<2x64x64xbf16>, tensor<2x64x64xbf16>, tensor<2xi64>) -> tensor<2x1x128xbf16>
  %nk = samba.ring_update %k1, %rk, %p : (tensor<2x1x64xbf16>, tensor<2x64x64xbf16>, tensor<2xi64>) -> tensor<2x64x64xbf16>
  %nv = samba.ring_update %v, %rv, %p : (tensor<2x1x64xbf16>, tensor<2x64x64xbf16>, tensor<2xi64>) -> tensor<2x64x64xbf16>
  return %o, %nk, %nv : tensor<2x1x128xbf16>, tensor<2x64x64xbf16>, tensor<2x64x64xbf16>
}

// The convolution's place, since its result is read before the state is made; the scan makes its own steps.
// CHECK-LABEL: func.func @mamba
// CHECK: samba.fused
// CHECK-NEXT: samba.causal_conv {{.*}}samba.root
// CHECK-NEXT: samba.conv_state
// CHECK: samba.linear
// CHECK: samba.fused
// CHECK-NEXT: samba.linear
// CHECK-NEXT: samba.softplus
// CHECK-NEXT: samba.exp
// CHECK-NEXT: samba.neg
// CHECK-NEXT: samba.selective_scan_step {{.*}}samba.root
// REPORT-DAG: causal_conv_0_0: {{[0-9]+}} registers, 0 bytes of stack, 0 bytes spilled
// REPORT-DAG: selective_scan_step_0_0: {{[0-9]+}} registers, 0 bytes of stack, 0 bytes spilled
func.func @mamba(%h: tensor<2x1x64xbf16>, %wc: tensor<64x4xf32>, %wx: tensor<48x64xbf16>, %wdt: tensor<64x16xbf16>, %alog: tensor<64x16xf32>, %d: tensor<64xf32>, %conv: tensor<2x3x64xbf16> {samba.state = "conv"}, %ssm: tensor<2x64x16xf32> {samba.state = "ssm"}) -> (tensor<2x1x64xbf16>, tensor<2x3x64xbf16> {samba.state = "conv"}, tensor<2x64x16xf32> {samba.state = "ssm"}) {
  %u = samba.causal_conv %h, %wc, %conv : (tensor<2x1x64xbf16>, tensor<64x4xf32>, tensor<2x3x64xbf16>) -> tensor<2x1x64xbf16>
  %xp = samba.linear %u, %wx : (tensor<2x1x64xbf16>, tensor<48x64xbf16>) -> tensor<2x1x48xbf16>
  %s:3 = samba.split %xp : (tensor<2x1x48xbf16>) -> (tensor<2x1x16xbf16>, tensor<2x1x16xbf16>, tensor<2x1x16xbf16>)
  %dt = samba.fused (%x = %s#0, %w = %wdt) : (tensor<2x1x16xbf16>, tensor<64x16xbf16>) -> tensor<2x1x64xbf16> {
    %0 = samba.linear %x, %w : (tensor<2x1x16xbf16>, tensor<64x16xbf16>) -> tensor<2x1x64xbf16>
    %1 = samba.softplus %0 : (tensor<2x1x64xbf16>) -> tensor<2x1x64xbf16>
    samba.yield %1 : tensor<2x1x64xbf16>
  }
  %a = samba.fused (%x = %alog) : (tensor<64x16xf32>) -> tensor<64x16xf32> {
    %0 = samba.exp %x : (tensor<64x16xf32>) -> tensor<64x16xf32>
    %1 = samba.neg %0 : (tensor<64x16xf32>) -> tensor<64x16xf32>
    samba.yield %1 : tensor<64x16xf32>
  }
  %conv1 = samba.conv_state %h, %conv : (tensor<2x1x64xbf16>, tensor<2x3x64xbf16>) -> tensor<2x3x64xbf16>
  %y, %next = samba.selective_scan_step %u, %dt, %a, %s#1, %s#2, %d, %ssm : (tensor<2x1x64xbf16>, tensor<2x1x64xbf16>, tensor<64x16xf32>, tensor<2x1x16xbf16>, tensor<2x1x16xbf16>, tensor<64xf32>, tensor<2x64x16xf32>) -> (tensor<2x1x64xbf16>, tensor<2x64x16xf32>)
  return %y, %conv1, %next : tensor<2x1x64xbf16>, tensor<2x3x64xbf16>, tensor<2x64x16xf32>
}

// dO and delta, where heads are whole in a tile: not those of 96 channels.
// CHECK-LABEL: func.func @delta
// CHECK: samba.fused
// CHECK-NEXT: samba.linear_dx {{.*}}samba.root
// CHECK-NEXT: samba.attention_delta
// CHECK-LABEL: func.func @delta_of_odd_heads
// CHECK-NOT: samba.fused
// CHECK: samba.attention_delta
// REPORT-DAG: linear_dx_0_0: {{[0-9]+}} registers, 0 bytes of stack, 0 bytes spilled
func.func @delta(%dy: tensor<1x300x96xbf16>, %w: tensor<96x384xbf16>, %o: tensor<1x300x384xbf16>) -> (tensor<1x300x384xbf16>, tensor<1x3x300xf32>) {
  %do = samba.linear_dx %dy, %w : (tensor<1x300x96xbf16>, tensor<96x384xbf16>) -> tensor<1x300x384xbf16>
  %delta = samba.attention_delta %o, %do {n_heads = 3} : (tensor<1x300x384xbf16>, tensor<1x300x384xbf16>) -> tensor<1x3x300xf32>
  return %do, %delta : tensor<1x300x384xbf16>, tensor<1x3x300xf32>
}
func.func @delta_of_odd_heads(%dy: tensor<1x300x96xbf16>, %w: tensor<96x384xbf16>, %o: tensor<1x300x384xbf16>) -> (tensor<1x300x384xbf16>, tensor<1x4x300xf32>) {
  %do = samba.linear_dx %dy, %w : (tensor<1x300x96xbf16>, tensor<96x384xbf16>) -> tensor<1x300x384xbf16>
  %delta = samba.attention_delta %o, %do {n_heads = 4} : (tensor<1x300x384xbf16>, tensor<1x300x384xbf16>) -> tensor<1x4x300xf32>
  return %do, %delta : tensor<1x300x384xbf16>, tensor<1x4x300xf32>
}
