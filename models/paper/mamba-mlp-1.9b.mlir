// Mamba-MLP 1.9B (Ren et al. 2024, Table 2): Samba 1.7B with Mamba in the place of attention.
samba.model @mamba_mlp_1_9b {vocab_size = 50304, d_model = 2048} {
  samba.repeat 24 {
    samba.mamba
    samba.mlp {d_ff = 8196}
  }
}
