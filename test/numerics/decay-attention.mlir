// RUN: samba-run verify %s
// Key and value channels that fill no register; lengths that no block divides; decays of channels and of heads, down to
// -10 per token. The kernel against the recurrence in double precision.

func.func @channels_one_token(%q: tensor<2x1x10xf32>, %k: tensor<2x1x10xf32>, %v: tensor<2x1x14xf32>, %g: tensor<2x1x10xf32>) -> tensor<2x1x14xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 2, scale = 0.25}
    : (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>, tensor<2x1x10xf32>) -> tensor<2x1x14xf32>
  return %o : tensor<2x1x14xf32>
}

func.func @channels_63(%q: tensor<2x63x27xf32>, %k: tensor<2x63x27xf32>, %v: tensor<2x63x60xf32>, %g: tensor<2x63x27xf32>) -> tensor<2x63x60xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 3, scale = 0.25}
    : (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>, tensor<2x63x27xf32>) -> tensor<2x63x60xf32>
  return %o : tensor<2x63x60xf32>
}

func.func @channels_500(%q: tensor<1x500x48xf32>, %k: tensor<1x500x48xf32>, %v: tensor<1x500x96xf32>, %g: tensor<1x500x48xf32>) -> tensor<1x500x96xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 2, scale = 0.25}
    : (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>, tensor<1x500x48xf32>) -> tensor<1x500x96xf32>
  return %o : tensor<1x500x96xf32>
}

func.func @channels_1000(%q: tensor<1x1000x7xf32>, %k: tensor<1x1000x7xf32>, %v: tensor<1x1000x70xf32>, %g: tensor<1x1000x7xf32>) -> tensor<1x1000x70xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 1, scale = 0.25}
    : (tensor<1x1000x7xf32>, tensor<1x1000x7xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>) -> tensor<1x1000x70xf32>
  return %o : tensor<1x1000x70xf32>
}

func.func @channels_2048(%q: tensor<1x2048x16xf32>, %k: tensor<1x2048x16xf32>, %v: tensor<1x2048x17xf32>, %g: tensor<1x2048x16xf32>) -> tensor<1x2048x17xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 1, scale = 0.25}
    : (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>, tensor<1x2048x16xf32>) -> tensor<1x2048x17xf32>
  return %o : tensor<1x2048x17xf32>
}

func.func @channels_grad_one_token(%q: tensor<2x1x10xf32>, %k: tensor<2x1x10xf32>, %v: tensor<2x1x14xf32>, %do: tensor<2x1x14xf32>, %g: tensor<2x1x10xf32>) -> (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>, tensor<2x1x10xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 2, scale = 0.25}
    : (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>, tensor<2x1x14xf32>, tensor<2x1x10xf32>) -> (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>, tensor<2x1x10xf32>)
  return %dq, %dk, %dv, %dg : tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>, tensor<2x1x10xf32>
}

func.func @channels_grad_63(%q: tensor<2x63x27xf32>, %k: tensor<2x63x27xf32>, %v: tensor<2x63x60xf32>, %do: tensor<2x63x60xf32>, %g: tensor<2x63x27xf32>) -> (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>, tensor<2x63x27xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 3, scale = 0.25}
    : (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>, tensor<2x63x60xf32>, tensor<2x63x27xf32>) -> (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>, tensor<2x63x27xf32>)
  return %dq, %dk, %dv, %dg : tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>, tensor<2x63x27xf32>
}

func.func @channels_grad_500(%q: tensor<1x500x48xf32>, %k: tensor<1x500x48xf32>, %v: tensor<1x500x96xf32>, %do: tensor<1x500x96xf32>, %g: tensor<1x500x48xf32>) -> (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>, tensor<1x500x48xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 2, scale = 0.25}
    : (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>, tensor<1x500x96xf32>, tensor<1x500x48xf32>) -> (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>, tensor<1x500x48xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>, tensor<1x500x48xf32>
}

func.func @channels_grad_1000(%q: tensor<1x1000x70xf32>, %k: tensor<1x1000x70xf32>, %v: tensor<1x1000x7xf32>, %do: tensor<1x1000x7xf32>, %g: tensor<1x1000x70xf32>) -> (tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>, tensor<1x1000x70xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.25}
    : (tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>, tensor<1x1000x7xf32>, tensor<1x1000x70xf32>) -> (tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>, tensor<1x1000x70xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>, tensor<1x1000x70xf32>
}

