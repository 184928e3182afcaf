// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @split(%x: tensor<2x5x8xf32>) {
  // expected-error @below {{'samba.split' op expected slices of 8 channels altogether, got 7}}
  %0:2 = samba.split %x : (tensor<2x5x8xf32>) -> (tensor<2x5x3xf32>, tensor<2x5x4xf32>)
  return
}
// -----
func.func @split(%x: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'slice 1' expected shape [2, 5, ?], got [2, 4, 5]}}
  %0:2 = samba.split %x : (tensor<2x5x8xf32>) -> (tensor<2x5x3xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @split(%x: tensor<f32>) {
  // expected-error @below {{operand 'x' expected at least 1 dimension, got 0}}
  %0:2 = samba.split %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return
}
// -----
func.func @concat(%a: tensor<2x5x3xf32>, %b: tensor<2x5x5xf32>) {
  // expected-error @below {{'samba.concat' op expected slices of 9 channels altogether, got 8}}
  %0 = samba.concat %a, %b : (tensor<2x5x3xf32>, tensor<2x5x5xf32>) -> tensor<2x5x9xf32>
  return
}
// -----
func.func @concat(%a: tensor<5x3xf32>, %b: tensor<2x5x5xf32>) {
  // expected-error @below {{operand 'slice 0' expected shape [2, 5, ?], got [5, 3]}}
  %0 = samba.concat %a, %b : (tensor<5x3xf32>, tensor<2x5x5xf32>) -> tensor<2x5x8xf32>
  return
}
