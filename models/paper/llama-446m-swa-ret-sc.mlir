// Sliding RetNet 446M with short convolutions on q, k and v of its retention (Ren et al. 2024, Table 8).
samba.model @llama_446m_swa_ret_sc {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.retention {n_heads = 6, short_conv = 4}
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
  }
}
