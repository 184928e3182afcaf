// RUN: samba-run verify %s --batch 2 --seq 111
// RUN: samba-run verify %s --batch 1 --seq 1
// RUN: samba-run verify %s --batch 3 --seq 2 --recompute none
// RUN: samba-run verify %s --batch 3 --seq 111 --pack
// RUN: samba-run verify %s --batch 1 --seq 1 --pack
//
// The paper's stack, small; one token per sequence is the least there is.
samba.model @samba_small {vocab_size = 65, d_model = 32} {
  samba.mamba
  samba.mlp {d_ff = 77} // its rows lie apart
  samba.attention {n_heads = 2, window = 33}
  samba.mlp {d_ff = 72}
}