func.func @channels_grad_2048(%q: tensor<1x2048x16xf32>, %k: tensor<1x2048x16xf32>, %v: tensor<1x2048x17xf32>, %do: tensor<1x2048x17xf32>, %g: tensor<1x2048x16xf32>) -> (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>, tensor<1x2048x16xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.25}
    : (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>, tensor<1x2048x17xf32>, tensor<1x2048x16xf32>) -> (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>, tensor<1x2048x16xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>, tensor<1x2048x16xf32>
}

func.func @channels_step_one_token(%q: tensor<3x1x40xf32>, %k: tensor<3x1x40xf32>, %v: tensor<3x1x66xf32>, %s: tensor<3x40x33xf32>, %g: tensor<3x1x40xf32>) -> (tensor<3x1x66xf32>, tensor<3x40x33xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s, %g {n_heads = 2, scale = 0.25}
    : (tensor<3x1x40xf32>, tensor<3x1x40xf32>, tensor<3x1x66xf32>, tensor<3x40x33xf32>, tensor<3x1x40xf32>) -> (tensor<3x1x66xf32>, tensor<3x40x33xf32>)
  return %o, %n : tensor<3x1x66xf32>, tensor<3x40x33xf32>
}

func.func @channels_step_chunk(%q: tensor<1x63x18xf32>, %k: tensor<1x63x18xf32>, %v: tensor<1x63x140xf32>, %s: tensor<1x18x70xf32>, %g: tensor<1x63x18xf32>) -> (tensor<1x63x140xf32>, tensor<1x18x70xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s, %g {n_heads = 2, scale = 0.25}
    : (tensor<1x63x18xf32>, tensor<1x63x18xf32>, tensor<1x63x140xf32>, tensor<1x18x70xf32>, tensor<1x63x18xf32>) -> (tensor<1x63x140xf32>, tensor<1x18x70xf32>)
  return %o, %n : tensor<1x63x140xf32>, tensor<1x18x70xf32>
}

func.func @heads_one_token(%q: tensor<2x1x10xf32>, %k: tensor<2x1x10xf32>, %v: tensor<2x1x14xf32>) -> tensor<2x1x14xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 2, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>) -> tensor<2x1x14xf32>
  return %o : tensor<2x1x14xf32>
}

func.func @heads_63(%q: tensor<2x63x27xf32>, %k: tensor<2x63x27xf32>, %v: tensor<2x63x60xf32>) -> tensor<2x63x60xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 3, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168, -0.007843177461025893>}
    : (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>) -> tensor<2x63x60xf32>
  return %o : tensor<2x63x60xf32>
}

func.func @heads_500(%q: tensor<1x500x48xf32>, %k: tensor<1x500x48xf32>, %v: tensor<1x500x96xf32>) -> tensor<1x500x96xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 2, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>) -> tensor<1x500x96xf32>
  return %o : tensor<1x500x96xf32>
}

func.func @heads_1000(%q: tensor<1x1000x7xf32>, %k: tensor<1x1000x7xf32>, %v: tensor<1x1000x70xf32>) -> tensor<1x1000x70xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 1, scale = 0.25, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x1000x7xf32>, tensor<1x1000x7xf32>, tensor<1x1000x70xf32>) -> tensor<1x1000x70xf32>
  return %o : tensor<1x1000x70xf32>
}

func.func @heads_2048(%q: tensor<1x2048x16xf32>, %k: tensor<1x2048x16xf32>, %v: tensor<1x2048x17xf32>) -> tensor<1x2048x17xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 1, scale = 0.25, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>) -> tensor<1x2048x17xf32>
  return %o : tensor<1x2048x17xf32>
}

func.func @heads_grad_one_token(%q: tensor<2x1x10xf32>, %k: tensor<2x1x10xf32>, %v: tensor<2x1x14xf32>, %do: tensor<2x1x14xf32>) -> (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 2, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>, tensor<2x1x14xf32>) -> (tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>)
  return %dq, %dk, %dv : tensor<2x1x10xf32>, tensor<2x1x10xf32>, tensor<2x1x14xf32>
}

func.func @heads_grad_63(%q: tensor<2x63x27xf32>, %k: tensor<2x63x27xf32>, %v: tensor<2x63x60xf32>, %do: tensor<2x63x60xf32>) -> (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 3, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168, -0.007843177461025893>}
    : (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>, tensor<2x63x60xf32>) -> (tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>)
  return %dq, %dk, %dv : tensor<2x63x27xf32>, tensor<2x63x27xf32>, tensor<2x63x60xf32>
}

