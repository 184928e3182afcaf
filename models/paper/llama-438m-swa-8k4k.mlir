// Llama-2-SWA 438M with windows of 4096, for sequences of 8192 (reference code only).
samba.model @llama_438m_swa_8k4k {vocab_size = 32000, d_model = 1536} {
  samba.repeat 14 {
    samba.attention {n_heads = 12, window = 4096}
    samba.mlp {d_ff = 4096}
  }
}
