// REQUIRES: ptxas
// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: FileCheck %s --check-prefix=CODE < %t.mlir
// RUN: samba-opt %t.mlir -samba-assemble-kernels=print=report -o /dev/null | FileCheck %s
//
// Documents that share a row, at the shapes that are measured: no spill, no product that is serialized (the pass itself
// fails on either), and as many blocks to a multiprocessor as without them.
// CHECK-DAG: {{^}}windowed_attention_0_0: 128 registers
// CHECK-DAG: {{^}}attention_dkv_1_2: 168 registers
// CHECK-DAG: {{^}}selective_scan_0_0: {{([0-9]?[0-9]|1[01][0-9]|12[0-8])}} registers
// CHECK-DAG: {{^}}selective_scan_grad_0_0: {{([0-9]?[0-9]|1[0-5][0-9]|16[0-8])}} registers
// CHECK-DAG: {{^}}causal_conv_0_0: {{([0-9]?[0-9]|1[01][0-9]|12[0-8])}} registers

// Keys: where the document of the last one of each block ends comes from a launch of its own.
// CODE: function = "attention_dkv_0_1", grid = array<i64: 128, 1, 1>
// CODE-SAME: function = "attention_dkv_0_2"
// A scan: where a document begins the step of the decay has no end.
// CODE: llvm.func @selective_scan_0_0
// CODE: arith.constant 3.000000e+38 : f32
// CODE: llvm.func @selective_scan_grad_0_0
// CODE: arith.constant 3.000000e+38 : f32

func.func @packed_64(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %documents: tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>) {
  %o, %l = samba.windowed_attention %q, %k, %v in %documents {n_heads = 24, n_kv_heads = 24, window = 2048} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o, %l : tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>
}
func.func @packed_64_dq(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %lse: tensor<8x24x4096xf32>, %delta: tensor<8x24x4096xf32>, %do: tensor<8x4096x1536xbf16>, %documents: tensor<8x4096xi32>) -> tensor<8x4096x1536xbf16> {
  %o = samba.attention_dq %q, %k, %v, %lse, %delta, %do in %documents {n_heads = 24, n_kv_heads = 24, window = 2048} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>, tensor<8x24x4096xf32>, tensor<8x4096x1536xbf16>, tensor<8x4096xi32>) -> tensor<8x4096x1536xbf16>
  return %o : tensor<8x4096x1536xbf16>
}
func.func @packed_64_dkv(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %lse: tensor<8x24x4096xf32>, %delta: tensor<8x24x4096xf32>, %do: tensor<8x4096x1536xbf16>, %documents: tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) {
  %o:2 = samba.attention_dkv %q, %k, %v, %lse, %delta, %do in %documents {n_heads = 24, n_kv_heads = 24, window = 2048} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>, tensor<8x24x4096xf32>, tensor<8x4096x1536xbf16>, tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>)
  return %o#0, %o#1 : tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>
}
func.func @packed_128(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %documents: tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>) {
  %o, %l = samba.windowed_attention %q, %k, %v in %documents {n_heads = 12, n_kv_heads = 12, window = 2048} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o, %l : tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>
}
func.func @packed_128_dq(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %lse: tensor<8x12x4096xf32>, %delta: tensor<8x12x4096xf32>, %do: tensor<8x4096x1536xbf16>, %documents: tensor<8x4096xi32>) -> tensor<8x4096x1536xbf16> {
  %o = samba.attention_dq %q, %k, %v, %lse, %delta, %do in %documents {n_heads = 12, n_kv_heads = 12, window = 2048} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>, tensor<8x12x4096xf32>, tensor<8x4096x1536xbf16>, tensor<8x4096xi32>) -> tensor<8x4096x1536xbf16>
  return %o : tensor<8x4096x1536xbf16>
}
func.func @packed_128_dkv(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>, %lse: tensor<8x12x4096xf32>, %delta: tensor<8x12x4096xf32>, %do: tensor<8x4096x1536xbf16>, %documents: tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) {
  %o:2 = samba.attention_dkv %q, %k, %v, %lse, %delta, %do in %documents {n_heads = 12, n_kv_heads = 12, window = 2048} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>, tensor<8x12x4096xf32>, tensor<8x4096x1536xbf16>, tensor<8x4096xi32>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>)
  return %o#0, %o#1 : tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>
}
func.func @packed(%u: tensor<8x4096x3072xbf16>, %dt: tensor<8x4096x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %documents: tensor<8x4096xi32>) -> (tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 16} : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>, tensor<8x4096xi32>) -> (tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>)
  return %y, %s : tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>
}
func.func @packed_grad(%u: tensor<8x4096x3072xbf16>, %dt: tensor<8x4096x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %s: tensor<8x256x3072x16xbf16>, %dy: tensor<8x4096x3072xbf16>, %documents: tensor<8x4096xi32>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<24x8x4096x16xf32>, tensor<24x8x4096x16xf32>, tensor<8x3072xf32>) {
  %g:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy in %documents {checkpoint = 16, channel_block = 128} : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>, tensor<8x256x3072x16xbf16>, tensor<8x4096x3072xbf16>, tensor<8x4096xi32>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<24x8x4096x16xf32>, tensor<24x8x4096x16xf32>, tensor<8x3072xf32>)
  return %g#0, %g#1, %g#2, %g#3, %g#4, %g#5 : tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<24x8x4096x16xf32>, tensor<24x8x4096x16xf32>, tensor<8x3072xf32>
}
func.func @packed_conv(%x: tensor<8x4096x3072xbf16>, %w: tensor<3072x4xf32>, %documents: tensor<8x4096xi32>) -> tensor<8x4096x3072xbf16> {
  %y = samba.causal_conv %x, %w in %documents : (tensor<8x4096x3072xbf16>, tensor<3072x4xf32>, tensor<8x4096xi32>) -> tensor<8x4096x3072xbf16>
  return %y : tensor<8x4096x3072xbf16>
}
func.func @packed_conv_dx(%x: tensor<8x4096x3072xbf16>, %w: tensor<3072x4xf32>, %documents: tensor<8x4096xi32>) -> tensor<8x4096x3072xbf16> {
  %y = samba.causal_conv_dx %x, %w in %documents : (tensor<8x4096x3072xbf16>, tensor<3072x4xf32>, tensor<8x4096xi32>) -> tensor<8x4096x3072xbf16>
  return %y : tensor<8x4096x3072xbf16>
}
func.func @packed_conv_dw(%x: tensor<8x4096x3072xbf16>, %w: tensor<8x4096x3072xbf16>, %documents: tensor<8x4096xi32>) -> tensor<3072x4xf32> {
  %y = samba.causal_conv_dw %x, %w in %documents {d_conv = 4} : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x4096xi32>) -> tensor<3072x4xf32>
  return %y : tensor<3072x4xf32>
}
