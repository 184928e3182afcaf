// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @copy
// CHECK: %{{.*}} = samba.copy %{{.*}} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @copy(%x: tensor<2x5x8xf32>) {
  %0 = samba.copy %x : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @neg
// CHECK: %{{.*}} = samba.neg %{{.*}} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @neg(%x: tensor<2x5x8xf32>) {
  %0 = samba.neg %x : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @exp
// CHECK: %{{.*}} = samba.exp %{{.*}} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @exp(%x: tensor<2x5x8xf32>) {
  %0 = samba.exp %x : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @silu
// CHECK: %{{.*}} = samba.silu %{{.*}} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @silu(%x: tensor<2x5x8xf32>) {
  %0 = samba.silu %x : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @softplus
// CHECK: %{{.*}} = samba.softplus %{{.*}} : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @softplus(%x: tensor<2x5x8xf32>) {
  %0 = samba.softplus %x : (tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @add
// CHECK: %{{.*}} = samba.add %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @add(%a: tensor<2x5x8xf32>, %b: tensor<2x5x8xf32>) {
  %0 = samba.add %a, %b : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @add_channels
// CHECK: %{{.*}} = samba.add %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
func.func @add_channels(%a: tensor<2x5x8xf32>, %b: tensor<8xf32>) {
  %0 = samba.add %a, %b : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @mul
// CHECK: %{{.*}} = samba.mul %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @mul(%a: tensor<2x5x8xf32>, %b: tensor<2x5x8xf32>) {
  %0 = samba.mul %a, %b : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @mul_channels
// CHECK: %{{.*}} = samba.mul %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
func.func @mul_channels(%a: tensor<2x5x8xf32>, %b: tensor<8xf32>) {
  %0 = samba.mul %a, %b : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @silu_grad
// CHECK: %{{.*}} = samba.silu_grad %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @silu_grad(%a: tensor<2x5x8xf32>, %b: tensor<2x5x8xf32>) {
  %0 = samba.silu_grad %a, %b : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @silu_grad_channels
// CHECK: %{{.*}} = samba.silu_grad %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
func.func @silu_grad_channels(%a: tensor<2x5x8xf32>, %b: tensor<8xf32>) {
  %0 = samba.silu_grad %a, %b : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @softplus_grad
// CHECK: %{{.*}} = samba.softplus_grad %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
func.func @softplus_grad(%a: tensor<2x5x8xf32>, %b: tensor<2x5x8xf32>) {
  %0 = samba.softplus_grad %a, %b : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return
}

// CHECK-LABEL: func.func @softplus_grad_channels
// CHECK: %{{.*}} = samba.softplus_grad %{{.*}}, %{{.*}} : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
func.func @softplus_grad_channels(%a: tensor<2x5x8xf32>, %b: tensor<8xf32>) {
  %0 = samba.softplus_grad %a, %b : (tensor<2x5x8xf32>, tensor<8xf32>) -> tensor<2x5x8xf32>
  return
}
