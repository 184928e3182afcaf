// MLP2-SWA-MLP 1.3B (Ren et al. 2024, Table 3): Samba 1.3B with an MLP in the place of Mamba.
samba.model @samba_1_3b_abl_mamba {vocab_size = 32000, d_model = 2304} {
  samba.repeat 9 {
    samba.mlp {d_ff = 4608}
    samba.mlp {d_ff = 6144}
    samba.attention {n_heads = 18, window = 2048}
    samba.mlp {d_ff = 6144}
  }
}
