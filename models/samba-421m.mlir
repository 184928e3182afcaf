// Samba 421M (Ren et al. 2024, Table 3): 24 layers, d_model 1536, 421,793,280 parameters.
//
//   tokens -> embedding -> [ Mamba -> SwiGLU -> sliding-window attention -> SwiGLU ] x 6 -> norm -> head (tied)
samba.model @samba_421m {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.mamba
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12}
    samba.mlp {d_ff = 4096}
  }
}
