// RUN: samba-opt %s -split-input-file '-samba-decompose=entries=train,decode batch=1 seq=4' | FileCheck %s
// RUN: samba-opt %s -split-input-file '-samba-decompose=entries=train,decode batch=1 seq=4 pack' | FileCheck %s --check-prefix=PACK
// RUN: samba-opt %s -split-input-file '-samba-decompose=entries=probe batch=1 seq=4' | FileCheck %s --check-prefix=PROBE

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
// -----
// The other way to start: 0.1581 = sqrt(2 / (5 d_model)), 0.25 = 2 / (n sqrt(d_model)) for n = 2 layers. Every projected
// value has a convolution of its own, whose weights start as PyTorch's do.
samba.model @normal {vocab_size = 7, d_model = 16, tie_embeddings = false, init = "normal"} {
  samba.attention {n_heads = 2, n_kv_heads = 1, window = 3, short_conv = 4}
  samba.mlp {d_ff = 5}
}
// PACK: samba.model_name = "normal"
// CHECK-LABEL: samba.model_name = "normal"
// CHECK: func.func @loss(
// CHECK-SAME: samba.init = {kind = "normal", std = 0.1581{{[0-9]*}} : f64}, samba.param = "backbone.embedding.weight"}
// CHECK-SAME: samba.init = {kind = "normal", std = 0.1581{{[0-9]*}} : f64}, samba.param = "backbone.layers.0.mixer.q_proj.weight"}
// CHECK-SAME: samba.init = {kind = "normal", std = 2.500000e-01 : f64}, samba.param = "backbone.layers.0.mixer.o_proj.weight"}
// CHECK-SAME: %[[QW:[a-z0-9]+]]: tensor<16x4xf32> {samba.decay = true, samba.init = {bound = 5.000000e-01 : f64, kind = "uniform"}, samba.param = "backbone.layers.0.mixer.q_conv1d.weight"}
// CHECK-SAME: tensor<8x4xf32> {{.*}} samba.param = "backbone.layers.0.mixer.v_conv1d.weight"}
// CHECK-SAME: samba.init = {kind = "normal", std = 0.1581{{[0-9]*}} : f64}, samba.param = "backbone.layers.1.mlp.up_proj.weight"}
// CHECK-SAME: samba.init = {kind = "normal", std = 2.500000e-01 : f64}, samba.param = "backbone.layers.1.mlp.down_proj.weight"}
// CHECK-SAME: samba.init = {kind = "normal", std = 0.1581{{[0-9]*}} : f64}, samba.param = "lm_head.weight"}
// CHECK: %[[Q:[0-9]+]] = samba.causal_conv %{{[0-9]+}}, %[[QW]] : (tensor<1x4x16xf32>, tensor<16x4xf32>)
// CHECK: %[[S:[0-9]+]] = samba.silu %[[Q]]
// CHECK: samba.rotary %[[S]]
// CHECK: func.func @decode(
// CHECK-SAME: samba.state = "layers.0.v_conv"}
// CHECK: samba.conv_state {{.*}} -> tensor<1x3x16xf32>
// -----
// What entry probe shows: -sum p log p = lse - q sum_j p_j k_j / sqrt(8), and step sizes.
samba.model @shown {vocab_size = 7, d_model = 8} {
  samba.attention {n_heads = 1, window = 3}
  samba.mamba {d_state = 2}
}
// PROBE-LABEL: samba.model_name = "shown"
// PROBE: func.func @probe(
// PROBE: %[[O:[a-z0-9_]+]], %[[LSE:[a-z0-9_]+]] = samba.windowed_attention %[[Q:[0-9]+]], %[[K:[0-9]+]], %{{[0-9]+}} {
// PROBE-NEXT: %[[M:[a-z0-9_]+]], %{{[a-z0-9_]+}} = samba.windowed_attention %[[Q]], %[[K]], %[[K]] {
// PROBE-NEXT: %[[D:[0-9]+]] = samba.attention_delta %[[Q]], %[[M]] {n_heads = 1 : i64}
// PROBE-NEXT: %[[C:[0-9]+]] = samba.fill -0.35355{{[0-9]*}}
// PROBE-NEXT: %[[S:[0-9]+]] = samba.mul %[[D]], %[[C]]
// PROBE-NEXT: %[[E:[0-9]+]] = samba.add %[[LSE]], %[[S]]
// PROBE: %[[DT:[0-9]+]] = samba.softplus
// PROBE: return %{{[0-9]+}}, %[[E]], %[[DT]] :
