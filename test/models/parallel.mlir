// RUN: samba-run verify %s --batch 2 --seq 47
//
// Branches that share a norm, repeated.
samba.model @parallel {vocab_size = 33, d_model = 24} {
  samba.repeat 2 {
    samba.parallel {
      samba.mamba {d_state = 8}
      samba.attention {n_heads = 3, n_kv_heads = 1, window = 7}
      samba.mlp {d_ff = 40}
    }
  }
}
