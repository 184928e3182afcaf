// RUN: samba-opt %s -split-input-file -verify-diagnostics

samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'n_heads' is missing; write {n_heads = 12}}}
  samba.attention {window = 16}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'n_heads' expected an integer from 1 to 4096, got -3}}
  samba.attention {n_heads = -3}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'n_kv_heads' expected an integer from 1 to 4096, got 0}}
  samba.attention {n_heads = 4, n_kv_heads = 0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'n_kv_heads' expected a divisor of n_heads = 4, got 3; each key head serves the same number of query heads}}
  samba.attention {n_heads = 4, n_kv_heads = 3}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'n_kv_heads' expected a divisor of n_heads = 4, got 8}}
  samba.attention {n_heads = 4, n_kv_heads = 8}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'head_dim' expected an integer from 8 to 256, got 512}}
  samba.attention {n_heads = 4, head_dim = 512}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op expected a head_dim (d_model / n_heads if absent) that is a multiple of 8, at most 256, got 60; choose n_heads or head_dim to fit}}
  samba.attention {n_heads = 4, head_dim = 60}
}
// -----
samba.model @m {vocab_size = 3, d_model = 512} {
  // expected-error @below {{'samba.attention' op expected a head_dim (d_model / n_heads if absent) that is a multiple of 8, at most 256, got 512; choose n_heads or head_dim to fit}}
  samba.attention {n_heads = 1}
}
// -----
// expected-note @below {{d_model is set here}}
samba.model @m {vocab_size = 3, d_model = 64} {
  samba.repeat 2 {
    // expected-error @below {{'samba.attention' op expected d_model = 64 to be divisible by n_heads = 12; choose a divisor, or give head_dim}}
    samba.attention {
      n_heads = 12
    }
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'window' expected an integer from 1 to 2147483647 or "full", got 0}}
  samba.attention {n_heads = 4, window = 0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'window' expected an integer from 1 to 2147483647 or "full", got 1.5}}
  samba.attention {n_heads = 4, window = 1.5}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'window' expected an integer from 1 to 2147483647 or "full", got "all"}}
  samba.attention {n_heads = 4, window = "all"}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'rope_theta' expected a positive number or "none", got 0}}
  samba.attention {n_heads = 4, rope_theta = 0}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'rope_theta' expected a positive number or "none", got [1.000000e+04]}}
  samba.attention {n_heads = 4, rope_theta = [1.0e4]}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op has no attribute 'n_head'; did you mean 'n_heads'?}}
  samba.attention {n_head = 4}
}
// -----
samba.model @m {vocab_size = 3, d_model = 64} {
  // expected-error @below {{'samba.attention' op attribute 'short_conv' expected an integer from 2 to 16 or "none", got 1}}
  samba.attention {n_heads = 4, short_conv = 1}
}
// -----
// expected-error @below {{'samba.attention' op expects parent op to be one of 'samba.model, samba.repeat, samba.parallel'}}
samba.attention {n_heads = 4}
