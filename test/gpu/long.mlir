// Long: for sequences of 2^16 tokens and more.
//
//   bytes -> embedding -> Mamba -> SwiGLU -> windowed attention -> full attention -> norm -> head (tied)
samba.model @long {vocab_size = 256, d_model = 128} {
  samba.mamba
  samba.mlp {d_ff = 256}
  samba.attention {n_heads = 2, window = 2048}
  samba.attention {n_heads = 2, window = "full"}
}
