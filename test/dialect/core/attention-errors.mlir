// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @below {{attribute 'n_heads' expected a positive integer, got 0}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 0, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @below {{attribute 'n_kv_heads' expected a positive integer, got -2}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = -2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @below {{attribute 'window' expected a positive integer, got 0}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 0} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @below {{attribute 'n_kv_heads' expected a divisor of n_heads = 4, got 3}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 3, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @windowed_attention(%q: tensor<5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @below {{operand 'q' expected shape [?, ?, ?], got [5, 32]}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @windowed_attention(%q: tensor<2x5x30xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @below {{operand 'q' expected a multiple of n_heads = 4 channels, got 30}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x30xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x32xf32>, %v: tensor<2x5x16xf32>) {
  // expected-error @below {{operand 'k' expected shape [2, 5, 16], got [2, 5, 32]}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x4x16xf32>) {
  // expected-error @below {{operand 'v' expected shape [2, 5, 16], got [2, 4, 16]}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x4x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
// -----
func.func @attention_delta(%o: tensor<32xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{operand 'o' expected shape [?, ?, ?], got [32]}}
  // expected-error @below {{'samba.attention_delta' op failed to infer returned types}}
  %0 = samba.attention_delta %o, %d_o {n_heads = 4} : (tensor<32xf32>, tensor<2x5x32xf32>) -> tensor<2x4x5xf32>
  return
}
// -----
func.func @attention_delta(%o: tensor<2x5x32xf32>, %d_o: tensor<2x5x16xf32>) {
  // expected-error @below {{operand 'd_o' expected shape [2, 5, 32], got [2, 5, 16]}}
  // expected-error @below {{'samba.attention_delta' op failed to infer returned types}}
  %0 = samba.attention_delta %o, %d_o {n_heads = 4} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>) -> tensor<2x4x5xf32>
  return
}
// -----
func.func @attention_delta(%o: tensor<2x5x32xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{attribute 'n_heads' expected a positive integer, got 0}}
  // expected-error @below {{'samba.attention_delta' op failed to infer returned types}}
  %0 = samba.attention_delta %o, %d_o {n_heads = 0} : (tensor<2x5x32xf32>, tensor<2x5x32xf32>) -> tensor<2x4x5xf32>
  return
}
// -----
func.func @attention_dq(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{attribute 'window' expected a positive integer, got 0}}
  // expected-error @below {{'samba.attention_dq' op failed to infer returned types}}
  %0 = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 0} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_dq(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x5x4xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{operand 'lse' expected shape [2, 4, 5], got [2, 5, 4]}}
  // expected-error @below {{'samba.attention_dq' op failed to infer returned types}}
  %0 = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x5x4xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_dq(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x5x4xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{operand 'delta' expected shape [2, 4, 5], got [2, 5, 4]}}
  // expected-error @below {{'samba.attention_dq' op failed to infer returned types}}
  %0 = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x5x4xf32>, tensor<2x5x32xf32>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_dq(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x16xf32>) {
  // expected-error @below {{operand 'd_o' expected shape [2, 5, 32], got [2, 5, 16]}}
  // expected-error @below {{'samba.attention_dq' op failed to infer returned types}}
  %0 = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x16xf32>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_dkv(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{attribute 'window' expected a positive integer, got 0}}
  // expected-error @below {{'samba.attention_dkv' op failed to infer returned types}}
  %0:2 = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 0} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}
// -----
func.func @attention_dkv(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x5x4xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{operand 'lse' expected shape [2, 4, 5], got [2, 5, 4]}}
  // expected-error @below {{'samba.attention_dkv' op failed to infer returned types}}
  %0:2 = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x5x4xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}
// -----
func.func @attention_dkv(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x5x4xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{operand 'delta' expected shape [2, 4, 5], got [2, 5, 4]}}
  // expected-error @below {{'samba.attention_dkv' op failed to infer returned types}}
  %0:2 = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x5x4xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}
// -----
func.func @attention_dkv(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x16xf32>) {
  // expected-error @below {{operand 'd_o' expected shape [2, 5, 32], got [2, 5, 16]}}
  // expected-error @below {{'samba.attention_dkv' op failed to infer returned types}}
  %0:2 = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}
// -----
func.func @attention_grad(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  // expected-error @below {{attribute 'window' expected a positive integer, got 0}}
  // expected-error @below {{'samba.attention_grad' op failed to infer returned types}}
  %0:3 = samba.attention_grad %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 0} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}
