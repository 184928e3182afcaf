// RUN: samba-run verify %s --batch 2 --seq 47
// RUN: samba-run verify %s --batch 3 --seq 47 --pack
//
// Mamba alone: the paper's sizes, then others, with odd numbers of channels.
samba.model @mamba {vocab_size = 33, d_model = 20} {
  samba.mamba
  samba.mamba {d_state = 4, d_conv = 2, expand = 3, dt_rank = 5}
}
