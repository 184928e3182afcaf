// Mega-S6 1.3B (Ren et al. 2024, Table 3): Mega layers, whose recurrence is Mamba's.
samba.model @s6mega_1_3b {vocab_size = 32000, d_model = 2304} {
  samba.repeat 18 {
    samba.mega {chunk = 2048, key_dim = 128}
    samba.mlp {d_ff = 6144}
  }
}
