// RUN: samba-run verify %s --batch 2 --seq 47
//
// Retention alone: the paper's sizes, then others without positions, then with short convolutions.
samba.model @retention {vocab_size = 33, d_model = 24} {
  samba.retention {n_heads = 2}
  samba.retention {n_heads = 3, key_dim = 5, value_dim = 7, rope_theta = "none"}
  samba.retention {n_heads = 1, short_conv = 4, rope_theta = 5.0e2}
}
