// RUN: samba-run verify %s --batch 1 --seq 70
// RUN: samba-run compile %s --target sm_90a -o %t.samba
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
