// RUN: split-file %s %t
// RUN: samba-opt %t/core.mlir -verify-diagnostics -samba-check-stage=stage=01-core -split-input-file
// RUN: samba-opt %t/train.mlir -verify-diagnostics -samba-check-stage=stage=02-train -split-input-file
// RUN: samba-opt %t/fused.mlir -verify-diagnostics -samba-check-stage=stage=03-fused -split-input-file
// RUN: samba-opt %t/planned.mlir -verify-diagnostics -samba-check-stage=stage=04-planned -split-input-file
// RUN: echo 'module {}' | not samba-opt -samba-check-stage=stage=07-sold 2>&1 | FileCheck %s
// CHECK: error: option 'stage' expected 01-core, 02-train, 03-fused or 04-planned, got '07-sold'

//--- core.mlir
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mamba' op is a layer: stage '01-core' holds core ops only}}
  samba.mamba
}
// -----
func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{expected tensors of static shape in stage '01-core', got 'tensor<?x8xf32>'}}
  %0 = builtin.unrealized_conversion_cast %x : tensor<?x8xf32> to tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

//--- train.mlir
// expected-error @below {{parameter "w" has no gradient after stage '02-train'}}
func.func @train(%w: tensor<8xf32> {samba.param = "w"}) {
  return
}
// -----
func.func @train(%w: tensor<8xf32> {samba.param = "w"}, %g: tensor<8xf32> {samba.grad = "w"})
    -> (tensor<8xf32> {samba.grad = "w"}) {
  return %g : tensor<8xf32>
}

//--- fused.mlir
func.func @f(%x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  // expected-error @below {{'samba.fused' op expected at most one root op in a group, got 2}}
  %0 = samba.fused (%a = %x, %b = %w) : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32> {
    %1 = samba.linear %a, %b : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    %2 = samba.linear %1, %b : (tensor<2x8xf32>, tensor<8x8xf32>) -> tensor<2x8xf32>
    samba.yield %2 : tensor<2x8xf32>
  }
  return %0 : tensor<2x8xf32>
}

//--- planned.mlir
// expected-error @below {{'func.func' is not a kernel or a program: stage '04-planned' holds these only}}
func.func @f() {
  return
}