// -----
func.func @attention_grad(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x16xf32>) {
  // expected-error @below {{operand 'd_o' expected shape [2, 5, 32], got [2, 5, 16]}}
  // expected-error @below {{'samba.attention_grad' op failed to infer returned types}}
  %0:3 = samba.attention_grad %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}
// -----
func.func @attention_step(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %ring_k: tensor<2x7x16xf32>, %ring_v: tensor<2x7x16xf32>, %position: tensor<2xi64>) {
  // expected-error @below {{attribute 'window' expected a positive integer, got 0}}
  // expected-error @below {{'samba.attention_step' op failed to infer returned types}}
  %0 = samba.attention_step %q, %k, %v, %ring_k, %ring_v, %position {n_heads = 4, n_kv_heads = 2, window = 0} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_step(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %ring_k: tensor<2x7x32xf32>, %ring_v: tensor<2x7x16xf32>, %position: tensor<2xi64>) {
  // expected-error @below {{operand 'ring_k' expected shape [2, ?, 16], got [2, 7, 32]}}
  // expected-error @below {{'samba.attention_step' op failed to infer returned types}}
  %0 = samba.attention_step %q, %k, %v, %ring_k, %ring_v, %position {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x7x32xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_step(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %ring_k: tensor<2x7x16xf32>, %ring_v: tensor<2x8x16xf32>, %position: tensor<2xi64>) {
  // expected-error @below {{operand 'ring_v' expected shape [2, 7, 16], got [2, 8, 16]}}
  // expected-error @below {{'samba.attention_step' op failed to infer returned types}}
  %0 = samba.attention_step %q, %k, %v, %ring_k, %ring_v, %position {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2x8x16xf32>, tensor<2xi64>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_step(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %ring_k: tensor<2x7x16xf32>, %ring_v: tensor<2x7x16xf32>, %position: tensor<1xi64>) {
  // expected-error @below {{operand 'position' expected shape [2], got [1]}}
  // expected-error @below {{'samba.attention_step' op failed to infer returned types}}
  %0 = samba.attention_step %q, %k, %v, %ring_k, %ring_v, %position {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<1xi64>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @attention_step(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %ring_k: tensor<2x7x16xf32>, %ring_v: tensor<2x7x16xf32>, %position: tensor<2xi64>) {
  // expected-error @below {{attribute 'window' expected at most the ring's 7 positions, got 8}}
  // expected-error @below {{'samba.attention_step' op failed to infer returned types}}
  %0 = samba.attention_step %q, %k, %v, %ring_k, %ring_v, %position {n_heads = 4, n_kv_heads = 2, window = 8} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x5x32xf32>
  return
}
// -----
func.func @ring_update(%x: tensor<5x16xf32>, %ring: tensor<2x7x16xf32>, %position: tensor<2xi64>) {
  // expected-error @below {{operand 'x' expected shape [?, ?, ?], got [5, 16]}}
  // expected-error @below {{'samba.ring_update' op failed to infer returned types}}
  %0 = samba.ring_update %x, %ring, %position : (tensor<5x16xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x7x16xf32>
  return
}
// -----
func.func @ring_update(%x: tensor<2x5x16xf32>, %ring: tensor<2x7x8xf32>, %position: tensor<2xi64>) {
  // expected-error @below {{operand 'ring' expected shape [2, ?, 16], got [2, 7, 8]}}
  // expected-error @below {{'samba.ring_update' op failed to infer returned types}}
  %0 = samba.ring_update %x, %ring, %position : (tensor<2x5x16xf32>, tensor<2x7x8xf32>, tensor<2xi64>) -> tensor<2x7x16xf32>
  return
}
// -----
func.func @ring_update(%x: tensor<2x5x16xf32>, %ring: tensor<2x7x16xf32>, %position: tensor<3xi64>) {
  // expected-error @below {{operand 'position' expected shape [2], got [3]}}
  // expected-error @below {{'samba.ring_update' op failed to infer returned types}}
  %0 = samba.ring_update %x, %ring, %position : (tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<3xi64>) -> tensor<2x7x16xf32>
  return
}
// -----
func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %documents: tensor<2x4xi32>) {
  // expected-error @below {{operand 'documents' expected shape [2, 5], got [2, 4]}}
  // expected-error @below {{'samba.windowed_attention' op failed to infer returned types}}
  %0:2 = samba.windowed_attention %q, %k, %k in %documents {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4xi32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}
