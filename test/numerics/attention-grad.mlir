// RUN: samba-run verify %s
// Attention's gradients, all three of them, which a target may take in one pass: odd lengths, windows of part of a tile, of
// several and beyond the sequence; heads of 64 and 128 channels, with key heads of their own and with shared ones.

func.func @t1_h2_1_d128_w16_b1(%q: tensor<1x1x256xf32>, %k: tensor<1x1x128xf32>, %v: tensor<1x1x128xf32>, %lse: tensor<1x2x1xf32>, %delta: tensor<1x2x1xf32>, %do: tensor<1x1x256xf32>) -> (tensor<1x1x256xf32>, tensor<1x1x128xf32>, tensor<1x1x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 16}
    : (tensor<1x1x256xf32>, tensor<1x1x128xf32>, tensor<1x1x128xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x256xf32>) -> tensor<1x1x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 16}
    : (tensor<1x1x256xf32>, tensor<1x1x128xf32>, tensor<1x1x128xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x256xf32>) -> (tensor<1x1x128xf32>, tensor<1x1x128xf32>)
  return %dq, %dk, %dv : tensor<1x1x256xf32>, tensor<1x1x128xf32>, tensor<1x1x128xf32>
}

func.func @t63_h2_2_d64_w40_b2(%q: tensor<2x63x128xf32>, %k: tensor<2x63x128xf32>, %v: tensor<2x63x128xf32>, %lse: tensor<2x2x63xf32>, %delta: tensor<2x2x63xf32>, %do: tensor<2x63x128xf32>) -> (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 40}
    : (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x2x63xf32>, tensor<2x2x63xf32>, tensor<2x63x128xf32>) -> tensor<2x63x128xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 40}
    : (tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x2x63xf32>, tensor<2x2x63xf32>, tensor<2x63x128xf32>) -> (tensor<2x63x128xf32>, tensor<2x63x128xf32>)
  return %dq, %dk, %dv : tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>
}

func.func @t111_h2_1_d64_w300_b1(%q: tensor<1x111x128xf32>, %k: tensor<1x111x64xf32>, %v: tensor<1x111x64xf32>, %lse: tensor<1x2x111xf32>, %delta: tensor<1x2x111xf32>, %do: tensor<1x111x128xf32>) -> (tensor<1x111x128xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<1x111x128xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>, tensor<1x2x111xf32>, tensor<1x2x111xf32>, tensor<1x111x128xf32>) -> tensor<1x111x128xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<1x111x128xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>, tensor<1x2x111xf32>, tensor<1x2x111xf32>, tensor<1x111x128xf32>) -> (tensor<1x111x64xf32>, tensor<1x111x64xf32>)
  return %dq, %dk, %dv : tensor<1x111x128xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>
}

func.func @t777_h2_2_d128_w130_b1(%q: tensor<1x777x256xf32>, %k: tensor<1x777x256xf32>, %v: tensor<1x777x256xf32>, %lse: tensor<1x2x777xf32>, %delta: tensor<1x2x777xf32>, %do: tensor<1x777x256xf32>) -> (tensor<1x777x256xf32>, tensor<1x777x256xf32>, tensor<1x777x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 130}
    : (tensor<1x777x256xf32>, tensor<1x777x256xf32>, tensor<1x777x256xf32>, tensor<1x2x777xf32>, tensor<1x2x777xf32>, tensor<1x777x256xf32>) -> tensor<1x777x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 130}
    : (tensor<1x777x256xf32>, tensor<1x777x256xf32>, tensor<1x777x256xf32>, tensor<1x2x777xf32>, tensor<1x2x777xf32>, tensor<1x777x256xf32>) -> (tensor<1x777x256xf32>, tensor<1x777x256xf32>)
  return %dq, %dk, %dv : tensor<1x777x256xf32>, tensor<1x777x256xf32>, tensor<1x777x256xf32>
}

func.func @t777_h4_1_d64_w300_b1(%q: tensor<1x777x256xf32>, %k: tensor<1x777x64xf32>, %v: tensor<1x777x64xf32>, %lse: tensor<1x4x777xf32>, %delta: tensor<1x4x777xf32>, %do: tensor<1x777x256xf32>) -> (tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 1, window = 300}
    : (tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>, tensor<1x4x777xf32>, tensor<1x4x777xf32>, tensor<1x777x256xf32>) -> tensor<1x777x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 1, window = 300}
    : (tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>, tensor<1x4x777xf32>, tensor<1x4x777xf32>, tensor<1x777x256xf32>) -> (tensor<1x777x64xf32>, tensor<1x777x64xf32>)
  return %dq, %dk, %dv : tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>
}

