// Samba 1.3B (Ren et al. 2024, Table 3): 36 layers, d_model 2304, 1,330,207,488 parameters.
//
//   tokens -> embedding -> [ Mamba -> SwiGLU -> sliding-window attention -> SwiGLU ] x 9 -> norm -> head (tied)
samba.model @samba_1_3b {vocab_size = 32000, d_model = 2304} {
  samba.repeat 9 {
    samba.mamba
    samba.mlp {d_ff = 6144}
    samba.attention {n_heads = 18, window = 2048} // 18 heads of 128 channels
    samba.mlp {d_ff = 6144}
  }
}
