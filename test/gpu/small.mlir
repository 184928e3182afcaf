// Small: every kind of layer with both kinds of attention, at widths that the kernels for large models take.
//
//   bytes -> embedding -> Mamba -> SwiGLU -> windowed attention -> SwiGLU -> full attention -> norm -> head (tied)
samba.model @small {vocab_size = 256, d_model = 256} {
  samba.mamba
  samba.mlp {d_ff = 384}
  samba.attention {n_heads = 4, n_kv_heads = 2, window = 48}
  samba.mlp {d_ff = 384}
  samba.attention {n_heads = 4, window = "full"}
}
