// Mamba 432M (Ren et al. 2024, Table 3): Mamba layers alone.
samba.model @mamba_430m {vocab_size = 32000, d_model = 1024} {
  samba.repeat 60 {
    samba.mamba
  }
}
