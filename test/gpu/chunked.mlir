// Attention in chunks of 48 tokens, two heads of 256 channels.
samba.model @chunked {vocab_size = 256, d_model = 512} {
  samba.mega {chunk = 48}
  samba.mlp {d_ff = 40}
}
