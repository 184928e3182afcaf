// RUN: samba-opt %s -o /dev/null
// Attention with decay, forward and backward, at the shapes that it is judged by: gated linear attention and retention.
//
//   samba-run bench decay.mlir --device cuda
//
func.func @gla(%q: tensor<8x4096x768xbf16>, %k: tensor<8x4096x768xbf16>, %v: tensor<8x4096x1536xbf16>, %g: tensor<8x4096x768xbf16>) -> tensor<8x4096x1536xbf16> {
  %o = samba.decay_attention %q, %k, %v, %g {n_heads = 4, scale = 0.072169}
    : (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>) -> tensor<8x4096x1536xbf16>
  return %o : tensor<8x4096x1536xbf16>
}
func.func @gla_backward(%q: tensor<8x4096x768xbf16>, %k: tensor<8x4096x768xbf16>, %v: tensor<8x4096x1536xbf16>, %do: tensor<8x4096x1536xbf16>, %g: tensor<8x4096x768xbf16>) -> (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>) {
  %dq, %dk, %dv, %dg = samba.decay_attention_grad %q, %k, %v, %do, %g {n_heads = 4, scale = 0.072169}
    : (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>) -> (tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>)
  return %dq, %dk, %dv, %dg : tensor<8x4096x768xbf16>, tensor<8x4096x768xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x768xbf16>
}
func.func @retention(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16> {
  %o = samba.decay_attention %q, %k, %v {n_heads = 6, scale = 0.062500, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168, -0.007843177461025893, -0.003913899321136329, -0.0019550348358033506, -0.0009770396478266127>}
    : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  return %o : tensor<8x4096x3072xbf16>
}
func.func @retention_backward(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x3072xbf16>, %do: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>) {
  %dq, %dk, %dv = samba.decay_attention_grad %q, %k, %v, %do {n_heads = 6, scale = 0.062500, log_decays = array<f64: -0.0317486983145803, -0.015748356968139168, -0.007843177461025893, -0.003913899321136329, -0.0019550348358033506, -0.0009770396478266127>}
    : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>)
  return %dq, %dk, %dv : tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x3072xbf16>
}
