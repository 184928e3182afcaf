// RUN: samba-opt %s -split-input-file -verify-diagnostics

samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.gla' op attribute 'n_heads' is missing; write {n_heads = 4}}}
  samba.gla 
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.gla' op attribute 'n_heads' expected an integer from 1 to 4096, got 0}}
  samba.gla {n_heads = 0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.gla' op expected 12 channels of all heads to be divisible by n_heads = 5; choose a divisor, or give key_dim}}
  samba.gla {n_heads = 5}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.gla' op expected 24 channels of all heads to be divisible by n_heads = 5; choose a divisor, or give value_dim}}
  samba.gla {n_heads = 5, key_dim = 3}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.gla' op attribute 'gate_rank' expected an integer from 1 to 65536, got 0}}
  samba.gla {n_heads = 4, gate_rank = 0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.gla' op attribute 'gate_logit_normalizer' expected a positive number, got -1}}
  samba.gla {n_heads = 4, gate_logit_normalizer = -1.0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.gla' op attribute 'short_conv' expected an integer from 2 to 16 or "none", got 1}}
  samba.gla {n_heads = 4, short_conv = 1}
}
