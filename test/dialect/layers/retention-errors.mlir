// RUN: samba-opt %s -split-input-file -verify-diagnostics

samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.retention' op attribute 'n_heads' is missing; write {n_heads = 4}}}
  samba.retention 
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.retention' op expected 24 channels of all heads to be divisible by n_heads = 5; choose a divisor, or give key_dim}}
  samba.retention {n_heads = 5}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.retention' op expected an even key_dim (d_model / n_heads if absent) to turn by position, got 3; choose n_heads or key_dim to fit, or rope_theta = "none"}}
  samba.retention {n_heads = 8}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.retention' op attribute 'rope_theta' expected a positive number or "none", got 0}}
  samba.retention {n_heads = 4, rope_theta = 0.0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 24} {
  // expected-error @below {{'samba.retention' op attribute 'value_dim' expected an integer from 1 to 4096, got 4097}}
  samba.retention {n_heads = 4, value_dim = 4097}
}
