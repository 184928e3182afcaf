// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @embedding(%tokens: tensor<2x5xi32>, %table: tensor<11xf32>) {
  // expected-error @below {{operand 'table' expected shape [?, ?], got [11]}}
  // expected-error @below {{'samba.embedding' op failed to infer returned types}}
  %0 = samba.embedding %tokens, %table : (tensor<2x5xi32>, tensor<11xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @embedding_grad(%tokens: tensor<2x5xi32>, %dx: tensor<2x4x8xf32>) {
  // expected-error @below {{operand 'dx' expected shape [2, 5, ?], got [2, 4, 8]}}
  // expected-error @below {{'samba.embedding_grad' op failed to infer returned types}}
  %0 = samba.embedding_grad %tokens, %dx {vocab_size = 11} : (tensor<2x5xi32>, tensor<2x4x8xf32>) -> tensor<11x8xf32>
  return
}
// -----
func.func @embedding_grad(%tokens: tensor<2x5xi32>, %dx: tensor<2x5x8xf32>) {
  // expected-error @below {{attribute 'vocab_size' expected a positive integer, got 0}}
  // expected-error @below {{'samba.embedding_grad' op failed to infer returned types}}
  %0 = samba.embedding_grad %tokens, %dx {vocab_size = 0} : (tensor<2x5xi32>, tensor<2x5x8xf32>) -> tensor<11x8xf32>
  return
}
// -----
func.func @embedding(%tokens: tensor<2x5xi64>, %table: tensor<11x8xf32>) {
  // expected-error @below {{operand #0 must be tensor of static, positive sizes of i32, but got 'tensor<2x5xi64>'}}
  %0 = samba.embedding %tokens, %table : (tensor<2x5xi64>, tensor<11x8xf32>) -> tensor<2x5x8xf32>
  return
}
