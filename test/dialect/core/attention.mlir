// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @windowed_attention
// CHECK: %{{.*}} = samba.windowed_attention %{{.*}}, %{{.*}}, %{{.*}} {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 3 : i64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
func.func @windowed_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>) {
  %0:2 = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  return
}

// CHECK-LABEL: func.func @attention_delta
// CHECK: %{{.*}} = samba.attention_delta %{{.*}}, %{{.*}} {n_heads = 4 : i64} : (tensor<2x5x32xf32>, tensor<2x5x32xf32>) -> tensor<2x4x5xf32>
func.func @attention_delta(%o: tensor<2x5x32xf32>, %d_o: tensor<2x5x32xf32>) {
  %0 = samba.attention_delta %o, %d_o {n_heads = 4} : (tensor<2x5x32xf32>, tensor<2x5x32xf32>) -> tensor<2x4x5xf32>
  return
}

// CHECK-LABEL: func.func @attention_dq
// CHECK: %{{.*}} = samba.attention_dq %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 3 : i64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> tensor<2x5x32xf32>
func.func @attention_dq(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  %0 = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> tensor<2x5x32xf32>
  return
}

// CHECK-LABEL: func.func @attention_dkv
// CHECK: %{{.*}} = samba.attention_dkv %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 3 : i64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x16xf32>, tensor<2x5x16xf32>)
func.func @attention_dkv(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  %0:2 = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}

// CHECK-LABEL: func.func @attention_grad
// CHECK: %{{.*}} = samba.attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 3 : i64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>)
func.func @attention_grad(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %lse: tensor<2x4x5xf32>, %delta: tensor<2x4x5xf32>, %d_o: tensor<2x5x32xf32>) {
  %0:3 = samba.attention_grad %q, %k, %v, %lse, %delta, %d_o {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>) -> (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}

// CHECK-LABEL: func.func @attention_step
// CHECK: %{{.*}} = samba.attention_step %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 3 : i64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x5x32xf32>
func.func @attention_step(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x16xf32>, %ring_k: tensor<2x7x16xf32>, %ring_v: tensor<2x7x16xf32>, %position: tensor<2xi64>) {
  %0 = samba.attention_step %q, %k, %v, %ring_k, %ring_v, %position {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x5x32xf32>
  return
}

// CHECK-LABEL: func.func @ring_update
// CHECK: %{{.*}} = samba.ring_update %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x7x16xf32>
func.func @ring_update(%x: tensor<2x5x16xf32>, %ring: tensor<2x7x16xf32>, %position: tensor<2xi64>) {
  %0 = samba.ring_update %x, %ring, %position : (tensor<2x5x16xf32>, tensor<2x7x16xf32>, tensor<2xi64>) -> tensor<2x7x16xf32>
  return
}

// CHECK-LABEL: func.func @documents
// CHECK: %{{.*}} = samba.windowed_attention %{{.*}}, %{{.*}}, %{{.*}} in %{{.*}} {n_heads = 4 : i64, n_kv_heads = 2 : i64, window = 3 : i64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x5xi32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
// CHECK: %{{.*}} = samba.attention_dq %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} in %{{.*}} {
// CHECK: %{{.*}} = samba.attention_dkv %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} in %{{.*}} {
func.func @documents(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %delta: tensor<2x4x5xf32>, %documents: tensor<2x5xi32>) {
  %0:2 = samba.windowed_attention %q, %k, %k in %documents {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x5xi32>) -> (tensor<2x5x32xf32>, tensor<2x4x5xf32>)
  %1 = samba.attention_dq %q, %k, %k, %0#1, %delta, %q in %documents {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>, tensor<2x5xi32>) -> tensor<2x5x32xf32>
  %2:2 = samba.attention_dkv %q, %k, %k, %0#1, %delta, %q in %documents {n_heads = 4, n_kv_heads = 2, window = 3} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x4x5xf32>, tensor<2x4x5xf32>, tensor<2x5x32xf32>, tensor<2x5xi32>) -> (tensor<2x5x16xf32>, tensor<2x5x16xf32>)
  return
}
