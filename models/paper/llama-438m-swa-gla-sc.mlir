// Sliding GLA 438M with short convolutions on q, k and v of its linear attention (Ren et al. 2024, Table 8).
samba.model @llama_438m_swa_gla_sc {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 6 {
    samba.gla {n_heads = 4, short_conv = 4}
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = 2048}
    samba.mlp {d_ff = 4096}
  }
}
