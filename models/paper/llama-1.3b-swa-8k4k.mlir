// Llama-2-SWA 1.3B with windows of 4096, for sequences of 8192 (reference code only).
samba.model @llama_1_3b_swa_8k4k {vocab_size = 32000, d_model = 2304} {
  samba.repeat 20 {
    samba.attention {n_heads = 18, window = 4096}
    samba.mlp {d_ff = 6144}
  }
}
