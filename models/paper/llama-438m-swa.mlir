// Llama-2-SWA 438M (Ren et al. 2024, Table 3): Llama-2 438M with windows.
samba.model @llama_438m_swa {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 12 {
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
  }
}
