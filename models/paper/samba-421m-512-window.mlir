// Samba 421M with windows of 512 (reference code only).
samba.model @samba_421m_512_window {vocab_size = 32000, d_model = 1536} {
  samba.repeat 6 {
    samba.mamba
    samba.mlp {d_ff = 4096}
    samba.attention {n_heads = 12, window = 512}
    samba.mlp {d_ff = 4096}
  }
}
