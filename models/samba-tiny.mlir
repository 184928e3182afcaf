// Samba tiny: 8 layers, d_model 192, 2,028,480 parameters. It reads bytes and trains on two cores in minutes.
//
//   bytes -> embedding -> [ Mamba -> SwiGLU -> sliding-window attention -> SwiGLU ] x 2 -> norm -> head (tied)
samba.model @samba_tiny {vocab_size = 256, d_model = 192} {
  samba.repeat 2 {
    samba.mamba                                 // d_state 16, d_conv 4, expand 2, dt_rank auto
    samba.mlp {d_ff = 512}                      // SwiGLU
    samba.attention {n_heads = 3, window = 128} // n_kv_heads = n_heads, rope_theta 10000
    samba.mlp {d_ff = 512}
  }
}
