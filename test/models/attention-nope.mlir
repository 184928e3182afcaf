// RUN: samba-run verify %s --batch 2 --seq 47
//
// Attention without positions.
samba.model @attention_nope {vocab_size = 33, d_model = 24} {
  samba.attention {n_heads = 3, window = 8, rope_theta = "none"}
  samba.attention {n_heads = 3, window = "full", rope_theta = "none"}
}
