// Mamba 1.3B (Ren et al. 2024, Table 3): Mamba layers alone.
samba.model @mamba_1_3b {vocab_size = 32000, d_model = 2048} {
  samba.repeat 48 {
    samba.mamba
  }
}
