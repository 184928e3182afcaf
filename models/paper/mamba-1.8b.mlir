// Mamba 1.8B (Ren et al. 2024, Table 2): Mamba layers alone.
samba.model @mamba_1_8b {vocab_size = 50304, d_model = 2048} {
  samba.repeat 64 {
    samba.mamba
  }
}
