// Samba-NoPE 421M (Ren et al. 2024, Table 3): Samba 421M without rotary positions.
samba.model @samba_421m_nope {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.mamba
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = 2048, rope_theta = "none"}
    samba.mlp {d_ff = 4096}
  }
}
