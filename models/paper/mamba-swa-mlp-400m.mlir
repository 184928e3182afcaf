// Mamba-SWA-MLP 400M (Ren et al. 2024, Table 3): one MLP for two mixers.
samba.model @mamba_swa_mlp_400m {vocab_size = 32000, d_model = 1536} {
  samba.repeat 8 {
    samba.mamba
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
  }
}
