// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @linear_cross_entropy
// CHECK: %{{.*}} = samba.linear_cross_entropy %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<11x8xf32>, tensor<2x5xi32>) -> (tensor<2x5xf32>, tensor<2x5xf32>)
func.func @linear_cross_entropy(%x: tensor<2x5x8xf32>, %w: tensor<11x8xf32>, %targets: tensor<2x5xi32>) {
  %0:2 = samba.linear_cross_entropy %x, %w, %targets : (tensor<2x5x8xf32>, tensor<11x8xf32>, tensor<2x5xi32>) -> (tensor<2x5xf32>, tensor<2x5xf32>)
  return
}

// CHECK-LABEL: func.func @linear_cross_entropy_grad
// CHECK: %{{.*}} = samba.linear_cross_entropy_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<11x8xf32>, tensor<2x5xi32>, tensor<2x5xf32>, tensor<2x5xf32>) -> (tensor<2x5x8xf32>, tensor<11x8xf32>)
func.func @linear_cross_entropy_grad(%x: tensor<2x5x8xf32>, %w: tensor<11x8xf32>, %targets: tensor<2x5xi32>, %lse: tensor<2x5xf32>, %dnll: tensor<2x5xf32>) {
  %0:2 = samba.linear_cross_entropy_grad %x, %w, %targets, %lse, %dnll : (tensor<2x5x8xf32>, tensor<11x8xf32>, tensor<2x5xi32>, tensor<2x5xf32>, tensor<2x5xf32>) -> (tensor<2x5x8xf32>, tensor<11x8xf32>)
  return
}

// CHECK-LABEL: func.func @masked_mean
// CHECK: %{{.*}} = samba.masked_mean %{{.*}}, %{{.*}} : (tensor<2x5xf32>, tensor<2x5xi32>) -> tensor<f32>
func.func @masked_mean(%nll: tensor<2x5xf32>, %targets: tensor<2x5xi32>) {
  %0 = samba.masked_mean %nll, %targets : (tensor<2x5xf32>, tensor<2x5xi32>) -> tensor<f32>
  return
}

// CHECK-LABEL: func.func @masked_mean_grad
// CHECK: %{{.*}} = samba.masked_mean_grad %{{.*}}, %{{.*}} : (tensor<f32>, tensor<2x5xi32>) -> tensor<2x5xf32>
func.func @masked_mean_grad(%dloss: tensor<f32>, %targets: tensor<2x5xi32>) {
  %0 = samba.masked_mean_grad %dloss, %targets : (tensor<f32>, tensor<2x5xi32>) -> tensor<2x5xf32>
  return
}
