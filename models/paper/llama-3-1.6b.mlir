// Llama-3 1.6B (Ren et al. 2024, Table 2): full attention.
samba.model @llama_3_1_6b {vocab_size = 50304, d_model = 2048} {
  samba.repeat 24 {
    samba.attention {n_heads = 32, n_kv_heads = 4, window = "full"}
    samba.mlp {d_ff = 8196}
  }
}
