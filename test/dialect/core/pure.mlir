// Core ops have no side effect: equal ones become one, and unused ones go.
// RUN: samba-opt %s -cse -canonicalize | FileCheck %s

// CHECK-LABEL: func.func @pure
// CHECK-NEXT:    %[[S:.*]] = samba.silu %{{.*}}
// CHECK-NEXT:    %[[Y:.*]] = samba.add %[[S]], %[[S]]
// CHECK-NEXT:    return %[[Y]]
func.func @pure(%x: tensor<2x8xf32>, %w: tensor<3x8xf32>) -> tensor<2x8xf32> {
  %unused = samba.linear %x, %w : (tensor<2x8xf32>, tensor<3x8xf32>) -> tensor<2x3xf32>
  %a = samba.silu %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = samba.silu %x : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %y = samba.add %a, %b : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
