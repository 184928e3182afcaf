// Mamba-MLP with full attention in blocks 1 and 5 of 0 to 11 (Ren et al. 2024, Table 6).
samba.model @llama_443m_full_mamba_1_5 {vocab_size = 32000, d_model = 1536} {
  samba.mamba
  samba.mlp {d_ff = 4096}
  samba.attention {n_heads = 12, window = "full"}
  samba.mlp {d_ff = 4096}
  samba.repeat 3 {
    samba.mamba
    samba.mlp {d_ff = 4096}
  }
  samba.attention {n_heads = 12, window = "full"}
  samba.mlp {d_ff = 4096}
  samba.repeat 6 {
    samba.mamba
    samba.mlp {d_ff = 4096}
  }
}