func.func @t260_h12_1_d128_w64_b1(%q: tensor<1x260x1536xf32>, %k: tensor<1x260x128xf32>, %v: tensor<1x260x128xf32>, %lse: tensor<1x12x260xf32>, %delta: tensor<1x12x260xf32>, %do: tensor<1x260x1536xf32>) -> (tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 1, window = 64}
    : (tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>, tensor<1x12x260xf32>, tensor<1x12x260xf32>, tensor<1x260x1536xf32>) -> tensor<1x260x1536xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 1, window = 64}
    : (tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>, tensor<1x12x260xf32>, tensor<1x12x260xf32>, tensor<1x260x1536xf32>) -> (tensor<1x260x128xf32>, tensor<1x260x128xf32>)
  return %dq, %dk, %dv : tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>
}

func.func @t300_h12_4_d64_w100_b2(%q: tensor<2x300x768xf32>, %k: tensor<2x300x256xf32>, %v: tensor<2x300x256xf32>, %lse: tensor<2x12x300xf32>, %delta: tensor<2x12x300xf32>, %do: tensor<2x300x768xf32>) -> (tensor<2x300x768xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 4, window = 100}
    : (tensor<2x300x768xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x12x300xf32>, tensor<2x12x300xf32>, tensor<2x300x768xf32>) -> tensor<2x300x768xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 4, window = 100}
    : (tensor<2x300x768xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x12x300xf32>, tensor<2x12x300xf32>, tensor<2x300x768xf32>) -> (tensor<2x300x256xf32>, tensor<2x300x256xf32>)
  return %dq, %dk, %dv : tensor<2x300x768xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>
}

func.func @t1000_h1_1_d128_w5000_b1(%q: tensor<1x1000x128xf32>, %k: tensor<1x1000x128xf32>, %v: tensor<1x1000x128xf32>, %lse: tensor<1x1x1000xf32>, %delta: tensor<1x1x1000xf32>, %do: tensor<1x1000x128xf32>) -> (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 1, n_kv_heads = 1, window = 5000}
    : (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1x1000xf32>, tensor<1x1x1000xf32>, tensor<1x1000x128xf32>) -> tensor<1x1000x128xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 1, n_kv_heads = 1, window = 5000}
    : (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1x1000xf32>, tensor<1x1x1000xf32>, tensor<1x1000x128xf32>) -> (tensor<1x1000x128xf32>, tensor<1x1000x128xf32>)
  return %dq, %dk, %dv : tensor<1x1000x128xf32>, tensor<1x1000x128xf32>, tensor<1x1000x128xf32>
}

func.func @t600_h11_1_d64_w16_b1(%q: tensor<1x600x704xf32>, %k: tensor<1x600x64xf32>, %v: tensor<1x600x64xf32>, %lse: tensor<1x11x600xf32>, %delta: tensor<1x11x600xf32>, %do: tensor<1x600x704xf32>) -> (tensor<1x600x704xf32>, tensor<1x600x64xf32>, tensor<1x600x64xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 11, n_kv_heads = 1, window = 16}
    : (tensor<1x600x704xf32>, tensor<1x600x64xf32>, tensor<1x600x64xf32>, tensor<1x11x600xf32>, tensor<1x11x600xf32>, tensor<1x600x704xf32>) -> tensor<1x600x704xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 11, n_kv_heads = 1, window = 16}
    : (tensor<1x600x704xf32>, tensor<1x600x64xf32>, tensor<1x600x64xf32>, tensor<1x11x600xf32>, tensor<1x11x600xf32>, tensor<1x600x704xf32>) -> (tensor<1x600x64xf32>, tensor<1x600x64xf32>)
  return %dq, %dk, %dv : tensor<1x600x704xf32>, tensor<1x600x64xf32>, tensor<1x600x64xf32>
}

// The same, turned back: what reached the products were turned queries and keys.

func.func @turned_t300_h2_2_d128_w130_b2(%q: tensor<2x300x256xf32>, %k: tensor<2x300x256xf32>, %v: tensor<2x300x256xf32>, %lse: tensor<2x2x300xf32>, %delta: tensor<2x2x300xf32>, %do: tensor<2x300x256xf32>) -> (tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 130}
    : (tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x2x300xf32>, tensor<2x2x300xf32>, tensor<2x300x256xf32>) -> tensor<2x300x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 130}
    : (tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x2x300xf32>, tensor<2x2x300xf32>, tensor<2x300x256xf32>) -> (tensor<2x300x256xf32>, tensor<2x300x256xf32>)
  %q_turned = samba.rotary %dq {head_dim = 128, inverse, theta = 1.0e4} : (tensor<2x300x256xf32>) -> tensor<2x300x256xf32>
  %k_turned = samba.rotary %dk {head_dim = 128, inverse, theta = 1.0e4} : (tensor<2x300x256xf32>) -> tensor<2x300x256xf32>
  return %q_turned, %k_turned, %dv : tensor<2x300x256xf32>, tensor<2x300x256xf32>, tensor<2x300x256xf32>
}

