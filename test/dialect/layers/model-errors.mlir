// RUN: samba-opt %s -split-input-file -verify-diagnostics
// A newline before a layer matters: every message must point at the layer's own line.

// expected-error @below {{'samba.model' op attribute 'vocab_size' is missing; write {vocab_size = 256}}}
samba.model @m {d_model = 8} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'd_model' is missing; write {d_model = 128}}}
samba.model @m {vocab_size = 3} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'vocab_size' expected an integer from 1 to 2147483647, got 0}}
samba.model @m {vocab_size = 0, d_model = 8} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'd_model' expected an integer from 1 to 1048576, got 2147483648}}
samba.model @m {vocab_size = 3, d_model = 2147483648} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'd_model' expected an integer from 1 to 1048576, got "wide"}}
samba.model @m {vocab_size = 3, d_model = "wide"} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'd_model' expected an integer from 1 to 1048576, got 8 : i32}}
samba.model @m {vocab_size = 3, d_model = 8 : i32} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'd_model' expected an integer from 1 to 1048576, got no value}}
samba.model @m {vocab_size = 3, d_model} {
  samba.mamba
}
// -----
// expected-error @below {{integer constant out of range for attribute}}
samba.model @m {vocab_size = 3, d_model = 99999999999999999999} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'norm_eps' expected a positive number, got -1e-05}}
samba.model @m {vocab_size = 3, d_model = 8, norm_eps = -1.0e-5} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'norm_eps' expected a positive number, got inf}}
samba.model @m {vocab_size = 3, d_model = 8, norm_eps = 0x7FF0000000000000 : f64} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'norm_eps' expected a positive number, got nan}}
samba.model @m {vocab_size = 3, d_model = 8, norm_eps = 0x7FF8000000000000 : f64} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'init' expected "uniform" or "normal", got "zero"}}
samba.model @m {vocab_size = 3, d_model = 8, init = "zero"} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'tie_embeddings' expected true or false, got 1}}
samba.model @m {vocab_size = 3, d_model = 8, tie_embeddings = 1} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op attribute 'residual' expected "f32" or "bf16", got "f16"}}
samba.model @m {vocab_size = 3, d_model = 8, residual = "f16"} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op has no attribute 'vocab'; did you mean 'vocab_size'?}}
samba.model @m {vocab = 3, d_model = 8} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op has no attribute 'dropout_p'; it has d_model, init, norm_eps, residual, tie_embeddings, vocab_size}}
samba.model @m {vocab_size = 3, d_model = 8, dropout_p = 0.1} {
  samba.mamba
}
// -----
// expected-error @below {{'samba.model' op has no layers; write at least one, such as samba.mamba}}
samba.model @m {vocab_size = 3, d_model = 8} {
}
// -----
// expected-error @below {{'samba.model' op expected layers only, got a block with arguments}}
samba.model @m {vocab_size = 3, d_model = 8} {
^bb0(%x: i32):
  samba.mamba
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  samba.mamba
  // expected-error @below {{'samba.fill' is not a layer: 'samba.model' holds layers, 'samba.repeat' and 'samba.parallel'}}
  %0 = samba.fill 0.0 : tensor<3xf32>
}
// -----
// Two repeats that are each allowed, but not together.
// expected-error @below {{'samba.model' op expected at most 10000 layers after repetition, got 12000}}
samba.model @m {vocab_size = 3, d_model = 8} {
  samba.repeat 6000 {
    samba.mamba
  }
  samba.repeat 6000 {
    samba.mamba
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  samba.mamba
  // expected-error @below {{custom op 'samba.mambo' is unknown; did you mean 'samba.mamba'?}}
  samba.mambo {d_state = 16}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{custom op 'samba.transformer_block' is unknown}}
  samba.transformer_block
}
// -----
// expected-error @+2 {{expected the layers in a second pair of braces: samba.model @name {vocab_size = 256, d_model = 128} { samba.mamba }}}
samba.model @m {vocab_size = 3, d_model = 8}
// -----
// expected-error @below {{expected valid '@'-identifier for symbol name}}
samba.model m {vocab_size = 3, d_model = 8} {
  samba.mamba
}
// -----
// expected-error @below {{duplicate key 'd_model' in dictionary attribute}}
samba.model @m {vocab_size = 3, d_model = 8, d_model = 8} {
  samba.mamba
}
// -----
func.func @f() {
  // expected-error @below {{'samba.model' op expects parent op 'builtin.module'}}
  samba.model @m {vocab_size = 3, d_model = 8} {
    samba.mamba
  }
  return
}
