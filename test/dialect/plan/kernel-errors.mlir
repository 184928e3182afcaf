// RUN: samba-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{'samba.kernel' op expected its body to end with 'samba.yield'}}
samba.kernel @k(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
}
// -----
// expected-error @below {{'samba.kernel' op attribute 'row_strides' expected one stride for each of 2 arguments, got 1}}
samba.kernel @k(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  samba.yield %y : tensor<2x8xf32>
}
// -----
// expected-error @below {{'samba.kernel' op argument 0 expected a tensor of static shape, got 'memref<2x8xf32>'}}
samba.kernel @k(%x: memref<2x8xf32>) attributes {row_strides = array<i64: 8>} {
  samba.yield
}
// -----
// expected-error @below {{'samba.kernel' op argument 0 expected a tensor of static shape, got 'tensor<?x8xf32>'}}
samba.kernel @k(%x: tensor<?x8xf32>) attributes {row_strides = array<i64: 8>} {
  samba.yield
}
// -----
// expected-error @below {{'samba.kernel' op attribute 'row_strides' of argument 1 expected at least its 8 channels, got 7}}
samba.kernel @k(%x: tensor<2x8xf32>) attributes {row_strides = array<i64: 8, 7>} {
  %y = samba.neg %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  samba.yield %y : tensor<2x8xf32>
}
// -----
// expected-error @below {{'samba.kernel' op requires attribute 'row_strides'}}
samba.kernel @k(%x: tensor<2x8xf32>) {
  samba.yield %x : tensor<2x8xf32>
}
// -----
func.func @f() {
  // expected-error @below {{'samba.kernel' op expects parent op 'builtin.module'}}
  samba.kernel @k() attributes {row_strides = array<i64>} {
    samba.yield
  }
  return
}
// -----
func.func @f() {
  // expected-error @below {{'samba.yield' op expects parent op to be one of 'samba.fused, samba.kernel'}}
  samba.yield
}
// -----
func.func @f(%x: tensor<8xf32>) {
  // expected-error @below {{expected 2 operands, got 1}}
  %0 = samba.fused (%a = %x) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32> {
    samba.yield %a : tensor<8xf32>
  }
  return
}
// -----
func.func @f(%x: tensor<8xf32>) {
  // expected-error @below {{'samba.fused' op expected a 'samba.yield' of its results' types}}
  %0 = samba.fused (%a = %x) : (tensor<8xf32>) -> tensor<4xf32> {
    samba.yield %a : tensor<8xf32>
  }
  return
}
// -----
func.func @f(%x: tensor<8xf32>) {
  // expected-error @below {{'samba.fused' op expected block arguments of its operands' types}}
  %0 = "samba.fused"(%x) ({
  ^bb0(%a: tensor<4xf32>):
    samba.yield %a : tensor<4xf32>
  }) : (tensor<8xf32>) -> tensor<4xf32>
  return
}