func.func @turned_t111_h3_3_d64_w300_b1(%q: tensor<1x111x192xf32>, %k: tensor<1x111x192xf32>, %v: tensor<1x111x192xf32>, %lse: tensor<1x3x111xf32>, %delta: tensor<1x3x111xf32>, %do: tensor<1x111x192xf32>) -> (tensor<1x111x192xf32>, tensor<1x111x192xf32>, tensor<1x111x192xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 3, window = 300}
    : (tensor<1x111x192xf32>, tensor<1x111x192xf32>, tensor<1x111x192xf32>, tensor<1x3x111xf32>, tensor<1x3x111xf32>, tensor<1x111x192xf32>) -> tensor<1x111x192xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 3, window = 300}
    : (tensor<1x111x192xf32>, tensor<1x111x192xf32>, tensor<1x111x192xf32>, tensor<1x3x111xf32>, tensor<1x3x111xf32>, tensor<1x111x192xf32>) -> (tensor<1x111x192xf32>, tensor<1x111x192xf32>)
  %q_turned = samba.rotary %dq {head_dim = 64, inverse, theta = 1.0e4} : (tensor<1x111x192xf32>) -> tensor<1x111x192xf32>
  %k_turned = samba.rotary %dk {head_dim = 64, inverse, theta = 1.0e4} : (tensor<1x111x192xf32>) -> tensor<1x111x192xf32>
  return %q_turned, %k_turned, %dv : tensor<1x111x192xf32>, tensor<1x111x192xf32>, tensor<1x111x192xf32>
}

func.func @turned_t260_h12_1_d128_w64_b1(%q: tensor<1x260x1536xf32>, %k: tensor<1x260x128xf32>, %v: tensor<1x260x128xf32>, %lse: tensor<1x12x260xf32>, %delta: tensor<1x12x260xf32>, %do: tensor<1x260x1536xf32>) -> (tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 1, window = 64}
    : (tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>, tensor<1x12x260xf32>, tensor<1x12x260xf32>, tensor<1x260x1536xf32>) -> tensor<1x260x1536xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 1, window = 64}
    : (tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>, tensor<1x12x260xf32>, tensor<1x12x260xf32>, tensor<1x260x1536xf32>) -> (tensor<1x260x128xf32>, tensor<1x260x128xf32>)
  %q_turned = samba.rotary %dq {head_dim = 128, inverse, theta = 1.0e4} : (tensor<1x260x1536xf32>) -> tensor<1x260x1536xf32>
  %k_turned = samba.rotary %dk {head_dim = 128, inverse, theta = 1.0e4} : (tensor<1x260x128xf32>) -> tensor<1x260x128xf32>
  return %q_turned, %k_turned, %dv : tensor<1x260x1536xf32>, tensor<1x260x128xf32>, tensor<1x260x128xf32>
}

func.func @turned_t777_h4_1_d64_w300_b1(%q: tensor<1x777x256xf32>, %k: tensor<1x777x64xf32>, %v: tensor<1x777x64xf32>, %lse: tensor<1x4x777xf32>, %delta: tensor<1x4x777xf32>, %do: tensor<1x777x256xf32>) -> (tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 1, window = 300}
    : (tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>, tensor<1x4x777xf32>, tensor<1x4x777xf32>, tensor<1x777x256xf32>) -> tensor<1x777x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 1, window = 300}
    : (tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>, tensor<1x4x777xf32>, tensor<1x4x777xf32>, tensor<1x777x256xf32>) -> (tensor<1x777x64xf32>, tensor<1x777x64xf32>)
  %q_turned = samba.rotary %dq {head_dim = 64, inverse, theta = 1.0e4} : (tensor<1x777x256xf32>) -> tensor<1x777x256xf32>
  %k_turned = samba.rotary %dk {head_dim = 64, inverse, theta = 1.0e4} : (tensor<1x777x64xf32>) -> tensor<1x777x64xf32>
  return %q_turned, %k_turned, %dv : tensor<1x777x256xf32>, tensor<1x777x64xf32>, tensor<1x777x64xf32>
}
