// Wide: 16,384 channels behind its first product, so that 2 x 66,000 tokens make more than 2^31 numbers.
//
//   bytes -> embedding -> Mamba with 16 x 512 channels -> SwiGLU -> norm -> head (tied)
samba.model @wide {vocab_size = 256, d_model = 512} {
  samba.mamba {expand = 16}
  samba.mlp {d_ff = 8192}
}
