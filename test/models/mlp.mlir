// RUN: samba-run verify %s --batch 2 --seq 47
//
// The feed-forward layer alone, and a head of its own.
samba.model @mlp {vocab_size = 257, d_model = 17, tie_embeddings = false} {
  samba.mlp {d_ff = 43}
  samba.mlp {d_ff = 1}
}
