// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{operand 'k' expected shape [2, 5, 8], got [2, 5, 12]}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %v, %v, %g {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{operand 'v' expected shape [2, 5, ?], got [2, 8, 6]}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %s, %g {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x8x6xf32>, tensor<2x5x8xf32>) -> tensor<2x8x6xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{attribute 'n_heads' expected a positive integer, got 0}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %v, %g {n_heads = 0, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{attribute 'n_heads' expected a divisor of 8 key and 12 value channels, got 3}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %v, %g {n_heads = 3, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{expected either operand 'g' or attribute 'log_decays', got neither}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %v {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{expected either operand 'g' or attribute 'log_decays', got both}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %v, %g {n_heads = 2, scale = 0.5, log_decays = array<f64: -0.1, -0.2>} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{operand 'g' expected shape [2, 5, 8], got [2, 5, 6]}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %v, %w {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x6xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{attribute 'log_decays' expected 2 numbers, got 1}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %v {n_heads = 2, scale = 0.5, log_decays = array<f64: -0.1>} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{attribute 'log_decays' expected numbers that are not positive, got}}
  // expected-error @below {{'samba.decay_attention' op failed to infer returned types}}
  %0 = samba.decay_attention %q, %k, %v {n_heads = 2, scale = 0.5, log_decays = array<f64: -0.1, 0.5>} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>) -> tensor<2x5x12xf32>
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{operand 'd_o' expected shape [2, 5, 12], got [2, 5, 8]}}
  // expected-error @below {{'samba.decay_attention_grad' op failed to infer returned types}}
  %0:4 = samba.decay_attention_grad %q, %k, %v, %k, %g {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x8xf32>)
  return
}
// -----
func.func @f(%q: tensor<2x5x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x12xf32>, %g: tensor<2x5x8xf32>, %s: tensor<2x8x6xf32>, %w: tensor<2x5x6xf32>) {
  // expected-error @below {{operand 'state' expected shape [2, 8, 6], got [2, 5, 6]}}
  // expected-error @below {{'samba.decay_attention_step' op failed to infer returned types}}
  %0:2 = samba.decay_attention_step %q, %k, %v, %w, %g {n_heads = 2, scale = 0.5} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x12xf32>, tensor<2x5x6xf32>, tensor<2x5x8xf32>) -> (tensor<2x5x12xf32>, tensor<2x5x6xf32>)
  return
}
