// Llama-2 438M trained on sequences of 2048 (Ren et al. 2024, Table 5): full attention.
samba.model @llama_438m2k {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 12 {
    samba.attention {n_heads = 12, window = "full"}
    samba.mlp {d_ff = 4096}
  }
}
