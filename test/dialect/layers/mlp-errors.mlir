// RUN: samba-opt %s -split-input-file -verify-diagnostics

samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mlp' op attribute 'd_ff' is missing; write {d_ff = 4096}}}
  samba.mlp
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mlp' op attribute 'd_ff' expected an integer from 1 to 16777216, got 16777217}}
  samba.mlp {d_ff = 16777217}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mlp' op attribute 'd_ff' expected an integer from 1 to 16777216, got true}}
  samba.mlp {d_ff = true}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mlp' op has no attribute 'dff'; did you mean 'd_ff'?}}
  samba.mlp {dff = 8}
}
// -----
// expected-error @below {{'samba.mlp' op expects parent op to be one of 'samba.model, samba.repeat, samba.parallel'}}
samba.mlp {d_ff = 8}
