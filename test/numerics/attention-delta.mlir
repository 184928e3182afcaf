// RUN: samba-run verify %s
// Attention with what comes before its gradients: dO, a product, and delta, the sum over a head's channels of o dO, which a
// GPU makes in one launch. Heads of 64, 128 and 256 channels, tiles that end within a row of heads, and sequences within a
// tile.

func.func @t111_h3_3_d64_k96_b2(%q: tensor<2x111x192xf32>, %k: tensor<2x111x192xf32>, %v: tensor<2x111x192xf32>, %dy: tensor<2x111x96xf32>, %w: tensor<96x192xf32>) -> (tensor<2x111x192xf32>, tensor<2x111x192xf32>, tensor<2x111x192xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 3, n_kv_heads = 3, window = 40}
    : (tensor<2x111x192xf32>, tensor<2x111x192xf32>, tensor<2x111x192xf32>) -> (tensor<2x111x192xf32>, tensor<2x3x111xf32>)
  %do = samba.linear_dx %dy, %w : (tensor<2x111x96xf32>, tensor<96x192xf32>) -> tensor<2x111x192xf32>
  %delta = samba.attention_delta %o, %do {n_heads = 3} : (tensor<2x111x192xf32>, tensor<2x111x192xf32>) -> tensor<2x3x111xf32>
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 3, window = 40}
    : (tensor<2x111x192xf32>, tensor<2x111x192xf32>, tensor<2x111x192xf32>, tensor<2x3x111xf32>, tensor<2x3x111xf32>, tensor<2x111x192xf32>) -> tensor<2x111x192xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 3, window = 40}
    : (tensor<2x111x192xf32>, tensor<2x111x192xf32>, tensor<2x111x192xf32>, tensor<2x3x111xf32>, tensor<2x3x111xf32>, tensor<2x111x192xf32>) -> (tensor<2x111x192xf32>, tensor<2x111x192xf32>)
  return %dq, %dk, %dv : tensor<2x111x192xf32>, tensor<2x111x192xf32>, tensor<2x111x192xf32>
}

func.func @t300_h2_1_d128_k256_b1(%q: tensor<1x300x256xf32>, %k: tensor<1x300x128xf32>, %v: tensor<1x300x128xf32>, %dy: tensor<1x300x256xf32>, %w: tensor<256x256xf32>) -> (tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 1, window = 130}
    : (tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>) -> (tensor<1x300x256xf32>, tensor<1x2x300xf32>)
  %do = samba.linear_dx %dy, %w : (tensor<1x300x256xf32>, tensor<256x256xf32>) -> tensor<1x300x256xf32>
  %delta = samba.attention_delta %o, %do {n_heads = 2} : (tensor<1x300x256xf32>, tensor<1x300x256xf32>) -> tensor<1x2x300xf32>
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 130}
    : (tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>, tensor<1x2x300xf32>, tensor<1x2x300xf32>, tensor<1x300x256xf32>) -> tensor<1x300x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 130}
    : (tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>, tensor<1x2x300xf32>, tensor<1x2x300xf32>, tensor<1x300x256xf32>) -> (tensor<1x300x128xf32>, tensor<1x300x128xf32>)
  return %dq, %dk, %dv : tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>
}

func.func @t75_h5_5_d128_k40_b2(%q: tensor<2x75x640xf32>, %k: tensor<2x75x640xf32>, %v: tensor<2x75x640xf32>, %dy: tensor<2x75x40xf32>, %w: tensor<40x640xf32>) -> (tensor<2x75x640xf32>, tensor<2x75x640xf32>, tensor<2x75x640xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 5, n_kv_heads = 5, window = 300}
    : (tensor<2x75x640xf32>, tensor<2x75x640xf32>, tensor<2x75x640xf32>) -> (tensor<2x75x640xf32>, tensor<2x5x75xf32>)
  %do = samba.linear_dx %dy, %w : (tensor<2x75x40xf32>, tensor<40x640xf32>) -> tensor<2x75x640xf32>
  %delta = samba.attention_delta %o, %do {n_heads = 5} : (tensor<2x75x640xf32>, tensor<2x75x640xf32>) -> tensor<2x5x75xf32>
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 5, n_kv_heads = 5, window = 300}
    : (tensor<2x75x640xf32>, tensor<2x75x640xf32>, tensor<2x75x640xf32>, tensor<2x5x75xf32>, tensor<2x5x75xf32>, tensor<2x75x640xf32>) -> tensor<2x75x640xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 5, n_kv_heads = 5, window = 300}
    : (tensor<2x75x640xf32>, tensor<2x75x640xf32>, tensor<2x75x640xf32>, tensor<2x5x75xf32>, tensor<2x5x75xf32>, tensor<2x75x640xf32>) -> (tensor<2x75x640xf32>, tensor<2x75x640xf32>)
  return %dq, %dk, %dv : tensor<2x75x640xf32>, tensor<2x75x640xf32>, tensor<2x75x640xf32>
}