func.func @heads_grad_500(%q: tensor<1x500x48xf32>, %k: tensor<1x500x48xf32>, %v: tensor<1x500x96xf32>, %do: tensor<1x500x96xf32>) -> (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 2, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>, tensor<1x500x96xf32>) -> (tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>)
  return %dq, %dk, %dv : tensor<1x500x48xf32>, tensor<1x500x48xf32>, tensor<1x500x96xf32>
}

func.func @heads_grad_1000(%q: tensor<1x1000x70xf32>, %k: tensor<1x1000x70xf32>, %v: tensor<1x1000x7xf32>, %do: tensor<1x1000x7xf32>) -> (tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 1, scale = 0.25, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>, tensor<1x1000x7xf32>) -> (tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>)
  return %dq, %dk, %dv : tensor<1x1000x70xf32>, tensor<1x1000x70xf32>, tensor<1x1000x7xf32>
}

func.func @heads_grad_2048(%q: tensor<1x2048x16xf32>, %k: tensor<1x2048x16xf32>, %v: tensor<1x2048x17xf32>, %do: tensor<1x2048x17xf32>) -> (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 1, scale = 0.25, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>, tensor<1x2048x17xf32>) -> (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>)
  return %dq, %dk, %dv : tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x17xf32>
}

func.func @heads_step_one_token(%q: tensor<3x1x40xf32>, %k: tensor<3x1x40xf32>, %v: tensor<3x1x66xf32>, %s: tensor<3x40x33xf32>) -> (tensor<3x1x66xf32>, tensor<3x40x33xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s {n_heads = 2, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<3x1x40xf32>, tensor<3x1x40xf32>, tensor<3x1x66xf32>, tensor<3x40x33xf32>) -> (tensor<3x1x66xf32>, tensor<3x40x33xf32>)
  return %o, %n : tensor<3x1x66xf32>, tensor<3x40x33xf32>
}

func.func @heads_step_chunk(%q: tensor<1x63x18xf32>, %k: tensor<1x63x18xf32>, %v: tensor<1x63x140xf32>, %s: tensor<1x18x70xf32>) -> (tensor<1x63x140xf32>, tensor<1x18x70xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s {n_heads = 2, scale = 0.25, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<1x63x18xf32>, tensor<1x63x18xf32>, tensor<1x63x140xf32>, tensor<1x18x70xf32>) -> (tensor<1x63x140xf32>, tensor<1x18x70xf32>)
  return %o, %n : tensor<1x63x140xf32>, tensor<1x18x70xf32>
}

// The paper's heads.

func.func @gla(%q: tensor<1x40x192xf32>, %k: tensor<1x40x192xf32>, %v: tensor<1x40x384xf32>, %g: tensor<1x40x192xf32>) -> tensor<1x40x384xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 1, scale = 0.25}
    : (tensor<1x40x192xf32>, tensor<1x40x192xf32>, tensor<1x40x384xf32>, tensor<1x40x192xf32>) -> tensor<1x40x384xf32>
  return %o : tensor<1x40x384xf32>
}

func.func @gla_grad(%q: tensor<1x40x192xf32>, %k: tensor<1x40x192xf32>, %v: tensor<1x40x384xf32>, %do: tensor<1x40x384xf32>, %g: tensor<1x40x192xf32>) -> (tensor<1x40x192xf32>, tensor<1x40x192xf32>, tensor<1x40x384xf32>, tensor<1x40x192xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.25}
    : (tensor<1x40x192xf32>, tensor<1x40x192xf32>, tensor<1x40x384xf32>, tensor<1x40x384xf32>, tensor<1x40x192xf32>) -> (tensor<1x40x192xf32>, tensor<1x40x192xf32>, tensor<1x40x384xf32>, tensor<1x40x192xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x40x192xf32>, tensor<1x40x192xf32>, tensor<1x40x384xf32>, tensor<1x40x192xf32>
}

func.func @retention(%q: tensor<1x40x256xf32>, %k: tensor<1x40x256xf32>, %v: tensor<1x40x512xf32>) -> tensor<1x40x512xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 1, scale = 0.25, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x40x256xf32>, tensor<1x40x256xf32>, tensor<1x40x512xf32>) -> tensor<1x40x512xf32>
  return %o : tensor<1x40x512xf32>
}
