// RUN: samba-run verify %s --batch 1 --seq 70
// RUN: not samba-run compile %s --target sm_90a -o %t.samba 2>&1 | FileCheck %s
// CHECK: sliding-linear.mlir:{{[0-9]+}}:3: error: 'samba.decay_attention' has no kernel for target "sm_90a"
//
// The paper's hybrids scaled down: Sliding GLA and Sliding RetNet share their attention and MLP.
samba.model @sliding_linear {vocab_size = 33, d_model = 16} {
  samba.gla {n_heads = 2}
  samba.mlp {d_ff = 40}
  samba.attention {n_heads = 2, window = 12}
  samba.mlp {d_ff = 40}
  samba.retention {n_heads = 2}
  samba.mlp {d_ff = 40}
}
