// Llama-2-SWA 1.3B (Ren et al. 2024, Table 3): Llama-2 1.3B with windows.
samba.model @llama_1_3b_swa {vocab_size = 32000, d_model = 2304} {
  samba.repeat 20 {
    samba.attention {n_heads = 18, window = 2048}
    samba.mlp {d_ff = 6144}
  }
}
