// RUN: samba-run verify %s --batch 2 --seq 47
//
// Gated linear attention alone: the paper's sizes, then others, then with short convolutions.
samba.model @gla {vocab_size = 33, d_model = 24} {
  samba.gla {n_heads = 2}
  samba.gla {n_heads = 3, key_dim = 5, value_dim = 7, gate_rank = 3, gate_logit_normalizer = 2.0}
  samba.gla {n_heads = 1, short_conv = 4}
}
