// Mega-S6 422M (Ren et al. 2024, Table 3; S6Mega_438M in its code): Mega layers, whose recurrence is Mamba's.
samba.model @s6mega_438m {vocab_size = 32000, d_model = 1536} {
  samba.repeat 12 {
    samba.mega {chunk = 2048, key_dim = 128}
    samba.mlp {d_ff = 4096}
  }
}
