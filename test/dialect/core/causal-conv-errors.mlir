// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @causal_conv(%x: tensor<5x8xf32>, %w: tensor<8x4xf32>) {
  // expected-error @below {{operand 'x' expected shape [?, ?, ?], got [5, 8]}}
  // expected-error @below {{'samba.causal_conv' op failed to infer returned types}}
  %0 = samba.causal_conv %x, %w : (tensor<5x8xf32>, tensor<8x4xf32>) -> tensor<5x8xf32>
  return
}
// -----
func.func @causal_conv(%x: tensor<2x5x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{operand 'w' expected shape [8, ?], got [4, 8]}}
  // expected-error @below {{'samba.causal_conv' op failed to infer returned types}}
  %0 = samba.causal_conv %x, %w : (tensor<2x5x8xf32>, tensor<4x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @causal_conv(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %state: tensor<2x4x8xf32>) {
  // expected-error @below {{operand 'state' expected shape [2, 3, 8], got [2, 4, 8]}}
  // expected-error @below {{'samba.causal_conv' op failed to infer returned types}}
  %0 = samba.causal_conv %x, %w, %state : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<2x4x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @causal_conv_dx(%dy: tensor<8xf32>, %w: tensor<8x4xf32>) {
  // expected-error @below {{operand 'dy' expected shape [?, ?, ?], got [8]}}
  // expected-error @below {{'samba.causal_conv_dx' op failed to infer returned types}}
  %0 = samba.causal_conv_dx %dy, %w : (tensor<8xf32>, tensor<8x4xf32>) -> tensor<8xf32>
  return
}
// -----
func.func @causal_conv_dx(%dy: tensor<2x5x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{operand 'w' expected shape [8, ?], got [4, 8]}}
  // expected-error @below {{'samba.causal_conv_dx' op failed to infer returned types}}
  %0 = samba.causal_conv_dx %dy, %w : (tensor<2x5x8xf32>, tensor<4x8xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @causal_conv_dw(%x: tensor<8xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'x' expected shape [?, ?, ?], got [8]}}
  // expected-error @below {{'samba.causal_conv_dw' op failed to infer returned types}}
  %0 = samba.causal_conv_dw %x, %dy {d_conv = 4} : (tensor<8xf32>, tensor<2x5x8xf32>) -> tensor<8x4xf32>
  return
}
// -----
func.func @causal_conv_dw(%x: tensor<2x5x8xf32>, %dy: tensor<2x4x8xf32>) {
  // expected-error @below {{operand 'dy' expected shape [2, 5, 8], got [2, 4, 8]}}
  // expected-error @below {{'samba.causal_conv_dw' op failed to infer returned types}}
  %0 = samba.causal_conv_dw %x, %dy {d_conv = 4} : (tensor<2x5x8xf32>, tensor<2x4x8xf32>) -> tensor<8x4xf32>
  return
}
// -----
func.func @causal_conv_dw(%x: tensor<2x5x8xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{attribute 'd_conv' expected a positive integer, got 0}}
  // expected-error @below {{'samba.causal_conv_dw' op failed to infer returned types}}
  %0 = samba.causal_conv_dw %x, %dy {d_conv = 0} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<8x4xf32>
  return
}
// -----
func.func @causal_conv_silu_grad(%x: tensor<2x5x8xf32>, %w: tensor<4x8xf32>, %b: tensor<8xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'w' expected shape [8, ?], got [4, 8]}}
  // expected-error @below {{'samba.causal_conv_silu_grad' op failed to infer returned types}}
  %0:3 = samba.causal_conv_silu_grad %x, %w, %b, %dy : (tensor<2x5x8xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<4x8xf32>, tensor<8xf32>)
  return
}
// -----
func.func @causal_conv_silu_grad(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %b: tensor<4xf32>, %dy: tensor<2x5x8xf32>) {
  // expected-error @below {{operand 'b' expected shape [8], got [4]}}
  // expected-error @below {{'samba.causal_conv_silu_grad' op failed to infer returned types}}
  %0:3 = samba.causal_conv_silu_grad %x, %w, %b, %dy : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<4xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<4xf32>)
  return
}
// -----
func.func @causal_conv_silu_grad(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %b: tensor<8xf32>, %dy: tensor<2x4x8xf32>) {
  // expected-error @below {{operand 'dy' expected shape [2, 5, 8], got [2, 4, 8]}}
  // expected-error @below {{'samba.causal_conv_silu_grad' op failed to infer returned types}}
  %0:3 = samba.causal_conv_silu_grad %x, %w, %b, %dy : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<2x4x8xf32>) -> (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<8xf32>)
  return
}
// -----
func.func @conv_state(%x: tensor<8xf32>, %state: tensor<2x3x8xf32>) {
  // expected-error @below {{operand 'x' expected shape [?, ?, ?], got [8]}}
  // expected-error @below {{'samba.conv_state' op failed to infer returned types}}
  %0 = samba.conv_state %x, %state : (tensor<8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return
}
// -----
func.func @conv_state(%x: tensor<2x5x8xf32>, %state: tensor<1x3x8xf32>) {
  // expected-error @below {{operand 'state' expected shape [2, ?, 8], got [1, 3, 8]}}
  // expected-error @below {{'samba.conv_state' op failed to infer returned types}}
  %0 = samba.conv_state %x, %state : (tensor<2x5x8xf32>, tensor<1x3x8xf32>) -> tensor<2x3x8xf32>
  return
}
// -----
func.func @causal_conv(%x: tensor<2x5x8xf32>, %w: tensor<8x4xf32>, %documents: tensor<5x2xi32>) {
  // expected-error @below {{operand 'documents' expected shape [2, 5], got [5, 2]}}
  // expected-error @below {{'samba.causal_conv' op failed to infer returned types}}
  %0 = samba.causal_conv %x, %w in %documents : (tensor<2x5x8xf32>, tensor<8x4xf32>, tensor<5x2xi32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @causal_conv_dw(%x: tensor<2x5x8xf32>, %state: tensor<2x4x8xf32>) {
  // expected-error @below {{operand 'state' expected shape [2, 3, 8], got [2, 4, 8]}}
  // expected-error @below {{'samba.causal_conv_dw' op failed to infer returned types}}
  %0 = samba.causal_conv_dw %x, %x, %state {d_conv = 4} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x4x8xf32>) -> tensor<8x4xf32>
  return
}
// -----
func.func @causal_conv_dstate(%dy: tensor<2x5x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{operand 'w' expected shape [8, ?], got [4, 8]}}
  // expected-error @below {{'samba.causal_conv_dstate' op failed to infer returned types}}
  %0 = samba.causal_conv_dstate %dy, %w : (tensor<2x5x8xf32>, tensor<4x8xf32>) -> tensor<2x3x8xf32>
  return
}
// -----
func.func @conv_state_grad(%dnext: tensor<2x3x8xf32>) {
  // expected-error @below {{attribute 'tokens' expected a positive integer, got 0}}
  // expected-error @below {{'samba.conv_state_grad' op failed to infer returned types}}
  %0:2 = samba.conv_state_grad %dnext {tokens = 0} : (tensor<2x3x8xf32>) -> (tensor<2x5x8xf32>, tensor<2x3x8xf32>)
  return
}
