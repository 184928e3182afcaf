// RUN: samba-opt %s -samba-fuse -samba-plan -samba-check-stage=stage=04-planned | FileCheck %s

// Long rows of parameters, and of what the program makes for itself in bf16, begin at multiples of 8 elements; rows of
// f32, of arguments and of results lie as they come.
// CHECK: samba.parameters = [{decay = true, {{.*}} name = "w", offset = 0 : i64, row_stride = 104 : i64, type = tensor<70x99xf32>}, {decay = true, {{.*}} name = "v", offset = 29120 : i64, row_stride = 72 : i64, type = tensor<99x70xf32>}]
// CHECK-SAME: params = 57664 : i64
// CHECK-LABEL: samba.program @rows arena 1152 {
// CHECK: %[[X:.*]] = samba.buffer "io"[0] "x" {role = "input"} : memref<8x99xbf16>
// CHECK: %[[W:.*]] = samba.buffer "weights"[0] "w" : memref<70x104xbf16>
// CHECK: %[[V:.*]] = samba.buffer "weights"[14560] "v" : memref<99x72xbf16>
// CHECK: %[[H:.*]] = samba.buffer "arena"[0] : memref<8x72xbf16>
// CHECK: %[[WROWS:.*]] = samba.slice %[[W]][0] : memref<70x104xbf16> -> memref<70x99xbf16, strided<[104, 1]>>
// CHECK: %[[HROWS:.*]] = samba.slice %[[H]][0] : memref<8x72xbf16> -> memref<8x70xbf16, strided<[72, 1]>>
// CHECK: samba.launch @linear_0(%[[X]], %[[WROWS]] : {{.*}}) -> (%[[HROWS]] :
// CHECK: samba.kernel @linear_0({{.*}} {row_strides = array<i64: 99, 104, 72>}
func.func @rows(%x: tensor<8x99xbf16> {samba.input = "x"}, %p: tensor<70x99xf32> {samba.param = "w", samba.decay = true, samba.init = {kind = "constant", value = 1.0}},
                %q: tensor<99x70xf32> {samba.param = "v", samba.decay = true, samba.init = {kind = "constant", value = 1.0}},
                %w: tensor<70x99xbf16> {samba.weight = "w"}, %v: tensor<99x70xbf16> {samba.weight = "v"}) -> tensor<8x99xf32> {
  %0 = samba.linear %x, %w : (tensor<8x99xbf16>, tensor<70x99xbf16>) -> tensor<8x70xbf16>
  %1 = samba.linear %0, %v : (tensor<8x70xbf16>, tensor<99x70xbf16>) -> tensor<8x99xf32>
  return %1 : tensor<8x99xf32>
}
