// Samba-NoPE 1.3B (Ren et al. 2024, Table 3): Samba 1.3B without rotary positions.
samba.model @samba_1_3b_nope {vocab_size = 32000, d_model = 2304} {
  samba.repeat 9 {
    samba.mamba
    samba.mlp {d_ff = 6144}
    samba.attention {n_heads = 18, window = 2048, rope_theta = "none"}
    samba.mlp {d_ff = 6144}
  }
}
