// Llama-2-SWA 438M whose attention and MLP share a norm and a residual (reference code only).
samba.model @llama_438m_swa_paral {vocab_size = 32000, d_model = 1536} {
  samba.repeat 14 {
    samba.parallel {
      samba.attention {n_heads = 12, window = 2048}
      samba.mlp {d_ff = 4096}
    }
  }
}
