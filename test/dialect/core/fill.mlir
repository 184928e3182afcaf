// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// CHECK-LABEL: func.func @advance
// CHECK: %{{.*}} = samba.advance %{{.*}} {count = 5 : i64} : (tensor<2xi64>) -> tensor<2xi64>
func.func @advance(%position: tensor<2xi64>) {
  %0 = samba.advance %position {count = 5} : (tensor<2xi64>) -> tensor<2xi64>
  return
}

// CHECK-LABEL: func.func @fill
// CHECK: %{{.*}} = samba.fill 1.500000e+00 : tensor<2x3xf32>
func.func @fill() {
  %0 = samba.fill 1.5 : tensor<2x3xf32>
  return
}
