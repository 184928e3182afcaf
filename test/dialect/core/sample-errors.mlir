// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @several_tokens(%logits: tensor<2x3x9xf32>, %p: tensor<2xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) {
  // expected-error @below {{operand 'logits' expected shape [?, 1, ?], got [2, 3, 9]}}
  // expected-error @below {{'samba.sample' op failed to infer returned types}}
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<2x3x9xf32>, tensor<2xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>)
  return
}
// -----
func.func @other_batch(%logits: tensor<2x1x9xf32>, %p: tensor<3xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) {
  // expected-error @below {{operand 'position' expected shape [2], got [3]}}
  // expected-error @below {{'samba.sample' op failed to infer returned types}}
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<2x1x9xf32>, tensor<3xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>)
  return
}
// -----
func.func @rules(%logits: tensor<2x1x9xf32>, %p: tensor<2xi64>, %rules: tensor<5xf32>, %seed: tensor<2xi32>) {
  // expected-error @below {{operand 'sampling' expected shape [4], got [5]}}
  // expected-error @below {{'samba.sample' op failed to infer returned types}}
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<2x1x9xf32>, tensor<2xi64>, tensor<5xf32>, tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>)
  return
}
