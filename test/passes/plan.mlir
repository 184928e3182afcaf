// RUN: samba-opt %s -samba-fuse -samba-plan -samba-check-stage=stage=04-planned | FileCheck %s
// RUN: samba-opt %s -samba-fuse -samba-plan=reuse=false | FileCheck %s --check-prefix=NOREUSE

// Parameters that decay come first, each at a multiple of 64 bytes; the states as they appear.
// CHECK: samba.parameters = [{decay = true, init = {kind = "constant", value = 1.000000e+00 : f64}, name = "w", offset = 0 : i64, type = tensor<8x6xf32>}, {name = "a", offset = 192 : i64,
// CHECK-SAME: samba.segments = {grads = 2240 : i64, io = {{[0-9]+}} : i64, moment1 = 2240 : i64, moment2 = 2240 : i64, params = 2240 : i64, state = 192 : i64, weights = 0 : i64}
// CHECK-SAME: samba.state_table = [{name = "s", offset = 0 : i64, type = tensor<1x8xf32>}, {name = "position", offset = 64 : i64,

// Two layers share two kernels, and the third product the bytes of the first.
// CHECK-LABEL: samba.program @layers arena 384 {
// CHECK: %[[X:.*]] = samba.buffer "io"[0] "arg0" {role = "input"}
// CHECK: %[[Y:.*]] = samba.buffer "io"[128] "result0" {role = "output"}
// CHECK: %[[B0:.*]] = samba.buffer "arena"[0] : memref<4x16xf32>
// CHECK: %[[B1:.*]] = samba.buffer "arena"[256] : memref<4x8xf32>
// CHECK: %[[B2:.*]] = samba.buffer "arena"[0] : memref<4x16xf32>
// CHECK: samba.launch @linear_0(%[[X]], {{.*}}) -> (%[[B0]] :
// CHECK: samba.launch @linear_1(%[[B0]], {{.*}}) -> (%[[B1]] :
// CHECK: samba.launch @linear_0(%[[B1]], {{.*}}) -> (%[[B2]] :
// CHECK: samba.launch @linear_1(%[[B2]], {{.*}}) -> (%[[Y]] :
// NOREUSE-LABEL: samba.program @layers arena 640 {
func.func @layers(%x: tensor<4x8xf32>, %a: tensor<16x8xf32> {samba.param = "a"}, %b: tensor<8x16xf32> {samba.param = "b"},
                  %c: tensor<16x8xf32> {samba.param = "c"}, %d: tensor<8x16xf32> {samba.param = "d"}) -> tensor<4x8xf32> {
  %0 = samba.linear %x, %a : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  %1 = samba.linear %0, %b : (tensor<4x16xf32>, tensor<8x16xf32>) -> tensor<4x8xf32>
  %2 = samba.linear %1, %c : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  %3 = samba.linear %2, %d : (tensor<4x16xf32>, tensor<8x16xf32>) -> tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// A split reads channels where they are; a concat's operands are computed where it wants them. What is in a buffer of
// its own already (a slice of another, an argument, a part of an earlier concat) is copied.
// CHECK-LABEL: samba.program @views
// CHECK: %[[X:.*]] = samba.buffer "io"[{{.*}}] "arg0"
// CHECK: %[[WIDE:.*]] = samba.buffer "arena"[0] : memref<4x12xf32>
// CHECK: %[[JOINED:.*]] = samba.buffer "arena"[192] : memref<4x12xf32>
// CHECK: %[[AGAIN:.*]] = samba.buffer "arena"[0] : memref<4x12xf32>
// CHECK: samba.launch @linear_2(%[[X]], {{.*}} -> (%[[WIDE]] :
// CHECK: %[[LEFT:.*]] = samba.slice %[[WIDE]][0] : memref<4x12xf32> -> memref<4x4xf32, strided<[12, 1]>>
// CHECK: %[[NEG:.*]] = samba.slice %[[JOINED]][8] : memref<4x12xf32> -> memref<4x4xf32, strided<[12, 1], offset: 8>>
// CHECK: samba.launch @neg_0(%[[LEFT]] : {{.*}} -> (%[[NEG]] :
// CHECK: %[[RIGHT:.*]] = samba.slice %[[WIDE]][4]
// CHECK: %[[FRONT:.*]] = samba.slice %[[JOINED]][0]
// CHECK: samba.launch @copy_0(%[[RIGHT]] : {{.*}} -> (%[[FRONT]] :
// CHECK: samba.launch @linear_3(%[[JOINED]],
// CHECK: %[[AGAIN0:.*]] = samba.slice %[[AGAIN]][0]
// CHECK: samba.launch @copy_1(%[[NEG]] : {{.*}} -> (%[[AGAIN0]] :
// CHECK: %[[AGAIN4:.*]] = samba.slice %[[AGAIN]][4]
// CHECK: samba.launch @copy_2(%[[X]] : {{.*}} -> (%[[AGAIN4]] :
// CHECK: samba.launch @exp_0(%[[AGAIN]] :
func.func @views(%x: tensor<4x8xf32>, %w: tensor<12x8xf32>, %v: tensor<5x12xf32>) -> (tensor<4x5xf32>, tensor<4x12xf32>) {
  %0 = samba.linear %x, %w : (tensor<4x8xf32>, tensor<12x8xf32>) -> tensor<4x12xf32>
  %1:2 = samba.split %0 : (tensor<4x12xf32>) -> (tensor<4x4xf32>, tensor<4x8xf32>)
  %2 = samba.neg %1#0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = samba.concat %1#1, %2 : (tensor<4x8xf32>, tensor<4x4xf32>) -> tensor<4x12xf32>
  %4 = samba.linear %3, %v : (tensor<4x12xf32>, tensor<5x12xf32>) -> tensor<4x5xf32>
  %5 = samba.concat %2, %x : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x12xf32>
  %6 = samba.exp %5 : (tensor<4x12xf32>) -> tensor<4x12xf32>
  return %4, %6 : tensor<4x5xf32>, tensor<4x12xf32>
}

// Channels of an argument are slices as well.
// CHECK-LABEL: samba.program @argument arena 0 {
// CHECK: %[[X:.*]] = samba.buffer "io"[{{.*}}] "arg0"
// CHECK: %[[A:.*]] = samba.slice %[[X]][0]
// CHECK: %[[B:.*]] = samba.slice %[[X]][4]
// CHECK: samba.launch @add_0(%[[A]], %[[B]] :
func.func @argument(%x: tensor<5x8xf32>) -> tensor<5x4xf32> {
  %0:2 = samba.split %x : (tensor<5x8xf32>) -> (tensor<5x4xf32>, tensor<5x4xf32>)
  %1 = samba.add %0#0, %0#1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  return %1 : tensor<5x4xf32>
}

// A state is updated where it stands, unless its old value is read at the same time or later: then it is copied last.
// CHECK-LABEL: samba.program @state arena 64 {
// CHECK: %[[S:.*]] = samba.buffer "state"[0] "s" : memref<1x8xf32>
// CHECK: %[[P:.*]] = samba.buffer "state"[64] "position" : memref<1xi64>
// CHECK: %[[R:.*]] = samba.buffer "state"[128] "read later" : memref<1x8xf32>
// CHECK: %[[NEW:.*]] = samba.buffer "arena"[0] : memref<1x8xf32>
// CHECK: samba.launch @add_1(%[[S]], {{.*}} -> (%[[S]] :
// CHECK: samba.launch @neg_1({{.*}}%[[R]] : {{.*}} -> (%[[NEW]],
// CHECK: samba.launch @advance_0(%[[P]] : {{.*}} -> (%[[P]] :
// CHECK: samba.launch @copy_3(%[[NEW]] : {{.*}} -> (%[[R]] :
func.func @state(%x: tensor<1x8xf32>, %s: tensor<1x8xf32> {samba.state = "s"}, %p: tensor<1xi64> {samba.state = "position"},
                 %r: tensor<1x8xf32> {samba.state = "read later"})
    -> (tensor<1x8xf32> {samba.output = "y"}, tensor<1x8xf32> {samba.state = "s"}, tensor<1xi64> {samba.state = "position"},
        tensor<1x8xf32> {samba.state = "read later"}) {
  %0 = samba.add %s, %x : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x8xf32>
  %1 = samba.neg %x : (tensor<1x8xf32>) -> tensor<1x8xf32>
  %2 = samba.mul %r, %1 : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x8xf32>
  %3 = samba.advance %p {count = 1} : (tensor<1xi64>) -> tensor<1xi64>
  return %2, %0, %3, %1 : tensor<1x8xf32>, tensor<1x8xf32>, tensor<1xi64>, tensor<1x8xf32>
}

// A state that becomes another is read before its own successor is written.
// CHECK-LABEL: samba.program @shift
// CHECK: %[[S:.*]] = samba.buffer "state"[0] "s"
// CHECK: %[[R:.*]] = samba.buffer "state"[128] "read later"
// CHECK: samba.launch @neg_{{.*}}(%[[R]] : {{.*}} -> (%[[NEW:.*]] :
// CHECK: samba.launch @copy_3(%[[S]] : {{.*}} -> (%[[R]] :
// CHECK: samba.launch @copy_3(%[[NEW]] : {{.*}} -> (%[[S]] :
func.func @shift(%s: tensor<1x8xf32> {samba.state = "s"}, %r: tensor<1x8xf32> {samba.state = "read later"})
    -> (tensor<1x8xf32> {samba.state = "s"}, tensor<1x8xf32> {samba.state = "read later"}) {
  %0 = samba.neg %r : (tensor<1x8xf32>) -> tensor<1x8xf32>
  return %0, %s : tensor<1x8xf32>, tensor<1x8xf32>
}

// A gradient grows in place.
// CHECK-LABEL: samba.program @train arena 0 {
// CHECK: %[[G:.*]] = samba.buffer "grads"[0] "w"
// CHECK: samba.launch @linear_dw_0({{.*}}, %[[G]] : {{.*}} -> (%[[G]] :
func.func @train(%dy: tensor<4x8xf32>, %x: tensor<4x6xf32>,
                 %w: tensor<8x6xf32> {samba.param = "w", samba.decay = true, samba.init = {kind = "constant", value = 1.0 : f64}},
                 %g: tensor<8x6xf32> {samba.grad = "w"}) -> (tensor<8x6xf32> {samba.grad = "w"}) {
  %0 = samba.linear_dw %x, %dy : (tensor<4x6xf32>, tensor<4x8xf32>) -> tensor<8x6xf32>
  %1 = samba.add %g, %0 : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  return %1 : tensor<8x6xf32>
}

// The same where the root has a result besides.
// CHECK-LABEL: samba.program @head arena 0 {
// CHECK: %[[G:.*]] = samba.buffer "grads"[0] "w"
// CHECK: samba.launch @linear_cross_entropy_grad_0({{.*}}, %[[G]] : {{.*}} -> (%{{.*}}, %[[G]] :
func.func @head(%x: tensor<1x4x6xf32>, %w: tensor<8x6xf32> {samba.param = "w"}, %t: tensor<1x4xi32>, %lse: tensor<1x4xf32>,
                %dnll: tensor<1x4xf32>, %g: tensor<8x6xf32> {samba.grad = "w"})
    -> (tensor<1x4x6xf32>, tensor<8x6xf32> {samba.grad = "w"}) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll
    : (tensor<1x4x6xf32>, tensor<8x6xf32>, tensor<1x4xi32>, tensor<1x4xf32>, tensor<1x4xf32>) -> (tensor<1x4x6xf32>, tensor<8x6xf32>)
  %sum = samba.add %g, %dw : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  return %dx, %sum : tensor<1x4x6xf32>, tensor<8x6xf32>
}

// A slice's rows are as far apart as the buffer is wide.
// CHECK: samba.kernel @neg_0(%{{.*}}: tensor<4x4xf32>) attributes {row_strides = array<i64: 12, 12>}
// CHECK: samba.kernel @copy_2(%{{.*}}: tensor<4x8xf32>) attributes {row_strides = array<i64: 8, 12>}
