// Sliding GLA 1.2B (Ren et al. 2024, Table 3): Samba 1.3B with gated linear attention in the place of Mamba.
samba.model @llama_1_2b_swa_gla {vocab_size = 32000, d_model = 2304} {
  samba.repeat 9 {
    samba.gla {n_heads = 6}
    samba.mlp {d_ff = 6144}
    samba.attention {n_heads = 18, window = 2048}
    samba.mlp {d_ff = 6144}
  }
}
