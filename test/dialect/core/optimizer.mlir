// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @sum_squares
// CHECK: %{{.*}} = samba.sum_squares %{{.*}} {block = 64 : i64} : (tensor<100xf32>) -> tensor<2xf32>
func.func @sum_squares(%g: tensor<100xf32>) {
  %0 = samba.sum_squares %g {block = 64} : (tensor<100xf32>) -> tensor<2xf32>
  return
}

// CHECK-LABEL: func.func @grad_norm
// CHECK: %{{.*}} = samba.grad_norm %{{.*}}, %{{.*}} : (tensor<2xf32>, tensor<9xf32>) -> tensor<f32>
func.func @grad_norm(%partials: tensor<2xf32>, %hyper: tensor<9xf32>) {
  %0 = samba.grad_norm %partials, %hyper : (tensor<2xf32>, tensor<9xf32>) -> tensor<f32>
  return
}

// CHECK-LABEL: func.func @adamw
// CHECK: %{{.*}} = samba.adamw %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {decay_elements = 60 : i64} : (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
func.func @adamw(%p: tensor<100xf32>, %g: tensor<100xf32>, %m: tensor<100xf32>, %v: tensor<100xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) {
  %0:4 = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 60 : i64} : (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>)
  return
}
