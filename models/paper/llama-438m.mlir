// Llama-2 438M (Ren et al. 2024, Table 3): full attention; embeddings and head apart.
samba.model @llama_438m {vocab_size = 32000, d_model = 1536, tie_embeddings = false, init = "normal"} {
  samba.repeat 12 {
    samba.attention {n_heads = 12, window = "full"}
    samba.mlp {d_ff = 4096}
  }
}
