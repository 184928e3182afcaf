// Llama-2-SWA 438M with 12 query and 4 key heads (Ren et al. 2024, Table 7): what that saves widens the MLP.
samba.model @llama_438m_swa_gqa4 {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 12 {
    samba.attention {n_heads = 12, n_kv_heads = 4, window = 2048}
    samba.mlp {d_ff = 4608}
  }
}
