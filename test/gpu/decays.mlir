// Attention with decays of channels and of heads, of 64 and 128 key channels, with and without a convolution.
samba.model @decays {vocab_size = 256, d_model = 256} {
  samba.gla {n_heads = 2}
  samba.mlp {d_ff = 72}
  samba.retention {n_heads = 2, short_conv = 4}
  samba.mlp {d_ff = 72}
}
