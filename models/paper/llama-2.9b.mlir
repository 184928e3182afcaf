// Llama-2 2.9B (reference code only): full attention; embeddings and head apart.
samba.model @llama_2_9b {vocab_size = 32000, d_model = 3072, tie_embeddings = false, init = "normal"} {
  samba.repeat 24 {
    samba.attention {n_heads = 24, window = "full"}
    samba.mlp {d_ff = 8192}
  }
}
