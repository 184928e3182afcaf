// RUN: samba-run verify %s --batch 2 --seq 47
// RUN: samba-run verify %s --batch 3 --seq 47 --pack
// RUN: samba-run verify %s --batch 1 --seq 9
//
// Chunks that end within the sequence, and within what is read at once; two heads and one.
samba.model @mega {vocab_size = 65, d_model = 32} {
  samba.mega {chunk = 10, key_dim = 8}
  samba.mlp {d_ff = 40}
  samba.mega {chunk = 16, key_dim = 16, d_state = 5, d_conv = 3, dt_rank = 3}
}
