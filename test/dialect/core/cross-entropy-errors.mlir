// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @linear_cross_entropy(%x: tensor<f32>, %w: tensor<11x8xf32>, %targets: tensor<2x5xi32>) {
  // expected-error @below {{operand 'x' expected at least 1 dimension, got 0}}
  // expected-error @below {{'samba.linear_cross_entropy' op failed to infer returned types}}
  %0:2 = samba.linear_cross_entropy %x, %w, %targets : (tensor<f32>, tensor<11x8xf32>, tensor<2x5xi32>) -> (tensor<2x5xf32>, tensor<2x5xf32>)
  return
}
// -----
func.func @linear_cross_entropy(%x: tensor<2x5x8xf32>, %w: tensor<8x11xf32>, %targets: tensor<2x5xi32>) {
  // expected-error @below {{operand 'w' expected shape [?, 8], got [8, 11]}}
  // expected-error @below {{'samba.linear_cross_entropy' op failed to infer returned types}}
  %0:2 = samba.linear_cross_entropy %x, %w, %targets : (tensor<2x5x8xf32>, tensor<8x11xf32>, tensor<2x5xi32>) -> (tensor<2x5xf32>, tensor<2x5xf32>)
  return
}
// -----
func.func @linear_cross_entropy(%x: tensor<2x5x8xf32>, %w: tensor<11x8xf32>, %targets: tensor<2x4xi32>) {
  // expected-error @below {{operand 'targets' expected shape [2, 5], got [2, 4]}}
  // expected-error @below {{'samba.linear_cross_entropy' op failed to infer returned types}}
  %0:2 = samba.linear_cross_entropy %x, %w, %targets : (tensor<2x5x8xf32>, tensor<11x8xf32>, tensor<2x4xi32>) -> (tensor<2x5xf32>, tensor<2x5xf32>)
  return
}
// -----
func.func @linear_cross_entropy_grad(%x: tensor<2x5x8xf32>, %w: tensor<8x11xf32>, %targets: tensor<2x5xi32>, %lse: tensor<2x5xf32>, %dnll: tensor<2x5xf32>) {
  // expected-error @below {{operand 'w' expected shape [?, 8], got [8, 11]}}
  // expected-error @below {{'samba.linear_cross_entropy_grad' op failed to infer returned types}}
  %0:2 = samba.linear_cross_entropy_grad %x, %w, %targets, %lse, %dnll : (tensor<2x5x8xf32>, tensor<8x11xf32>, tensor<2x5xi32>, tensor<2x5xf32>, tensor<2x5xf32>) -> (tensor<2x5x8xf32>, tensor<11x8xf32>)
  return
}
// -----
func.func @linear_cross_entropy_grad(%x: tensor<2x5x8xf32>, %w: tensor<11x8xf32>, %targets: tensor<2x5xi32>, %lse: tensor<5xf32>, %dnll: tensor<2x5xf32>) {
  // expected-error @below {{operand 'lse' expected shape [2, 5], got [5]}}
  // expected-error @below {{'samba.linear_cross_entropy_grad' op failed to infer returned types}}
  %0:2 = samba.linear_cross_entropy_grad %x, %w, %targets, %lse, %dnll : (tensor<2x5x8xf32>, tensor<11x8xf32>, tensor<2x5xi32>, tensor<5xf32>, tensor<2x5xf32>) -> (tensor<2x5x8xf32>, tensor<11x8xf32>)
  return
}
// -----
func.func @linear_cross_entropy_grad(%x: tensor<2x5x8xf32>, %w: tensor<11x8xf32>, %targets: tensor<2x5xi32>, %lse: tensor<2x5xf32>, %dnll: tensor<f32>) {
  // expected-error @below {{operand 'dnll' expected shape [2, 5], got []}}
  // expected-error @below {{'samba.linear_cross_entropy_grad' op failed to infer returned types}}
  %0:2 = samba.linear_cross_entropy_grad %x, %w, %targets, %lse, %dnll : (tensor<2x5x8xf32>, tensor<11x8xf32>, tensor<2x5xi32>, tensor<2x5xf32>, tensor<f32>) -> (tensor<2x5x8xf32>, tensor<11x8xf32>)
  return
}
// -----
func.func @masked_mean(%nll: tensor<2x5xf32>, %targets: tensor<5xi32>) {
  // expected-error @below {{operand 'targets' expected shape [2, 5], got [5]}}
  // expected-error @below {{'samba.masked_mean' op failed to infer returned types}}
  %0 = samba.masked_mean %nll, %targets : (tensor<2x5xf32>, tensor<5xi32>) -> tensor<f32>
  return
}
// -----
func.func @masked_mean_grad(%dloss: tensor<1xf32>, %targets: tensor<2x5xi32>) {
  // expected-error @below {{operand 'dloss' expected shape [], got [1]}}
  // expected-error @below {{'samba.masked_mean_grad' op failed to infer returned types}}
  %0 = samba.masked_mean_grad %dloss, %targets : (tensor<1xf32>, tensor<2x5xi32>) -> tensor<2x5xf32>
  return
}
