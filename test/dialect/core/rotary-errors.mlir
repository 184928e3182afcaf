// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @rotary(%x: tensor<2x8xf32>) {
  // expected-error @below {{operand 'x' expected shape [?, ?, ?], got [2, 8]}}
  // expected-error @below {{'samba.rotary' op failed to infer returned types}}
  %0 = samba.rotary %x {head_dim = 4, theta = 10000.0} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}
// -----
func.func @rotary(%x: tensor<2x5x8xf32>) {
  // expected-error @below {{attribute 'head_dim' expected a positive integer, got 0}}
  // expected-error @below {{'samba.rotary' op failed to infer returned types}}
  %0 = samba.rotary %x {head_dim = 0, theta = 1.0} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rotary(%x: tensor<2x5x8xf32>) {
  // expected-error @below {{attribute 'head_dim' expected an even divisor of 8 channels, got 3}}
  // expected-error @below {{'samba.rotary' op failed to infer returned types}}
  %0 = samba.rotary %x {head_dim = 3, theta = 1.0} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rotary(%x: tensor<2x5x8xf32>) {
  // expected-error @below {{attribute 'head_dim' expected an even divisor of 8 channels, got 6}}
  // expected-error @below {{'samba.rotary' op failed to infer returned types}}
  %0 = samba.rotary %x {head_dim = 6, theta = 1.0} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rotary(%x: tensor<2x5x8xf32>) {
  // expected-error @below {{attribute 'theta' expected a positive number, got -1}}
  // expected-error @below {{'samba.rotary' op failed to infer returned types}}
  %0 = samba.rotary %x {head_dim = 4, theta = -1.0} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @rotary(%x: tensor<2x5x8xf32>, %position: tensor<3xi64>) {
  // expected-error @below {{operand 'position' expected shape [2], got [3]}}
  // expected-error @below {{'samba.rotary' op failed to infer returned types}}
  %0 = samba.rotary %x, %position {head_dim = 4, theta = 1.0} : (tensor<2x5x8xf32>, tensor<3xi64>) -> tensor<2x5x8xf32>
  return
}
