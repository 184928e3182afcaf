// Llama-2-SWA 438M with short convolutions on q, k and v (Ren et al. 2024, Table 8).
samba.model @llama_438m_swa_sc {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 12 {
    samba.attention {n_heads = 12, window = 2048, short_conv = 4}
    samba.mlp {d_ff = 4096}
  }
}
