// RUN: samba-run verify %s --batch 2 --seq 47
// RUN: samba-run verify %s --batch 3 --seq 47 --pack
//
// Grouped and multi-query heads; heads wider than d_model / n_heads.
samba.model @attention_grouped {vocab_size = 33, d_model = 32} {
  samba.attention {n_heads = 4, n_kv_heads = 2, window = 9}
  samba.attention {n_heads = 12, n_kv_heads = 1, head_dim = 16, window = 14}
  samba.attention {n_heads = 2, head_dim = 64, window = 5, rope_theta = 500}
}
