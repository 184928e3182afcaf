// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @sample
// CHECK: samba.sample %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x1x9xf32>, tensor<2xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>)
func.func @sample(%logits: tensor<2x1x9xf32>, %p: tensor<2xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<2x1x9xf32>, tensor<2xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>)
  return
}
