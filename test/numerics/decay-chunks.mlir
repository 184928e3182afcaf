// RUN: samba-run verify %s
// Heads of whole slices of 64 channels, which a GPU takes in chunks of 64 tokens where they are bf16: lengths that no chunk
// divides, heads of one slice and of several, values of one part and of two, states before and after, decays of channels
// and of heads, down to -10 per token.

func.func @channels_63(%q: tensor<2x63x128xf32>, %k: tensor<2x63x128xf32>, %v: tensor<2x63x128xf32>, %g: tensor<2x63x128xf32>) -> tensor<2x63x128xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 2, scale = 0.125}
    : (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) -> tensor<2x63x128xf32>
  return %o : tensor<2x63x128xf32>
}

func.func @channels_500(%q: tensor<1x500x128xf32>, %k: tensor<1x500x128xf32>, %v: tensor<1x500x64xf32>, %g: tensor<1x500x128xf32>) -> tensor<1x500x64xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x128xf32>) -> tensor<1x500x64xf32>
  return %o : tensor<1x500x64xf32>
}

func.func @channels_1000(%q: tensor<1x1000x128xf32>, %k: tensor<1x1000x128xf32>, %v: tensor<1x1000x128xf32>, %g: tensor<1x1000x128xf32>) -> tensor<1x1000x128xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 2, scale = 0.125}
    : (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>) -> tensor<1x1000x128xf32>
  return %o : tensor<1x1000x128xf32>
}

func.func @channels_2048(%q: tensor<1x2048x64xf32>, %k: tensor<1x2048x64xf32>, %v: tensor<1x2048x64xf32>, %g: tensor<1x2048x64xf32>) -> tensor<1x2048x64xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>) -> tensor<1x2048x64xf32>
  return %o : tensor<1x2048x64xf32>
}

func.func @channels_wide(%q: tensor<1x150x192xf32>, %k: tensor<1x150x192xf32>, %v: tensor<1x150x384xf32>, %g: tensor<1x150x192xf32>) -> tensor<1x150x384xf32> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x150x192xf32>, tensor<1x150x192xf32>, tensor<1x150x384xf32>, tensor<1x150x192xf32>) -> tensor<1x150x384xf32>
  return %o : tensor<1x150x384xf32>
}

func.func @heads_63(%q: tensor<2x63x128xf32>, %k: tensor<2x63x128xf32>, %v: tensor<2x63x128xf32>) -> tensor<2x63x128xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 2, scale = 0.125, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) -> tensor<2x63x128xf32>
  return %o : tensor<2x63x128xf32>
}

func.func @heads_500(%q: tensor<1x500x128xf32>, %k: tensor<1x500x128xf32>, %v: tensor<1x500x64xf32>) -> tensor<1x500x64xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>) -> tensor<1x500x64xf32>
  return %o : tensor<1x500x64xf32>
}

func.func @heads_1000(%q: tensor<1x1000x192xf32>, %k: tensor<1x1000x192xf32>, %v: tensor<1x1000x192xf32>) -> tensor<1x1000x192xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 3, scale = 0.125, log_decays = array<f64: -0.0317486983145803, -2.5, -10.0>}
    : (tensor<1x1000x192xf32>, tensor<1x1000x192xf32>, tensor<1x1000x192xf32>) -> tensor<1x1000x192xf32>
  return %o : tensor<1x1000x192xf32>
}

func.func @heads_2048(%q: tensor<1x2048x64xf32>, %k: tensor<1x2048x64xf32>, %v: tensor<1x2048x64xf32>) -> tensor<1x2048x64xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>) -> tensor<1x2048x64xf32>
  return %o : tensor<1x2048x64xf32>
}

func.func @heads_wide(%q: tensor<1x150x256xf32>, %k: tensor<1x150x256xf32>, %v: tensor<1x150x512xf32>) -> tensor<1x150x512xf32> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x150x256xf32>, tensor<1x150x256xf32>, tensor<1x150x512xf32>) -> tensor<1x150x512xf32>
  return %o : tensor<1x150x512xf32>
}

