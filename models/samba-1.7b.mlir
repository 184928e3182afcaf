// Samba 1.7B (Ren et al. 2024, Table 2): 48 layers, d_model 2048, 1,742,194,688 parameters.
//
//   tokens -> embedding -> [ Mamba -> SwiGLU -> sliding-window attention -> SwiGLU ] x 12 -> norm -> head (tied)
samba.model @samba_1_7b {vocab_size = 50304, d_model = 2048} {
  samba.repeat 12 {
    samba.mamba
    samba.mlp {d_ff = 8196} // 8196, not 8192: the paper's figure
    samba.attention {n_heads = 32, n_kv_heads = 4, window = 2048} // 8 query heads of 64 channels share a key head
    samba.mlp {d_ff = 8196}
  }
}
