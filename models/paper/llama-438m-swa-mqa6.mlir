// Llama-2-SWA 438M with 6 query and 1 key head (Ren et al. 2024, Table 7): what that saves widens the MLP.
samba.model @llama_438m_swa_mqa6 {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 12 {
    samba.attention {n_heads = 6, n_kv_heads = 1, window = 2048}
    samba.mlp {d_ff = 4608}
  }
}
