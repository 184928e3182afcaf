// Sliding RetNet 1.4B (Ren et al. 2024, Table 3): Samba 1.3B with retention in the place of Mamba.
samba.model @llama_1_4b_swa_ret {vocab_size = 32000, d_model = 2304} {
  samba.repeat 9 {
    samba.retention {n_heads = 9}
    samba.mlp {d_ff = 6144}
    samba.attention {n_heads = 18, window = 2048}
    samba.mlp {d_ff = 6144}
  }
}
