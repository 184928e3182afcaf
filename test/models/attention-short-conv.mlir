// RUN: samba-run verify %s --batch 2 --seq 47
// RUN: samba-run verify %s --batch 3 --seq 47 --pack
//
// Queries, keys and values convolved before they are turned; matrices that start normal; a head of its own.
samba.model @attention_short_conv {vocab_size = 33, d_model = 24, init = "normal", tie_embeddings = false} {
  samba.attention {n_heads = 3, window = 7, short_conv = 4}
  samba.attention {n_heads = 3, n_kv_heads = 1, window = "full", rope_theta = "none", short_conv = 3}
}
