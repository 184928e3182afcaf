// Samba 3.8B (Ren et al. 2024, Table 1): 64 layers, d_model 2816, 3,864,275,712 parameters.
//
//   tokens -> embedding -> [ Mamba -> SwiGLU -> sliding-window attention -> SwiGLU ] x 16 -> norm -> head (tied)
samba.model @samba_3_8b {vocab_size = 32064, d_model = 2816} {
  samba.repeat 16 {
    samba.mamba
    samba.mlp {d_ff = 9984}
    samba.attention {n_heads = 11, n_kv_heads = 1, window = 2048} // 11 query heads of 256 channels, one key head
    samba.mlp {d_ff = 9984}
  }
}
