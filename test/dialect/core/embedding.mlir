// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @embedding
// CHECK: %{{.*}} = samba.embedding %{{.*}}, %{{.*}} : (tensor<2x5xi32>, tensor<11x8xf32>) -> tensor<2x5x8xf32>
func.func @embedding(%tokens: tensor<2x5xi32>, %table: tensor<11x8xf32>) {
  %0 = samba.embedding %tokens, %table : (tensor<2x5xi32>, tensor<11x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @embedding_grad
// CHECK: %{{.*}} = samba.embedding_grad %{{.*}}, %{{.*}} {vocab_size = 11 : i64} : (tensor<2x5xi32>, tensor<2x5x8xf32>) -> tensor<11x8xf32>
func.func @embedding_grad(%tokens: tensor<2x5xi32>, %dx: tensor<2x5x8xf32>) {
  %0 = samba.embedding_grad %tokens, %dx {vocab_size = 11} : (tensor<2x5xi32>, tensor<2x5x8xf32>) -> tensor<11x8xf32>
  return
}
