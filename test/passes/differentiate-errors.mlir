// RUN: samba-opt %s -split-input-file -verify-diagnostics -samba-differentiate
// RUN: not samba-opt %s -split-input-file -samba-differentiate=recompute=all 2>&1 | FileCheck %s

// CHECK: error: option 'recompute' expected none or elementwise, got 'all'

// expected-error @below {{the loss does not depend on parameter 'idle'}}
func.func @loss(%x: tensor<2x8xf32>, %t: tensor<2xi32>, %w: tensor<7x8xf32> {samba.param = "w"},
                %idle: tensor<8xf32> {samba.param = "idle"}) -> (tensor<f32> {samba.output = "loss"}) {
  %nll, %lse = samba.linear_cross_entropy %x, %w, %t
    : (tensor<2x8xf32>, tensor<7x8xf32>, tensor<2xi32>) -> (tensor<2xf32>, tensor<2xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<2xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
// -----
// What only a step does has no gradient.
func.func @loss(%x: tensor<2x5x8xf32>, %s: tensor<2x3x8xf32>, %p: tensor<2xi64>, %t: tensor<2x3xi32>,
                %w: tensor<7x8xf32> {samba.param = "w"}) -> (tensor<f32> {samba.output = "loss"}) {
  // expected-error @below {{'samba.ring_update' op has no gradient, and the loss depends on it}}
  %y = samba.ring_update %x, %s, %p : (tensor<2x5x8xf32>, tensor<2x3x8xf32>, tensor<2xi64>) -> tensor<2x3x8xf32>
  %nll, %lse = samba.linear_cross_entropy %y, %w, %t
    : (tensor<2x3x8xf32>, tensor<7x8xf32>, tensor<2x3xi32>) -> (tensor<2x3xf32>, tensor<2x3xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<2x3xf32>, tensor<2x3xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
// -----
// A function of that name without parameters is a function like any other.
func.func @loss(%nll: tensor<2x5xf32>, %t: tensor<2x5xi32>) -> tensor<f32> {
  %loss = samba.masked_mean %nll, %t : (tensor<2x5xf32>, tensor<2x5xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
