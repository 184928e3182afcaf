// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: samba-opt %t.mlir %{ptx} | %{count} | FileCheck %s
// RUN: samba-opt %t.mlir -samba-assemble-kernels=print=report -o /dev/null | FileCheck %s --check-prefix=REPORT
//
// Attention to a ring. A few tokens: keys and values go straight from global memory to mma.sync, the blocks of a cluster
// send their sums to each other, and the wait for earlier launches comes after the first prefetch. Longer
// chunks go through the kernels of attention over a sequence. No kernel spills (ptxas's report fails otherwise).

// Of 16 keys by 128 channels: 16 loads, 16 products Q K^T and 8 V^T P^T. No atomics: parts are added in order.
// CHECK: function attention_step_0_0
// CHECK-NOT: {{atom|red\.|ld\.local|ldmatrix}}
// CHECK: {{^}}  2 barrier.cluster.arrive
// CHECK: cp.async.bulk.prefetch.L2.global
// CHECK: {{^}}  1 griddepcontrol.launch_dependents
// CHECK: {{^}}  1 griddepcontrol.wait
// CHECK: {{^}}  24 mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: {{^}}  1 st.shared::cluster.v4.b32
// Two sets of eight rows share the keys, but not the halves of a line.
// CHECK: function attention_step_1_0
// CHECK: {{^}}  48 mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: function attention_step_5_0
// CHECK: wgmma.mma_async
// CHECK: function attention_step_6_0
// CHECK: ldmatrix
// REPORT-COUNT-7: 0 bytes of stack, 0 bytes spilled

func.func @one_token(%q: tensor<1x1x1536xbf16>, %k: tensor<1x1x1536xbf16>, %v: tensor<1x1x1536xbf16>, %rk: tensor<1x2048x1536xbf16>, %rv: tensor<1x2048x1536xbf16>, %p: tensor<1xi64>) -> tensor<1x1x1536xbf16> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 12, n_kv_heads = 12, window = 2048}
    : (tensor<1x1x1536xbf16>, tensor<1x1x1536xbf16>, tensor<1x1x1536xbf16>, tensor<1x2048x1536xbf16>, tensor<1x2048x1536xbf16>, tensor<1xi64>) -> tensor<1x1x1536xbf16>
  return %o : tensor<1x1x1536xbf16>
}

func.func @few_tokens(%q: tensor<16x3x1536xbf16>, %k: tensor<16x3x512xbf16>, %v: tensor<16x3x512xbf16>, %rk: tensor<16x2048x512xbf16>, %rv: tensor<16x2048x512xbf16>, %p: tensor<16xi64>) -> tensor<16x3x1536xbf16> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 12, n_kv_heads = 4, window = 2000}
    : (tensor<16x3x1536xbf16>, tensor<16x3x512xbf16>, tensor<16x3x512xbf16>, tensor<16x2048x512xbf16>, tensor<16x2048x512xbf16>, tensor<16xi64>) -> tensor<16x3x1536xbf16>
  return %o : tensor<16x3x1536xbf16>
}

func.func @wide_heads(%q: tensor<2x1x2816xbf16>, %k: tensor<2x1x256xbf16>, %v: tensor<2x1x256xbf16>, %rk: tensor<2x2048x256xbf16>, %rv: tensor<2x2048x256xbf16>, %p: tensor<2xi64>) -> tensor<2x1x2816xbf16> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 11, n_kv_heads = 1, window = 2048}
    : (tensor<2x1x2816xbf16>, tensor<2x1x256xbf16>, tensor<2x1x256xbf16>, tensor<2x2048x256xbf16>, tensor<2x2048x256xbf16>, tensor<2xi64>) -> tensor<2x1x2816xbf16>
  return %o : tensor<2x1x2816xbf16>
}

func.func @narrow_heads(%q: tensor<2x5x32xbf16>, %k: tensor<2x5x16xbf16>, %v: tensor<2x5x16xbf16>, %rk: tensor<2x63x16xbf16>, %rv: tensor<2x63x16xbf16>, %p: tensor<2xi64>) -> tensor<2x5x32xbf16> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 2, window = 20}
    : (tensor<2x5x32xbf16>, tensor<2x5x16xbf16>, tensor<2x5x16xbf16>, tensor<2x63x16xbf16>, tensor<2x63x16xbf16>, tensor<2xi64>) -> tensor<2x5x32xbf16>
  return %o : tensor<2x5x32xbf16>
}

func.func @many_sequences(%q: tensor<128x1x2048xbf16>, %k: tensor<128x1x256xbf16>, %v: tensor<128x1x256xbf16>, %rk: tensor<128x2048x256xbf16>, %rv: tensor<128x2048x256xbf16>, %p: tensor<128xi64>) -> tensor<128x1x2048xbf16> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 32, n_kv_heads = 4, window = 2048}
    : (tensor<128x1x2048xbf16>, tensor<128x1x256xbf16>, tensor<128x1x256xbf16>, tensor<128x2048x256xbf16>, tensor<128x2048x256xbf16>, tensor<128xi64>) -> tensor<128x1x2048xbf16>
  return %o : tensor<128x1x2048xbf16>
}

func.func @chunk(%q: tensor<2x256x1536xbf16>, %k: tensor<2x256x1536xbf16>, %v: tensor<2x256x1536xbf16>, %rk: tensor<2x2048x1536xbf16>, %rv: tensor<2x2048x1536xbf16>, %p: tensor<2xi64>) -> tensor<2x256x1536xbf16> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 12, n_kv_heads = 12, window = 2048}
    : (tensor<2x256x1536xbf16>, tensor<2x256x1536xbf16>, tensor<2x256x1536xbf16>, tensor<2x2048x1536xbf16>, tensor<2x2048x1536xbf16>, tensor<2xi64>) -> tensor<2x256x1536xbf16>
  return %o : tensor<2x256x1536xbf16>
}

func.func @small_chunk(%q: tensor<2x37x96xbf16>, %k: tensor<2x37x24xbf16>, %v: tensor<2x37x24xbf16>, %rk: tensor<2x63x24xbf16>, %rv: tensor<2x63x24xbf16>, %p: tensor<2xi64>) -> tensor<2x37x96xbf16> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 1, window = 63}
    : (tensor<2x37x96xbf16>, tensor<2x37x24xbf16>, tensor<2x37x24xbf16>, tensor<2x63x24xbf16>, tensor<2x63x24xbf16>, tensor<2xi64>) -> tensor<2x37x96xbf16>
  return %o : tensor<2x37x96xbf16>
}
