// RUN: samba-opt %s '-samba-decompose=batch=2 seq=5 step-batch=3 chunk=4 max-context=9 checkpoint=2' | FileCheck %s
// RUN: samba-opt %s '-samba-decompose=entries=decode' | FileCheck %s --check-prefix=ONE
// RUN: samba-opt %s -samba-decompose -samba-check-stage=stage=01-core | FileCheck %s --check-prefix=DEFAULTS

// Layers in a residual behind one norm; the branches of a parallel share theirs. Names count the unrolled stack.
samba.model @m {vocab_size = 7, d_model = 8} {
  samba.repeat 2 {
    samba.mlp {d_ff = 16}
  }
  samba.parallel {
    samba.mamba {d_state = 4}
    samba.attention {n_heads = 1, window = "full"}
  }
}

// The module keeps what the bundle says of the model; full attention is the one layer that bounds the context.
// CHECK: module attributes {samba.max_context = 9 : i64, samba.model_name = "m", samba.vocab_size = 7 : i64}
// CHECK: func.func @loss(%[[TOKENS:[a-z0-9]+]]: tensor<2x5xi32> {samba.input = "tokens"},
// CHECK-SAME: %[[TARGETS:[a-z0-9]+]]: tensor<2x5xi32> {samba.input = "targets"},
// CHECK-SAME: %[[E:[a-z0-9]+]]: tensor<7x8xf32> {samba.decay = true, samba.init = {kind = "normal", std = 2.000000e-02 : f64}, samba.param = "backbone.embedding.weight"},
// CHECK-SAME: samba.init = {kind = "constant", value = 1.000000e+00 : f64}, samba.param = "backbone.layers.0.norm.weight"
// CHECK-SAME: samba.param = "backbone.layers.1.mlp.gate_proj.weight"
// CHECK-SAME: samba.param = "backbone.layers.2.norm.weight"
// CHECK-SAME: samba.init = {kind = "log_range"}, samba.param = "backbone.layers.2.branches.0.mixer.A_log"
// CHECK-SAME: samba.param = "backbone.layers.2.branches.1.mixer.q_proj.weight"
// CHECK-NOT: samba.state
// CHECK-SAME: -> (tensor<f32> {samba.output = "loss"})
// CHECK: %[[X:.*]] = samba.embedding %[[TOKENS]], %[[E]]
// CHECK: %[[N:.*]], %{{.*}} = samba.rms_norm %[[X]],
// CHECK: %[[GATE:.*]] = samba.linear %[[N]],
// CHECK: %[[UP:.*]] = samba.linear %[[N]],
// CHECK: %[[S:.*]] = samba.silu %[[GATE]]
// CHECK: %[[H:.*]] = samba.mul %[[S]], %[[UP]]
// CHECK: %[[F:.*]] = samba.linear %[[H]],
// CHECK: %[[X1:.*]] = samba.add %[[X]], %[[F]]
// CHECK: samba.rms_norm %[[X1]],
// CHECK: %[[X2:.*]] = samba.add %[[X1]],
// CHECK: %[[SHARED:.*]], %{{.*}} = samba.rms_norm %[[X2]],
// CHECK: samba.linear %[[SHARED]],
// CHECK: samba.selective_scan {{.*}} {checkpoint = 2 : i64} {{.*}} -> (tensor<2x5x16xf32>, tensor<2x3x16x4xf32>)
// CHECK: %[[F0:.*]] = samba.linear
// CHECK: %[[X3:.*]] = samba.add %[[X2]], %[[F0]]
// CHECK: samba.linear %[[SHARED]],
// CHECK: %[[O:[^,]*]], %{{.*}} = samba.windowed_attention
// CHECK: %[[F1:.*]] = samba.linear %[[O]]
// CHECK: %[[X4:.*]] = samba.add %[[X3]], %[[F1]]
// CHECK: %[[OUT:.*]], %{{.*}} = samba.rms_norm %[[X4]],
// The tied head reads the embedding.
// CHECK: %[[NLL:.*]], %{{.*}} = samba.linear_cross_entropy %[[OUT]], %[[E]], %[[TARGETS]]
// CHECK: %[[LOSS:.*]] = samba.masked_mean %[[NLL]], %[[TARGETS]]
// CHECK: return %[[LOSS]]

// CHECK: func.func @eval(%{{.*}}: tensor<3x4xi32> {samba.input = "tokens"}, %{{.*}}: tensor<3xi64> {samba.state = "position"}
// CHECK-SAME: -> (tensor<f32> {samba.output = "loss"}, {{.*}}samba.state = "position"})
// CHECK: func.func @prefill(%{{.*}}: tensor<3x4xi32> {samba.input = "tokens"}
// CHECK-SAME: tensor<3x3x16xf32> {samba.state = "layers.2.branches.0.conv"}
// CHECK-SAME: tensor<3x16x4xf32> {samba.state = "layers.2.branches.0.ssm"}
// CHECK-SAME: tensor<3x9x8xf32> {samba.state = "layers.2.branches.1.key"}
// CHECK-SAME: -> (tensor<3x4x7xf32> {samba.output = "logits"}, {{.*}}samba.state = "layers.2.branches.0.conv"}, {{.*}}samba.state = "position"})
// CHECK: samba.selective_scan_step
// CHECK: samba.advance %{{.*}} {count = 4 : i64}
// CHECK: func.func @decode(%[[TOKENS:[a-z0-9]+]]: tensor<3x1xi32> {samba.input = "tokens"}, %[[P:[a-z0-9]+]]: tensor<3xi64>
// CHECK-SAME: tensor<4xf32> {samba.input = "sampling"}
// CHECK-SAME: tensor<2xi32> {samba.input = "seed"}
// CHECK-SAME: {samba.output = "logits"}, tensor<3x1xi32> {samba.output = "tokens"}, tensor<3x1xi32> {samba.output = "drawn"}
// CHECK: samba.embedding %[[TOKENS]],
// CHECK: samba.sample %{{.*}}, %[[P]],
// CHECK: samba.advance %{{.*}} {count = 1 : i64}

// ONE-NOT: func.func @{{loss|eval|prefill}}
// ONE: func.func @decode(%{{.*}}: tensor<1x1xi32>
// ONE-NOT: func.func

// DEFAULTS: samba.max_context = 4096
// DEFAULTS: func.func @loss(%{{.*}}: tensor<8x256xi32>
// DEFAULTS: checkpoint = 64
// DEFAULTS: func.func @eval(%{{.*}}: tensor<1x64xi32>
// DEFAULTS: func.func @prefill(%{{.*}}: tensor<1x64xi32>
