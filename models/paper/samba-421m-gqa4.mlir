// Samba 421M with 12 query and 4 key heads (Ren et al. 2024, Table 7): what that saves widens the MLP.
samba.model @samba_421m_gqa4 {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.mamba
    samba.mlp {d_ff = 4608}
    samba.attention {n_heads = 12, n_kv_heads = 4, window = 2048}
    samba.mlp {d_ff = 4608}
  }
}
