// Samba 421M (Ren et al. 2024, Table 3): 24 layers, d_model 1536, 421,793,280 parameters.
//
//   tokens -> embedding -> [ Mamba -> SwiGLU -> sliding-window attention -> SwiGLU ] x 6 -> norm -> head (tied)
samba.model @samba_421m {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.mamba                                   // d_state 16, d_conv 4, expand 2, dt_rank auto
    samba.mlp {d_ff = 4096}                       // SwiGLU
    samba.attention {n_heads = 12, window = 2048} // n_kv_heads = n_heads, rope_theta 10000
    samba.mlp {d_ff = 4096}
  }
}
