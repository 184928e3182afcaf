// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @advance(%position: tensor<2x2xi64>) {
  // expected-error @below {{operand 'position' expected shape [?], got [2, 2]}}
  // expected-error @below {{'samba.advance' op failed to infer returned types}}
  %0 = samba.advance %position {count = 5} : (tensor<2x2xi64>) -> tensor<2x2xi64>
  return
}
// -----
func.func @advance(%position: tensor<2xi64>) {
  // expected-error @below {{attribute 'count' expected a positive integer, got 0}}
  // expected-error @below {{'samba.advance' op failed to infer returned types}}
  %0 = samba.advance %position {count = 0} : (tensor<2xi64>) -> tensor<2xi64>
  return
}
// -----
func.func @fill() {
  // expected-error @below {{result #0 must be tensor of static, positive sizes of f32 or bf16, but got 'tensor<2xi32>'}}
  %0 = samba.fill 1.5 : tensor<2xi32>
  return
}
