// RUN: samba-opt %s -split-input-file -verify-diagnostics

// expected-note @below {{d_model is set here}}
samba.model @m {vocab_size = 3, d_model = 96} {
  // expected-error @below {{'samba.mega' op attribute 'key_dim' expected a multiple of 4 whose double divides d_model = 96, got 128}}
  samba.mega
}
// -----
// expected-note @below {{d_model is set here}}
samba.model @m {vocab_size = 3, d_model = 96} {
  // expected-error @below {{'samba.mega' op attribute 'key_dim' expected a multiple of 4 whose double divides d_model = 96, got 6}}
  samba.mega {key_dim = 6}
}
// -----
samba.model @m {vocab_size = 3, d_model = 96} {
  // expected-error @below {{'samba.mega' op attribute 'key_dim' expected an integer from 4 to 128, got 256}}
  samba.mega {key_dim = 256}
}
// -----
samba.model @m {vocab_size = 3, d_model = 96} {
  // expected-error @below {{'samba.mega' op attribute 'chunk' expected an integer from 1 to 2147483647, got 0}}
  samba.mega {key_dim = 16, chunk = 0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 96} {
  // expected-error @below {{'samba.mega' op attribute 'd_conv' expected an integer from 2 to 16, got 1}}
  samba.mega {key_dim = 16, d_conv = 1}
}
// -----
samba.model @m {vocab_size = 3, d_model = 96} {
  // expected-error @below {{'samba.mega' op attribute 'dt_rank' expected an integer from 1 to 65536 or "auto", got "all"}}
  samba.mega {key_dim = 16, dt_rank = "all"}
}
