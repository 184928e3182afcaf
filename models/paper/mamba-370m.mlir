// Mamba 370M (reference code only): Mamba layers alone.
samba.model @mamba_370m {vocab_size = 32000, d_model = 1024} {
  samba.repeat 48 {
    samba.mamba
  }
}
