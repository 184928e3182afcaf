// Mamba-SWA-MLP 1.3B (Ren et al. 2024, Table 3): one MLP for two mixers.
samba.model @mamba_swa_mlp_1_3b {vocab_size = 32000, d_model = 2304} {
  samba.repeat 12 {
    samba.mamba
    samba.attention {n_heads = 18, window = 2048}
    samba.mlp {d_ff = 6144}
  }
}
