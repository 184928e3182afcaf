// MLP2-SWA-MLP 417M (Ren et al. 2024, Table 3): Samba 421M with an MLP in the place of Mamba.
samba.model @samba_421m_abl_mamba {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.mlp {d_ff = 3072}
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
  }
}
