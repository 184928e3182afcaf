// RUN: samba-opt %s -split-input-file -verify-diagnostics -samba-emit-kernels

samba.kernel @two(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) attributes {row_strides = array<i64: 8, 8, 8>} {
  // expected-note @below {{the other is 'samba.linear'}}
  %y = samba.linear %x, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // expected-error @below {{kernel 'two' has two root ops, expected at most one}}
  %z = samba.linear %y, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  samba.yield %z : tensor<4x8xf32>
}
// -----
samba.kernel @view(%x: tensor<4x8xf32>) attributes {row_strides = array<i64: 8, 4, 4>} {
  // expected-error @below {{'samba.split' has no kernel for target "host"}}
  %y:2 = samba.split %x : (tensor<4x8xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>)
  samba.yield %y#0, %y#1 : tensor<4x4xf32>, tensor<4x4xf32>
}
// -----
samba.kernel @halves(%x: tensor<4x8xbf16>) attributes {row_strides = array<i64: 8, 8>} {
  // expected-error @below {{expected f32 or integers for target "host", got 'tensor<4x8xbf16>'}}
  %y = samba.silu %x : (tensor<4x8xbf16>) -> tensor<4x8xbf16>
  samba.yield %y : tensor<4x8xbf16>
}