func.func @t130_h3_1_d256_k136_b1(%q: tensor<1x130x768xf32>, %k: tensor<1x130x256xf32>, %v: tensor<1x130x256xf32>, %dy: tensor<1x130x136xf32>, %w: tensor<136x768xf32>) -> (tensor<1x130x768xf32>, tensor<1x130x256xf32>, tensor<1x130x256xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 3, n_kv_heads = 1, window = 64}
    : (tensor<1x130x768xf32>, tensor<1x130x256xf32>, tensor<1x130x256xf32>) -> (tensor<1x130x768xf32>, tensor<1x3x130xf32>)
  %do = samba.linear_dx %dy, %w : (tensor<1x130x136xf32>, tensor<136x768xf32>) -> tensor<1x130x768xf32>
  %delta = samba.attention_delta %o, %do {n_heads = 3} : (tensor<1x130x768xf32>, tensor<1x130x768xf32>) -> tensor<1x3x130xf32>
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 64}
    : (tensor<1x130x768xf32>, tensor<1x130x256xf32>, tensor<1x130x256xf32>, tensor<1x3x130xf32>, tensor<1x3x130xf32>, tensor<1x130x768xf32>) -> tensor<1x130x768xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 64}
    : (tensor<1x130x768xf32>, tensor<1x130x256xf32>, tensor<1x130x256xf32>, tensor<1x3x130xf32>, tensor<1x3x130xf32>, tensor<1x130x768xf32>) -> (tensor<1x130x256xf32>, tensor<1x130x256xf32>)
  return %dq, %dk, %dv : tensor<1x130x768xf32>, tensor<1x130x256xf32>, tensor<1x130x256xf32>
}

func.func @t63_h11_1_d64_k48_b3(%q: tensor<3x63x704xf32>, %k: tensor<3x63x64xf32>, %v: tensor<3x63x64xf32>, %dy: tensor<3x63x48xf32>, %w: tensor<48x704xf32>) -> (tensor<3x63x704xf32>, tensor<3x63x64xf32>, tensor<3x63x64xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 11, n_kv_heads = 1, window = 63}
    : (tensor<3x63x704xf32>, tensor<3x63x64xf32>, tensor<3x63x64xf32>) -> (tensor<3x63x704xf32>, tensor<3x11x63xf32>)
  %do = samba.linear_dx %dy, %w : (tensor<3x63x48xf32>, tensor<48x704xf32>) -> tensor<3x63x704xf32>
  %delta = samba.attention_delta %o, %do {n_heads = 11} : (tensor<3x63x704xf32>, tensor<3x63x704xf32>) -> tensor<3x11x63xf32>
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 11, n_kv_heads = 1, window = 63}
    : (tensor<3x63x704xf32>, tensor<3x63x64xf32>, tensor<3x63x64xf32>, tensor<3x11x63xf32>, tensor<3x11x63xf32>, tensor<3x63x704xf32>) -> tensor<3x63x704xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 11, n_kv_heads = 1, window = 63}
    : (tensor<3x63x704xf32>, tensor<3x63x64xf32>, tensor<3x63x64xf32>, tensor<3x11x63xf32>, tensor<3x11x63xf32>, tensor<3x63x704xf32>) -> (tensor<3x63x64xf32>, tensor<3x63x64xf32>)
  return %dq, %dk, %dv : tensor<3x63x704xf32>, tensor<3x63x64xf32>, tensor<3x63x64xf32>
}

func.func @t70_h1_1_d64_k64_b1(%q: tensor<1x70x64xf32>, %k: tensor<1x70x64xf32>, %v: tensor<1x70x64xf32>, %dy: tensor<1x70x64xf32>, %w: tensor<64x64xf32>) -> (tensor<1x70x64xf32>, tensor<1x70x64xf32>, tensor<1x70x64xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 1, n_kv_heads = 1, window = 1}
    : (tensor<1x70x64xf32>, tensor<1x70x64xf32>, tensor<1x70x64xf32>) -> (tensor<1x70x64xf32>, tensor<1x1x70xf32>)
  %do = samba.linear_dx %dy, %w : (tensor<1x70x64xf32>, tensor<64x64xf32>) -> tensor<1x70x64xf32>
  %delta = samba.attention_delta %o, %do {n_heads = 1} : (tensor<1x70x64xf32>, tensor<1x70x64xf32>) -> tensor<1x1x70xf32>
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 1, n_kv_heads = 1, window = 1}
    : (tensor<1x70x64xf32>, tensor<1x70x64xf32>, tensor<1x70x64xf32>, tensor<1x1x70xf32>, tensor<1x1x70xf32>, tensor<1x70x64xf32>) -> tensor<1x70x64xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 1, n_kv_heads = 1, window = 1}
    : (tensor<1x70x64xf32>, tensor<1x70x64xf32>, tensor<1x70x64xf32>, tensor<1x1x70xf32>, tensor<1x1x70xf32>, tensor<1x70x64xf32>) -> (tensor<1x70x64xf32>, tensor<1x70x64xf32>)
  return %dq, %dk, %dv : tensor<1x70x64xf32>, tensor<1x70x64xf32>, tensor<1x70x64xf32>
}
