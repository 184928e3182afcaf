// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @rms_norm(%x: tensor<2x5x8xf32>, %w: tensor<5xf32>) {
  // expected-error @below {{operand 'w' expected shape [8], got [5]}}
  // expected-error @below {{'samba.rms_norm' op failed to infer returned types}}
  %0:2 = samba.rms_norm %x, %w {eps = 0.5} : (tensor<2x5x8xf32>, tensor<5xf32>) -> (tensor<2x5x8xf32>, tensor<2x5xf32>)
  return
}
// -----
func.func @rms_norm(%x: tensor<f32>, %w: tensor<8xf32>) {
  // expected-error @below {{operand 'x' expected at least 1 dimension, got 0}}
  // expected-error @below {{'samba.rms_norm' op failed to infer returned types}}
  %0:2 = samba.rms_norm %x, %w {eps = 0.5} : (tensor<f32>, tensor<8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5xf32>)
  return
}
// -----
func.func @rms_norm(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{'samba.rms_norm' op requires attribute 'eps'}}
  %0:2 = samba.rms_norm %x, %w : (tensor<2x5x8xf32>, tensor<8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5xf32>)
  return
}
// -----
func.func @rms_norm_dx(%x: tensor<2x5x8xf32>, %w: tensor<5xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'w' expected shape [8], got [5]}}
  // expected-error @below {{'samba.rms_norm_dx' op failed to infer returned types}}
  %0 = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<5xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rms_norm_dx(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>, %r: tensor<2x5x8xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'r' expected shape [2, 5], got [2, 5, 8]}}
  // expected-error @below {{'samba.rms_norm_dx' op failed to infer returned types}}
  %0 = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rms_norm_dx(%x: tensor<2x5x8xf32>, %w: tensor<8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5xf32>) {
  // expected-error @below {{operand 'dy' expected shape [2, 5, 8], got [2, 5]}}
  // expected-error @below {{'samba.rms_norm_dx' op failed to infer returned types}}
  %0 = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x5x8xf32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rms_norm_dx(%x: tensor<f32>, %w: tensor<8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'x' expected at least 1 dimension, got 0}}
  // expected-error @below {{'samba.rms_norm_dx' op failed to infer returned types}}
  %0 = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<f32>, tensor<8xf32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rms_norm_dw(%x: tensor<2x5x8xf32>, %r: tensor<5xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'r' expected shape [2, 5], got [5]}}
  // expected-error @below {{'samba.rms_norm_dw' op failed to infer returned types}}
  %0 = samba.rms_norm_dw %x, %r, %dy : (tensor<2x5x8xf32>, tensor<5xf32>, tensor<2x5x8xf32>) -> tensor<8xf32>
  return
}
// -----
func.func @rms_norm_dw(%x: tensor<2x5x8xf32>, %r: tensor<2x5xf32>, %dy: tensor<2x5xf32>) {
  // expected-error @below {{operand 'dy' expected shape [2, 5, 8], got [2, 5]}}
  // expected-error @below {{'samba.rms_norm_dw' op failed to infer returned types}}
  %0 = samba.rms_norm_dw %x, %r, %dy : (tensor<2x5x8xf32>, tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<8xf32>
  return
}
// -----
func.func @rms_norm_dw(%x: tensor<f32>, %r: tensor<2x5xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'x' expected at least 1 dimension, got 0}}
  // expected-error @below {{'samba.rms_norm_dw' op failed to infer returned types}}
  %0 = samba.rms_norm_dw %x, %r, %dy : (tensor<f32>, tensor<2x5xf32>, tensor<2x5x8xf32>) -> tensor<8xf32>
  return
}
