// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @gated
// CHECK: samba.decay_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {n_heads = 2 : i64, scale = 5.000000e-01 : f64} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> tensor<2x5x12xf32>
// CHECK: samba.decay_attention_grad %{{.*}} {n_heads = 2 : i64, scale = 5.000000e-01 : f64} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>)
// CHECK: samba.decay_attention_step %{{.*}} {n_heads = 2 : i64, scale = 5.000000e-01 : f64} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x8x6xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x12xf32>, tensor<2x8x6xf32>)
func.func @gated(%q: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %s: tensor<2x8x6xf32>) {
  %o = samba.decay_attention %q, %q, %v, %q {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> tensor<2x5x12xf32>
  %g:4 = samba.decay_attention_grad %q, %q, %v, %o, %q {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>)
  %z:2 = samba.decay_attention_step %q, %q, %v, %s, %q {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x8x6xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x12xf32>, tensor<2x8x6xf32>)
  return
}

// CHECK-LABEL: func.func @constant
// CHECK: samba.decay_attention %{{.*}}, %{{.*}}, %{{.*}} {log_decays = array<f64: -1.000000e-01, -2.000000e-01>, n_heads = 2 : i64, scale = 5.000000e-01 : f64} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>) -> tensor<2x5x12xf32>
// CHECK: samba.decay_attention_grad %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x12xf32>) -> (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>)
// CHECK: samba.decay_attention_step %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x8x6xf32>) -> (tensor<2x5x12xf32>, tensor<2x8x6xf32>)
func.func @constant(%q: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %s: tensor<2x8x6xf32>) {
  %o = samba.decay_attention %q, %q, %v {n_heads = 2, scale = 0.5, log_decays = array<f64: -0.1, -0.2>} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>) -> tensor<2x5x12xf32>
  %g:3 = samba.decay_attention_grad %q, %q, %v, %o {n_heads = 2, scale = 0.5, log_decays = array<f64: -0.1, -0.2>} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x12xf32>) -> (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>)
  %z:2 = samba.decay_attention_step %q, %q, %v, %s {n_heads = 2, scale = 0.5, log_decays = array<f64: -0.1, -0.2>} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x8x6xf32>) -> (tensor<2x5x12xf32>, tensor<2x8x6xf32>)
  return
}
