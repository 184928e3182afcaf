// RUN: samba-opt %s '-samba-decompose=batch=2 seq=5 entries=train' -samba-differentiate -samba-check-stage=stage=02-train | FileCheck %s
// RUN: samba-opt %s '-samba-decompose=batch=2 seq=5 entries=train' -samba-differentiate=recompute=none | FileCheck %s --check-prefix=NONE
// RUN: samba-opt %s '-samba-decompose=entries=decode' -samba-differentiate | FileCheck %s --check-prefix=NOTHING

samba.model @m {vocab_size = 7, d_model = 8} {
  samba.mlp {d_ff = 16}
}

// Every parameter has its gradient so far as an argument, and returns it with this batch's added.
// CHECK: func.func @train({{.*}}: tensor<2x5xi32> {samba.input = "tokens"}
// CHECK-SAME: %[[E:[a-z0-9]+]]: tensor<7x8xf32> {{{[^}]*}}}, samba.param = "backbone.embedding.weight"}
// CHECK-SAME: %[[DE:[a-z0-9]+]]: tensor<7x8xf32> {samba.grad = "backbone.embedding.weight"}
// CHECK-SAME: %[[DDOWN:[a-z0-9]+]]: tensor<8x16xf32> {samba.grad = "backbone.layers.0.mlp.down_proj.weight"}
// CHECK-SAME: -> (tensor<f32> {samba.output = "loss"}, tensor<7x8xf32> {samba.grad = "backbone.embedding.weight"},
// CHECK: %[[X:.*]] = samba.embedding
// CHECK: %[[N:.*]], %{{.*}} = samba.rms_norm %[[X]],
// CHECK: %[[GATE:.*]] = samba.linear %[[N]],
// CHECK: %[[UP:.*]] = samba.linear %[[N]],
// CHECK: samba.masked_mean
// The backward pass starts from d loss / d loss = 1. What is cheap is computed again from what is kept anyway.
// CHECK: %[[ONE:.*]] = samba.fill 1.000000e+00 : tensor<f32>
// CHECK: samba.masked_mean_grad %[[ONE]],
// CHECK: samba.rms_norm {{.*}}samba.recomputed
// CHECK: %{{.*}}, %[[HEAD:.*]] = samba.linear_cross_entropy_grad
// CHECK: samba.rms_norm_dx
// CHECK: %[[DH:.*]] = samba.linear_dx
// CHECK: %[[S:.*]] = samba.silu %[[GATE]] {samba.recomputed}
// CHECK: %[[H:.*]] = samba.mul %[[S]], %[[UP]] {samba.recomputed}
// The contribution is added where it is computed.
// CHECK: %[[DW:.*]] = samba.linear_dw %[[H]],
// CHECK-NEXT: %[[SUM:.*]] = samba.add %[[DDOWN]], %[[DW]]
// CHECK: %[[DUP:.*]] = samba.mul %[[DH]], %[[S]]
// CHECK: samba.silu_grad %[[GATE]],
// CHECK: samba.linear_dx %[[DUP]],
// CHECK: %[[N2:.*]], %{{.*}} = samba.rms_norm %[[X]], {{.*}}samba.recomputed
// CHECK: samba.linear_dw %[[N2]], %[[DUP]]
// The tied embedding has two gradients, as the head and as the table.
// CHECK: %[[TABLE:.*]] = samba.embedding_grad
// CHECK: %[[BOTH:.*]] = samba.add %[[HEAD]], %[[TABLE]]
// CHECK: %[[DE2:.*]] = samba.add %[[DE]], %[[BOTH]]
// CHECK: return %{{[^,]*}}, %[[DE2]], {{.*}}%[[SUM]],

// The optimizer works on the flat segments: 56 + 8 + 128 + 128 + 128 + 8 elements, each at a multiple of 64 bytes.
// CHECK: func.func @update(%[[HYPER:[a-z0-9]+]]: tensor<9xf32> {samba.input = "hyper"},
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<480xf32> {samba.offset = 0 : i64, samba.segment = "params"}
// CHECK-SAME: %[[G:[a-z0-9]+]]: tensor<480xf32> {samba.offset = 0 : i64, samba.segment = "grads"}
// CHECK-SAME: -> (tensor<f32> {samba.output = "grad_norm"}, tensor<480xf32> {samba.offset = 0 : i64, samba.segment = "params"}
// CHECK: %[[SQ:.*]] = samba.sum_squares %[[G]] {block = 65536 : i64}
// CHECK: %[[NORM:.*]] = samba.grad_norm %[[SQ]], %[[HYPER]]
// CHECK: samba.adamw %[[P]], %[[G]], {{.*}}, %[[HYPER]], %[[NORM]] {decay_elements = 480 : i64}

// With none, the backward pass reads what the forward pass computed.
// NONE: %[[S:.*]] = samba.silu
// NONE: %[[H:.*]] = samba.mul %[[S]],
// NONE: samba.fill 1.0
// NONE-NOT: samba.{{rms_norm|silu|rms_norm}} {{.*}}tensor<8
// NONE-NOT: samba.silu %
// NONE: samba.linear_dw %[[H]],
// NONE-NOT: samba.recomputed

// Without @loss there is nothing to train.
// NOTHING: func.func @decode
// NOTHING-NOT: func.func
