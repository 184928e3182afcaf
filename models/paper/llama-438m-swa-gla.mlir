// Sliding GLA 438M (Ren et al. 2024, Table 3): Llama-2-SWA 438M with gated linear attention in every other block.
samba.model @llama_438m_swa_gla {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 6 {
    samba.gla {n_heads = 4}
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
  }
}
