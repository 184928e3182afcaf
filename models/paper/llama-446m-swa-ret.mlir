// Sliding RetNet 446M (Ren et al. 2024, Table 3): Samba 421M with retention in the place of Mamba.
samba.model @llama_446m_swa_ret {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.retention {n_heads = 6}
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
  }
}
