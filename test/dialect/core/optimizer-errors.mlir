// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @sum_squares(%g: tensor<10x10xf32>) {
  // expected-error @below {{operand 'g' expected shape [?], got [10, 10]}}
  // expected-error @below {{'samba.sum_squares' op failed to infer returned types}}
  %0 = samba.sum_squares %g {block = 64} : (tensor<10x10xf32>) -> tensor<2xf32>
  return
}
// -----
func.func @sum_squares(%g: tensor<100xf32>) {
  // expected-error @below {{attribute 'block' expected a positive integer, got 0}}
  // expected-error @below {{'samba.sum_squares' op failed to infer returned types}}
  %0 = samba.sum_squares %g {block = 0} : (tensor<100xf32>) -> tensor<2xf32>
  return
}
// -----
func.func @grad_norm(%partials: tensor<f32>, %hyper: tensor<9xf32>) {
  // expected-error @below {{operand 'partials' expected shape [?], got []}}
  // expected-error @below {{'samba.grad_norm' op failed to infer returned types}}
  %0 = samba.grad_norm %partials, %hyper : (tensor<f32>, tensor<9xf32>) -> tensor<f32>
  return
}
// -----
func.func @grad_norm(%partials: tensor<2xf32>, %hyper: tensor<8xf32>) {
  // expected-error @below {{operand 'hyper' expected shape [9], got [8]}}
  // expected-error @below {{'samba.grad_norm' op failed to infer returned types}}
  %0 = samba.grad_norm %partials, %hyper : (tensor<2xf32>, tensor<8xf32>) -> tensor<f32>
  return
}
// -----
func.func @adamw(%p: tensor<10x10xf32>, %g: tensor<100xf32>, %m: tensor<100xf32>, %v: tensor<100xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) {
  // expected-error @below {{operand 'p' expected shape [?], got [10, 10]}}
  // expected-error @below {{'samba.adamw' op failed to infer returned types}}
  %0:4 = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 60 : i64} : (tensor<10x10xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
  return
}
// -----
func.func @adamw(%p: tensor<100xf32>, %g: tensor<99xf32>, %m: tensor<100xf32>, %v: tensor<100xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) {
  // expected-error @below {{operand 'g' expected shape [100], got [99]}}
  // expected-error @below {{'samba.adamw' op failed to infer returned types}}
  %0:4 = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 60 : i64} : (tensor<100xf32>, tensor<99xf32>, tensor<100xf32>, tensor<100xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
  return
}
// -----
func.func @adamw(%p: tensor<100xf32>, %g: tensor<100xf32>, %m: tensor<99xf32>, %v: tensor<100xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) {
  // expected-error @below {{operand 'm' expected shape [100], got [99]}}
  // expected-error @below {{'samba.adamw' op failed to infer returned types}}
  %0:4 = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 60 : i64} : (tensor<100xf32>, tensor<100xf32>, tensor<99xf32>, tensor<100xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
  return
}
// -----
func.func @adamw(%p: tensor<100xf32>, %g: tensor<100xf32>, %m: tensor<100xf32>, %v: tensor<99xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) {
  // expected-error @below {{operand 'v' expected shape [100], got [99]}}
  // expected-error @below {{'samba.adamw' op failed to infer returned types}}
  %0:4 = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 60 : i64} : (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<99xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
  return
}
// -----
func.func @adamw(%p: tensor<100xf32>, %g: tensor<100xf32>, %m: tensor<100xf32>, %v: tensor<100xf32>, %hyper: tensor<10xf32>, %norm: tensor<f32>) {
  // expected-error @below {{operand 'hyper' expected shape [9], got [10]}}
  // expected-error @below {{'samba.adamw' op failed to infer returned types}}
  %0:4 = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 60 : i64} : (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<10xf32>, tensor<f32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
  return
}
// -----
func.func @adamw(%p: tensor<100xf32>, %g: tensor<100xf32>, %m: tensor<100xf32>, %v: tensor<100xf32>, %hyper: tensor<9xf32>, %norm: tensor<1xf32>) {
  // expected-error @below {{operand 'norm' expected shape [], got [1]}}
  // expected-error @below {{'samba.adamw' op failed to infer returned types}}
  %0:4 = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 60 : i64} : (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<9xf32>, tensor<1xf32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
  return
}
