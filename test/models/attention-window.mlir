// RUN: samba-run verify %s --batch 2 --seq 47
// RUN: samba-run verify %s --batch 3 --seq 111 --pack
//
// Windows of 1 and 4, shorter than a chunk of prefill, and of 16, longer: decoding goes around every ring.
samba.model @attention_window {vocab_size = 33, d_model = 24} {
  samba.attention {n_heads = 3, window = 4}
  samba.attention {n_heads = 3, window = 16}
  samba.attention {n_heads = 3, window = 1}
}
