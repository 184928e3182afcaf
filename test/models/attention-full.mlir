// RUN: samba-run verify %s --batch 2 --seq 47
//
// Full attention: its state holds every token up to the longest context.
samba.model @attention_full {vocab_size = 33, d_model = 24} {
  samba.attention {n_heads = 3, window = "full"}
  samba.attention {n_heads = 1, window = "full"}
}
