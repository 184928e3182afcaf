// RUN: samba-opt %s -split-input-file -verify-diagnostics

samba.program @p arena 64 {
  // expected-error @below {{'samba.buffer' op expected one of the segments params, grads, moment1, moment2, weights, state, io, arena, got 'stack'}}
  %a = samba.buffer "stack"[0] : memref<2x8xf32>
}
// -----
samba.program @p arena 64 {
  // expected-error @below {{'samba.buffer' op expected an offset that is a multiple of 4, got 6}}
  %a = samba.buffer "arena"[6] : memref<2x8xf32>
}
// -----
samba.program @p arena 64 {
  // expected-error @below {{'samba.buffer' op expected an offset that is a multiple of 4, got -4}}
  %a = samba.buffer "arena"[-4] : memref<2x8xf32>
}
// -----
samba.program @p arena 64 {
  // expected-error @below {{'samba.buffer' op expected a dense memref of static shape, got 'memref<?x8xf32>'}}
  %a = samba.buffer "arena"[0] : memref<?x8xf32>
}
// -----
samba.program @p arena 64 {
  // expected-error @below {{'samba.buffer' op expected a dense memref of static shape, got 'memref<2x8xf32, strided<[9, 1]>>'}}
  %a = samba.buffer "arena"[0] : memref<2x8xf32, strided<[9, 1]>>
}
// -----
samba.program @p arena 64 {
  // expected-error @below {{'samba.buffer' op ends at byte 68 of an arena of 64}}
  %a = samba.buffer "arena"[4] : memref<2x8xf32>
}
// -----
func.func @f() {
  // expected-error @below {{'samba.buffer' op expects parent op 'samba.program'}}
  %a = samba.buffer "arena"[4] : memref<2x8xf32>
  return
}
// -----
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  // expected-error @below {{'samba.slice' op expected channels within [0, 8), got [6, 9)}}
  %s = samba.slice %a[6] : memref<2x8xf32> -> memref<2x3xf32, strided<[8, 1], offset: 6>>
}
// -----
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  // expected-error @below {{'samba.slice' op expected channels within [0, 8), got [-1, 2)}}
  %s = samba.slice %a[-1] : memref<2x8xf32> -> memref<2x3xf32, strided<[8, 1], offset: 6>>
}
// -----
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  // expected-error @below {{'samba.slice' op expected type 'memref<2x3xf32, strided<[8, 1], offset: 2>>', got 'memref<2x3xf32>'}}
  %s = samba.slice %a[2] : memref<2x8xf32> -> memref<2x3xf32>
}
// -----
samba.kernel @k(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8, 8>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  samba.yield %y : tensor<2x8xf32>
}
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  // expected-error @below {{'samba.launch' op names kernel 'other', which the module does not hold}}
  samba.launch @other(%a : memref<2x8xf32>) -> (%a : memref<2x8xf32>)
}
// -----
samba.kernel @k(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8, 8>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  samba.yield %y : tensor<2x8xf32>
}
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  // expected-error @below {{'samba.launch' op expected 2 buffers for kernel 'k', got 3}}
  samba.launch @k(%a, %a : memref<2x8xf32>, memref<2x8xf32>) -> (%a : memref<2x8xf32>)
}
// -----
// expected-note @below {{the kernel is here}}
samba.kernel @k(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8, 8>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  samba.yield %y : tensor<2x8xf32>
}
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  %b = samba.buffer "io"[0] : memref<8x2xf32>
  // expected-error @below {{'samba.launch' op buffer 1 expected the shape of 'tensor<2x8xf32>', got 'memref<8x2xf32>'}}
  samba.launch @k(%a : memref<2x8xf32>) -> (%b : memref<8x2xf32>)
}
// -----
// %a is read again by the last launch, so %c may not take its bytes.
samba.kernel @k(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8, 8>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  samba.yield %y : tensor<2x8xf32>
}
samba.program @p arena 128 {
  // expected-note @below {{bytes [0, 64) are live in launches [0, 2]}}
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  %b = samba.buffer "arena"[64] : memref<2x8xf32>
  // expected-error @below {{'samba.buffer' op overlaps a live buffer: bytes [32, 96) are live in launches [1, 1]}}
  %c = samba.buffer "arena"[32] : memref<2x8xf32>
  %x = samba.buffer "io"[0] : memref<2x8xf32>
  samba.launch @k(%x : memref<2x8xf32>) -> (%a : memref<2x8xf32>)
  samba.launch @k(%x : memref<2x8xf32>) -> (%c : memref<2x8xf32>)
  samba.launch @k(%a : memref<2x8xf32>) -> (%b : memref<2x8xf32>)
}
// -----
// A buffer is also live where only a slice of it is used.
samba.kernel @k(%x: tensor<2x3xf32>) attributes {row_strides = array<i64: 8, 3>} {
  %y = samba.neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  samba.yield %y : tensor<2x3xf32>
}
samba.program @p arena 128 {
  // expected-note @below {{bytes [0, 64) are live in launches [0, 0]}}
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  // expected-error @below {{'samba.buffer' op overlaps a live buffer: bytes [0, 24) are live in launches [0, 0]}}
  %b = samba.buffer "arena"[0] : memref<2x3xf32>
  %s = samba.slice %a[5] : memref<2x8xf32> -> memref<2x3xf32, strided<[8, 1], offset: 5>>
  samba.launch @k(%s : memref<2x3xf32, strided<[8, 1], offset: 5>>) -> (%b : memref<2x3xf32>)
}
// -----
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<2x8xf32>
  %s = samba.slice %a[2] : memref<2x8xf32> -> memref<2x3xf32, strided<[8, 1], offset: 2>>
  // expected-error @below {{'samba.slice' op expected channels of a 'samba.buffer'}}
  %t = samba.slice %s[0] : memref<2x3xf32, strided<[8, 1], offset: 2>> -> memref<2x3xf32, strided<[8, 1], offset: 2>>
}
// -----
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<f32>
  // expected-error @below {{'samba.slice' op expected ranks that are equal and at least 1, got 'memref<f32>' and 'memref<f32>'}}
  %s = samba.slice %a[0] : memref<f32> -> memref<f32>
}
// -----
samba.program @p arena 64 {
  %a = samba.buffer "arena"[0] : memref<f32>
  // expected-error @below {{'builtin.unrealized_conversion_cast' is not a plan op: 'samba.program' holds buffers, slices and launches}}
  %b = builtin.unrealized_conversion_cast %a : memref<f32> to i64
}
