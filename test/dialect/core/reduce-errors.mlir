// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @sum_rows(%x: tensor<8xf32>) {
  // expected-error @below {{operand 'x' expected at least 2 dimensions, got 1}}
  // expected-error @below {{'samba.sum_rows' op failed to infer returned types}}
  %0 = samba.sum_rows %x : (tensor<8xf32>) -> tensor<8xf32>
  return
}
// -----
func.func @sum_leading(%x: tensor<8xf32>) {
  // expected-error @below {{operand 'x' expected at least 2 dimensions, got 1}}
  // expected-error @below {{'samba.sum_leading' op failed to infer returned types}}
  %0 = samba.sum_leading %x : (tensor<8xf32>) -> tensor<5x8xf32>
  return
}
