// Mamba-MLP with full attention in block 0 of 12 (Ren et al. 2024, Table 6).
samba.model @llama_449m_full_mamba_0 {vocab_size = 32000, d_model = 1536} {
  samba.attention {n_heads = 12, window = "full"}
  samba.mlp {d_ff = 4096}
  samba.repeat 11 {
    samba.mamba
    samba.mlp {d_ff = 4096}
  }
}
