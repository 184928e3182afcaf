// RUN: samba-opt %s -split-input-file '-samba-decompose=entries=train,decode batch=1 seq=4' | FileCheck %s
// RUN: samba-opt %s -split-input-file '-samba-decompose=entries=train,decode batch=1 seq=4 pack' | FileCheck %s --check-prefix=PACK

// A head of its own; no layer grows, so nothing bounds the context.
samba.model @untied {vocab_size = 7, d_model = 8, tie_embeddings = false, norm_eps = 1.0e-6} {
  samba.attention {n_heads = 1, window = 3, rope_theta = "none"}
}
// CHECK-LABEL: samba.model_name = "untied"
// CHECK-NOT: samba.max_context
// CHECK: func.func @loss(
// CHECK-SAME: %[[H:[a-z0-9]+]]: tensor<7x8xf32> {samba.decay = true, samba.init = {bound = 0.353{{[0-9]*}} : f64, kind = "uniform"}, samba.param = "lm_head.weight"}
// CHECK: samba.rms_norm {{.*}} {eps = 9.99{{[0-9]*}}E-7 : f64}
// CHECK-NOT: samba.rotary
// CHECK: samba.linear_cross_entropy %{{.*}}, %[[H]],
// CHECK: func.func @decode(
// CHECK-NOT: samba.rotary
// CHECK: samba.attention_step
// -----
// Rotary angles continue from the position in a step, from zero in training.
samba.model @turned {vocab_size = 7, d_model = 8} {
  samba.attention {n_heads = 2, n_kv_heads = 1, head_dim = 16, window = 3, rope_theta = 500}
}
// CHECK-LABEL: samba.model_name = "turned"
// CHECK: samba.rotary %{{[^,]*}} {head_dim = 16 : i64, theta = 5.000000e+02 : f64} : (tensor<1x4x32xf32>)
// CHECK: samba.windowed_attention {{.*}}window = 3
// CHECK: func.func @decode({{.*}} %[[P:[a-z0-9]+]]: tensor<1xi64> {samba.state = "position"}
// CHECK: samba.rotary %{{.*}}, %[[P]] {head_dim = 16 : i64, theta = 5.000000e+02 : f64}
// CHECK: samba.ring_update {{.*}} -> tensor<1x3x16xf32>
// -----
// Packed rows: all that looks back in time is told where documents begin, in training alone.
samba.model @packed {vocab_size = 7, d_model = 8} {
  samba.mamba
  samba.attention {n_heads = 1, window = 3}
  samba.mlp {d_ff = 8}
}
// PACK-LABEL: samba.model_name = "packed"
// PACK: func.func @loss(
// PACK-SAME: %[[D:[a-z0-9]+]]: tensor<1x4xi32> {samba.input = "documents"}
// PACK: samba.causal_conv {{.*}} in %[[D]]
// PACK: samba.selective_scan {{.*}} in %[[D]]
// PACK: samba.windowed_attention {{.*}} in %[[D]]
// PACK: func.func @decode(
// PACK-NOT: documents
// CHECK-LABEL: samba.model_name = "packed"
// CHECK-NOT: documents
