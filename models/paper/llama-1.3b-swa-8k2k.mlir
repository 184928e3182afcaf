// Llama-2-SWA 1.3B with windows of 2048, for sequences of 8192 (reference code only).
samba.model @llama_1_3b_swa_8k2k {vocab_size = 32000, d_model = 2304} {
  samba.repeat 20 {
    samba.attention {n_heads = 18, window = 2048}
    samba.mlp {d_ff = 6144}
  }
}