func.func @channels_step(%q: tensor<2x100x128xf32>, %k: tensor<2x100x128xf32>, %v: tensor<2x100x384xf32>, %s: tensor<2x128x192xf32>, %g: tensor<2x100x128xf32>) -> (tensor<2x100x384xf32>, tensor<2x128x192xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s, %g {n_heads = 2, scale = 0.125}
    : (tensor<2x100x128xf32>, tensor<2x100x128xf32>, tensor<2x100x384xf32>, tensor<2x128x192xf32>, tensor<2x100x128xf32>) -> (tensor<2x100x384xf32>, tensor<2x128x192xf32>)
  return %o, %n : tensor<2x100x384xf32>, tensor<2x128x192xf32>
}

func.func @channels_step_wide(%q: tensor<1x257x192xf32>, %k: tensor<1x257x192xf32>, %v: tensor<1x257x64xf32>, %s: tensor<1x192x64xf32>, %g: tensor<1x257x192xf32>) -> (tensor<1x257x64xf32>, tensor<1x192x64xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x257x192xf32>, tensor<1x257x192xf32>, tensor<1x257x64xf32>, tensor<1x192x64xf32>, tensor<1x257x192xf32>) -> (tensor<1x257x64xf32>, tensor<1x192x64xf32>)
  return %o, %n : tensor<1x257x64xf32>, tensor<1x192x64xf32>
}

func.func @heads_step(%q: tensor<1x129x256xf32>, %k: tensor<1x129x256xf32>, %v: tensor<1x129x64xf32>, %s: tensor<1x256x64xf32>) -> (tensor<1x129x64xf32>, tensor<1x256x64xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x129x256xf32>, tensor<1x129x256xf32>, tensor<1x129x64xf32>, tensor<1x256x64xf32>) -> (tensor<1x129x64xf32>, tensor<1x256x64xf32>)
  return %o, %n : tensor<1x129x64xf32>, tensor<1x256x64xf32>
}

func.func @heads_step_narrow(%q: tensor<2x500x128xf32>, %k: tensor<2x500x128xf32>, %v: tensor<2x500x128xf32>, %s: tensor<2x128x64xf32>) -> (tensor<2x500x128xf32>, tensor<2x128x64xf32>) {
  %o, %n = samba.decay_attention_step %q, %k, %v, %s {n_heads = 2, scale = 0.125, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<2x500x128xf32>, tensor<2x500x128xf32>, tensor<2x500x128xf32>, tensor<2x128x64xf32>) -> (tensor<2x500x128xf32>, tensor<2x128x64xf32>)
  return %o, %n : tensor<2x500x128xf32>, tensor<2x128x64xf32>
}

func.func @channels_grad_63(%q: tensor<2x63x128xf32>, %k: tensor<2x63x128xf32>, %v: tensor<2x63x128xf32>, %do: tensor<2x63x128xf32>, %g: tensor<2x63x128xf32>) -> (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 2, scale = 0.125}
    : (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) -> (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>)
  return %dq, %dk, %dv, %dg : tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>
}

func.func @channels_grad_500(%q: tensor<1x500x128xf32>, %k: tensor<1x500x128xf32>, %v: tensor<1x500x64xf32>, %do: tensor<1x500x64xf32>, %g: tensor<1x500x128xf32>) -> (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x128xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>, tensor<1x500x128xf32>) -> (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x128xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x128xf32>
}

func.func @channels_grad_1000(%q: tensor<1x1000x128xf32>, %k: tensor<1x1000x128xf32>, %v: tensor<1x1000x128xf32>, %do: tensor<1x1000x128xf32>, %g: tensor<1x1000x128xf32>) -> (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 2, scale = 0.125}
    : (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>) -> (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>
}

func.func @channels_grad_2048(%q: tensor<1x2048x64xf32>, %k: tensor<1x2048x64xf32>, %v: tensor<1x2048x64xf32>, %do: tensor<1x2048x64xf32>, %g: tensor<1x2048x64xf32>) -> (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>) -> (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>
}

