// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

samba.kernel @neg_0(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8, 8>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  samba.yield %y : tensor<2x8xf32>
}
samba.kernel @neg_1(%x: tensor<2x3xf32>) attributes {row_strides = array<i64: 8, 3>} {
  %y = samba.neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  samba.yield %y : tensor<2x3xf32>
}

// %a dies as %c is born: they share bytes 0 to 64.
// CHECK-LABEL: samba.program @train arena 128 {
// CHECK: %{{.*}} = samba.buffer "io"[0] "x" {role = "input"} : memref<2x8xf32>
// CHECK: %{{.*}} = samba.buffer "arena"[64] : memref<2x8xf32>
// CHECK: %{{.*}} = samba.slice %{{.*}}[5] : memref<2x8xf32> -> memref<2x3xf32, strided<[8, 1], offset: 5>>
// CHECK: samba.launch @neg_0(%{{.*}} : memref<2x8xf32>) -> (%{{.*}} : memref<2x8xf32>)
// CHECK: samba.launch @neg_1(%{{.*}} : memref<2x3xf32, strided<[8, 1], offset: 5>>) -> (%{{.*}} : memref<2x3xf32>)
samba.program @train arena 128 {
  %x = samba.buffer "io"[0] "x" {role = "input"} : memref<2x8xf32>
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  %b = samba.buffer "arena"[64] : memref<2x8xf32>
  %c = samba.buffer "arena"[0] : memref<2x3xf32>
  %s = samba.slice %b[5] : memref<2x8xf32> -> memref<2x3xf32, strided<[8, 1], offset: 5>>
  samba.launch @neg_0(%x : memref<2x8xf32>) -> (%a : memref<2x8xf32>)
  samba.launch @neg_0(%a : memref<2x8xf32>) -> (%b : memref<2x8xf32>)
  samba.launch @neg_1(%s : memref<2x3xf32, strided<[8, 1], offset: 5>>) -> (%c : memref<2x3xf32>)
}
