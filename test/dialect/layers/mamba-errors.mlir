// RUN: samba-opt %s -split-input-file -verify-diagnostics

samba.model @m {vocab_size = 3, d_model = 8} {
  samba.repeat 2 {
    // expected-error @below {{'samba.mamba' op attribute 'd_state' expected an integer from 1 to 256, got "x"}}
    samba.mamba {d_state = "x"}
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mamba' op attribute 'd_state' expected an integer from 1 to 256, got 257}}
  samba.mamba {
    d_conv = 4,
    d_state = 257
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mamba' op attribute 'd_conv' expected an integer from 2 to 16, got 1}}
  samba.mamba {d_conv = 1}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mamba' op attribute 'expand' expected an integer from 1 to 16, got 1.5}}
  samba.mamba {expand = 1.5}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mamba' op attribute 'dt_rank' expected an integer from 1 to 65536 or "auto", got "automatic"}}
  samba.mamba {dt_rank = "automatic"}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mamba' op has no attribute 'd_sate'; did you mean 'd_state'?}}
  samba.mamba {d_sate = 16}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.mamba' op has no attribute 'window'; it has d_conv, d_state, dt_rank, expand}}
  samba.mamba {window = 16}
}
// -----
// expected-error @below {{'samba.mamba' op expects parent op to be one of 'samba.model, samba.repeat, samba.parallel'}}
samba.mamba
