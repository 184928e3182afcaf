// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @linear(%x: tensor<2x5x8xf32>, %w: tensor<12x9xf32>) {
  // expected-error @below {{operand 'w' expected shape [?, 8], got [12, 9]}}
  // expected-error @below {{'samba.linear' op failed to infer returned types}}
  %0 = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<12x9xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @linear(%x: tensor<f32>, %w: tensor<12x8xf32>) {
  // expected-error @below {{operand 'x' expected at least 1 dimension, got 0}}
  // expected-error @below {{'samba.linear' op failed to infer returned types}}
  %0 = samba.linear %x, %w : (tensor<f32>, tensor<12x8xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @linear(%x: tensor<2x5x8xf32>, %w: tensor<12x8xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<2x5x12xf32>' are incompatible}}
  // expected-error @below {{'samba.linear' op failed to infer returned types}}
  %0 = samba.linear %x, %w : (tensor<2x5x8xf32>, tensor<12x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @linear_dx(%dy: tensor<2x5x12xf32>, %w: tensor<8x12xf32>) {
  // expected-error @below {{operand 'w' expected shape [12, ?], got [8, 12]}}
  // expected-error @below {{'samba.linear_dx' op failed to infer returned types}}
  %0 = samba.linear_dx %dy, %w : (tensor<2x5x12xf32>, tensor<8x12xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @linear_dx(%dy: tensor<f32>, %w: tensor<12x8xf32>) {
  // expected-error @below {{operand 'dy' expected at least 1 dimension, got 0}}
  // expected-error @below {{'samba.linear_dx' op failed to infer returned types}}
  %0 = samba.linear_dx %dy, %w : (tensor<f32>, tensor<12x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @linear_dw(%x: tensor<2x5x8xf32>, %dy: tensor<2x4x12xf32>) {
  // expected-error @below {{operand 'dy' expected shape [2, 5, ?], got [2, 4, 12]}}
  // expected-error @below {{'samba.linear_dw' op failed to infer returned types}}
  %0 = samba.linear_dw %x, %dy : (tensor<2x5x8xf32>, tensor<2x4x12xf32>) -> tensor<12x8xf32>
  return
}
// -----
func.func @linear_dw(%x: tensor<f32>, %dy: tensor<2x5x12xf32>) {
  // expected-error @below {{operand 'x' expected at least 1 dimension, got 0}}
  // expected-error @below {{'samba.linear_dw' op failed to infer returned types}}
  %0 = samba.linear_dw %x, %dy : (tensor<f32>, tensor<2x5x12xf32>) -> tensor<12x8xf32>
  return
}
