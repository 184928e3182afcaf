// Small: 4 layers, d_model 32, for tests of the tools.
//
//   bytes -> embedding -> Mamba -> SwiGLU -> sliding-window attention -> SwiGLU -> norm -> head (tied)
samba.model @small {vocab_size = 256, d_model = 32} {
  samba.mamba
  samba.mlp {d_ff = 64}
  samba.attention {n_heads = 2, window = 16}
  samba.mlp {d_ff = 64}
}