func.func @channels_grad_wide(%q: tensor<1x150x192xf32>, %k: tensor<1x150x192xf32>, %v: tensor<1x150x384xf32>, %do: tensor<1x150x384xf32>, %g: tensor<1x150x192xf32>) -> (tensor<1x150x192xf32>, tensor<1x150x192xf32>, tensor<1x150x384xf32>, tensor<1x150x192xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x150x192xf32>, tensor<1x150x192xf32>, tensor<1x150x384xf32>, tensor<1x150x384xf32>, tensor<1x150x192xf32>) -> (tensor<1x150x192xf32>, tensor<1x150x192xf32>, tensor<1x150x384xf32>, tensor<1x150x192xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x150x192xf32>, tensor<1x150x192xf32>, tensor<1x150x384xf32>, tensor<1x150x192xf32>
}

func.func @channels_grad_wide_values(%q: tensor<1x128x64xf32>, %k: tensor<1x128x64xf32>, %v: tensor<1x128x512xf32>, %do: tensor<1x128x512xf32>, %g: tensor<1x128x64xf32>) -> (tensor<1x128x64xf32>, tensor<1x128x64xf32>, tensor<1x128x512xf32>, tensor<1x128x64xf32>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 1, scale = 0.125}
    : (tensor<1x128x64xf32>, tensor<1x128x64xf32>, tensor<1x128x512xf32>, tensor<1x128x512xf32>, tensor<1x128x64xf32>) -> (tensor<1x128x64xf32>, tensor<1x128x64xf32>, tensor<1x128x512xf32>, tensor<1x128x64xf32>)
  return %dq, %dk, %dv, %dg : tensor<1x128x64xf32>, tensor<1x128x64xf32>, tensor<1x128x512xf32>, tensor<1x128x64xf32>
}

func.func @heads_grad_63(%q: tensor<2x63x128xf32>, %k: tensor<2x63x128xf32>, %v: tensor<2x63x128xf32>, %do: tensor<2x63x128xf32>) -> (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 2, scale = 0.125, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168>}
    : (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) -> (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>)
  return %dq, %dk, %dv : tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>
}

func.func @heads_grad_500(%q: tensor<1x500x128xf32>, %k: tensor<1x500x128xf32>, %v: tensor<1x500x64xf32>, %do: tensor<1x500x64xf32>) -> (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>) -> (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>)
  return %dq, %dk, %dv : tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x64xf32>
}

func.func @heads_grad_1000(%q: tensor<1x1000x192xf32>, %k: tensor<1x1000x192xf32>, %v: tensor<1x1000x192xf32>, %do: tensor<1x1000x192xf32>) -> (tensor<1x1000x192xf32>, tensor<1x1000x192xf32>, tensor<1x1000x192xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 3, scale = 0.125, log_decays = array<f64: -0.0317486983145803, -2.5, -10.0>}
    : (tensor<1x1000x192xf32>, tensor<1x1000x192xf32>, tensor<1x1000x192xf32>, tensor<1x1000x192xf32>) -> (tensor<1x1000x192xf32>, tensor<1x1000x192xf32>, tensor<1x1000x192xf32>)
  return %dq, %dk, %dv : tensor<1x1000x192xf32>, tensor<1x1000x192xf32>, tensor<1x1000x192xf32>
}

func.func @heads_grad_2048(%q: tensor<1x2048x64xf32>, %k: tensor<1x2048x64xf32>, %v: tensor<1x2048x64xf32>, %do: tensor<1x2048x64xf32>) -> (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>) -> (tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>)
  return %dq, %dk, %dv : tensor<1x2048x64xf32>, tensor<1x2048x64xf32>, tensor<1x2048x64xf32>
}

func.func @heads_grad_wide(%q: tensor<1x150x256xf32>, %k: tensor<1x150x256xf32>, %v: tensor<1x150x512xf32>, %do: tensor<1x150x512xf32>) -> (tensor<1x150x256xf32>, tensor<1x150x256xf32>, tensor<1x150x512xf32>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 1, scale = 0.125, log_decays = array<f64: -0.0317486983145803>}
    : (tensor<1x150x256xf32>, tensor<1x150x256xf32>, tensor<1x150x512xf32>, tensor<1x150x512xf32>) -> (tensor<1x150x256xf32>, tensor<1x150x256xf32>, tensor<1x150x512xf32>)
  return %dq, %dk, %dv : tensor<1x150x256xf32>, tensor<1x150x256xf32>, tensor<1x150x512xf32>
}
