// Llama-2-SWA 438M with full attention in every second layer (reference code only).
samba.model @llama_438m_swa_full {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 6 {
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = "full"}
    samba.mlp {d_ff = 4096}
  }
}
