// Mamba-SWA-MLP 1.6B (Ren et al. 2024, Table 2): one MLP for two mixers.
samba.model @mamba_swa_mlp_1_6b {vocab_size = 50304, d_model = 2048} {
  samba.repeat 18 {
    samba.mamba
    samba.attention {n_heads = 32, n_kv_heads = 4, window = 2048}
    samba.mlp {d_ff = 8196}
  }
}
