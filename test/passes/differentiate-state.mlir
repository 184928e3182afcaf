// RUN: samba-opt %s -samba-differentiate=recompute=none | FileCheck %s

// A sequence in two pieces: what the second's gradient says of the state between them is where the first's begins.
func.func @loss(%x: tensor<1x8x4xf32>, %t: tensor<1x4xi32>, %dt: tensor<1x4x4xf32>, %h: tensor<1x4x2xf32>, %s: tensor<1x3x4xf32>,
                %w: tensor<4x4xf32> {samba.param = "w"}, %A: tensor<4x2xf32> {samba.param = "A"},
                %D: tensor<4xf32> {samba.param = "D"}, %B: tensor<1x4x2xf32> {samba.param = "B"},
                %u: tensor<1x4x4xf32> {samba.param = "u"}, %v: tensor<1x4x4xf32> {samba.param = "v"})
    -> (tensor<f32> {samba.output = "loss"}) {
  %window = samba.conv_state %u, %s : (tensor<1x4x4xf32>, tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  %c = samba.causal_conv %v, %w, %window : (tensor<1x4x4xf32>, tensor<4x4xf32>, tensor<1x3x4xf32>) -> tensor<1x4x4xf32>
  %y1, %k1, %h1 = samba.selective_scan %u, %dt, %A, %B, %B, %D, %h {checkpoint = 4}
    : (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<4x2xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<4xf32>, tensor<1x4x2xf32>)
    -> (tensor<1x4x4xf32>, tensor<1x1x4x2xf32>, tensor<1x4x2xf32>)
  %y2, %k2, %h2 = samba.selective_scan %c, %dt, %A, %B, %B, %D, %h1 {checkpoint = 4}
    : (tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<4x2xf32>, tensor<1x4x2xf32>, tensor<1x4x2xf32>, tensor<4xf32>, tensor<1x4x2xf32>)
    -> (tensor<1x4x4xf32>, tensor<1x1x4x2xf32>, tensor<1x4x2xf32>)
  %nll, %lse = samba.linear_cross_entropy %y2, %w, %t
    : (tensor<1x4x4xf32>, tensor<4x4xf32>, tensor<1x4xi32>) -> (tensor<1x4xf32>, tensor<1x4xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<1x4xf32>, tensor<1x4xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Nothing reads the last state: its cotangent is zero. Nothing reads the first output: so is its.
// CHECK: %[[LAST:.*]] = samba.fill 0.0{{.*}} : tensor<1x4x2xf32>
// CHECK: %[[DC:du]], %{{.*}}, %[[DH:dh]] = samba.selective_scan_grad {{.*}}, %[[LAST]] {
// CHECK: %[[DY1:.*]] = samba.fill 0.0{{.*}} : tensor<1x4x4xf32>
// CHECK: samba.selective_scan_grad {{.*}}, %[[DY1]], %[[DH]] {
// CHECK: samba.causal_conv_dx %[[DC]],
// CHECK: samba.causal_conv_dw %{{[^ ]*}}, %[[DC]], %{{.*}} {d_conv = 4
// CHECK: %[[DWINDOW:.*]] = samba.causal_conv_dstate %[[DC]],
// CHECK: samba.conv_state_grad %[[DWINDOW]] {tokens = 4 : i64}
