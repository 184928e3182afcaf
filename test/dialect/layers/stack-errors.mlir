// RUN: samba-opt %s -split-input-file -verify-diagnostics

samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.repeat' op expected a count from 1 to 10000, got 0}}
  samba.repeat 0 {
    samba.mamba
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.repeat' op expected a count from 1 to 10000, got -2}}
  samba.repeat -2 {
    samba.mamba
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.repeat' op expected a count from 1 to 10000, got 10001}}
  samba.repeat 10001 {
    samba.mamba
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{integer value too large}}
  samba.repeat 99999999999999999999 {
    samba.mamba
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{expected a whole number of repetitions: samba.repeat 6 { samba.mamba }}}
  samba.repeat 1.5 {
    samba.mamba
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{expected a whole number of repetitions: samba.repeat 6 { samba.mamba }}}
  samba.repeat {
    samba.mamba
  }
}
// -----
// Millions of layers by nesting: refused before anything is unrolled.
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.repeat' op expected at most 10000 layers after repetition, got 1000000}}
  samba.repeat 1000 {
    samba.repeat 1000 {
      samba.mamba
    }
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.repeat' op has no layers; write at least one, such as samba.mamba}}
  samba.repeat 3 {
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.repeat' op has no attribute 'times'; it takes none}}
  samba.repeat 3 {
    samba.mamba
  } {times = 4}
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  samba.repeat 3 {
    samba.mamba
    // expected-error @below {{'samba.fill' is not a layer: 'samba.repeat' holds layers, 'samba.repeat' and 'samba.parallel'}}
    %0 = samba.fill 0.0 : tensor<3xf32>
  }
}
// -----
// expected-error @below {{'samba.repeat' op expects parent op to be one of 'samba.model, samba.repeat'}}
samba.repeat 3 {
  samba.mamba
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  samba.parallel {
    samba.mamba
    // expected-error @below {{'samba.repeat' is not a layer: 'samba.parallel' holds layers only}}
    samba.repeat 3 {
      samba.mamba
    }
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.parallel' op has no branches; write at least one layer}}
  samba.parallel {
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.parallel' op expected layers only, got a block with arguments}}
  samba.parallel {
  ^bb0(%x: i32):
    samba.mamba
  }
}
// -----
samba.model @m {vocab_size = 3, d_model = 8} {
  // expected-error @below {{'samba.parallel' op has no attribute 'branches'; it takes none}}
  samba.parallel {
    samba.mamba
  } {branches = 1}
}
// -----
// expected-error @below {{'samba.parallel' op expects parent op to be one of 'samba.model, samba.repeat'}}
samba.parallel {
  samba.mamba
}
