// RUN: samba-run verify %s
// Attention's gradients where a window holds whole tiles of 64 to 128 queries and keys, beside those at its two edges: heads
// of 64, 128 and 256 channels and one size between, each with key heads of its own and with shared ones.

func.func @narrow(%q: tensor<1x500x128xf32>, %k: tensor<1x500x128xf32>, %v: tensor<1x500x128xf32>, %lse: tensor<1x2x500xf32>, %delta: tensor<1x2x500xf32>, %do: tensor<1x500x128xf32>) -> (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 400}
    : (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x2x500xf32>, tensor<1x2x500xf32>, tensor<1x500x128xf32>) -> tensor<1x500x128xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 400}
    : (tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x2x500xf32>, tensor<1x2x500xf32>, tensor<1x500x128xf32>) -> (tensor<1x500x128xf32>, tensor<1x500x128xf32>)
  return %dq, %dk, %dv : tensor<1x500x128xf32>, tensor<1x500x128xf32>, tensor<1x500x128xf32>
}

func.func @narrow_shared(%q: tensor<1x300x256xf32>, %k: tensor<1x300x128xf32>, %v: tensor<1x300x128xf32>, %lse: tensor<1x4x300xf32>, %delta: tensor<1x4x300xf32>, %do: tensor<1x300x256xf32>) -> (tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 1000}
    : (tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>, tensor<1x4x300xf32>, tensor<1x4x300xf32>, tensor<1x300x256xf32>) -> tensor<1x300x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 1000}
    : (tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>, tensor<1x4x300xf32>, tensor<1x4x300xf32>, tensor<1x300x256xf32>) -> (tensor<1x300x128xf32>, tensor<1x300x128xf32>)
  return %dq, %dk, %dv : tensor<1x300x256xf32>, tensor<1x300x128xf32>, tensor<1x300x128xf32>
}

func.func @middle(%q: tensor<1x600x256xf32>, %k: tensor<1x600x256xf32>, %v: tensor<1x600x256xf32>, %lse: tensor<1x2x600xf32>, %delta: tensor<1x2x600xf32>, %do: tensor<1x600x256xf32>) -> (tensor<1x600x256xf32>, tensor<1x600x256xf32>, tensor<1x600x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 400}
    : (tensor<1x600x256xf32>, tensor<1x600x256xf32>, tensor<1x600x256xf32>, tensor<1x2x600xf32>, tensor<1x2x600xf32>, tensor<1x600x256xf32>) -> tensor<1x600x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 400}
    : (tensor<1x600x256xf32>, tensor<1x600x256xf32>, tensor<1x600x256xf32>, tensor<1x2x600xf32>, tensor<1x2x600xf32>, tensor<1x600x256xf32>) -> (tensor<1x600x256xf32>, tensor<1x600x256xf32>)
  return %dq, %dk, %dv : tensor<1x600x256xf32>, tensor<1x600x256xf32>, tensor<1x600x256xf32>
}

func.func @middle_shared(%q: tensor<2x300x384xf32>, %k: tensor<2x300x128xf32>, %v: tensor<2x300x128xf32>, %lse: tensor<2x3x300xf32>, %delta: tensor<2x3x300xf32>, %do: tensor<2x300x384xf32>) -> (tensor<2x300x384xf32>, tensor<2x300x128xf32>, tensor<2x300x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 200}
    : (tensor<2x300x384xf32>, tensor<2x300x128xf32>, tensor<2x300x128xf32>, tensor<2x3x300xf32>, tensor<2x3x300xf32>, tensor<2x300x384xf32>) -> tensor<2x300x384xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 200}
    : (tensor<2x300x384xf32>, tensor<2x300x128xf32>, tensor<2x300x128xf32>, tensor<2x3x300xf32>, tensor<2x3x300xf32>, tensor<2x300x384xf32>) -> (tensor<2x300x128xf32>, tensor<2x300x128xf32>)
  return %dq, %dk, %dv : tensor<2x300x384xf32>, tensor<2x300x128xf32>, tensor<2x300x128xf32>
}

func.func @wide(%q: tensor<1x260x256xf32>, %k: tensor<1x260x256xf32>, %v: tensor<1x260x256xf32>, %lse: tensor<1x1x260xf32>, %delta: tensor<1x1x260xf32>, %do: tensor<1x260x256xf32>) -> (tensor<1x260x256xf32>, tensor<1x260x256xf32>, tensor<1x260x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 1, n_kv_heads = 1, window = 1000}
    : (tensor<1x260x256xf32>, tensor<1x260x256xf32>, tensor<1x260x256xf32>, tensor<1x1x260xf32>, tensor<1x1x260xf32>, tensor<1x260x256xf32>) -> tensor<1x260x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 1, n_kv_heads = 1, window = 1000}
    : (tensor<1x260x256xf32>, tensor<1x260x256xf32>, tensor<1x260x256xf32>, tensor<1x1x260xf32>, tensor<1x1x260xf32>, tensor<1x260x256xf32>) -> (tensor<1x260x256xf32>, tensor<1x260x256xf32>)
  return %dq, %dk, %dv : tensor<1x260x256xf32>, tensor<1x260x256xf32>, tensor<1x260x256xf32>
}

func.func @wide_shared(%q: tensor<1x300x768xf32>, %k: tensor<1x300x256xf32>, %v: tensor<1x300x256xf32>, %lse: tensor<1x3x300xf32>, %delta: tensor<1x3x300xf32>, %do: tensor<1x300x768xf32>) -> (tensor<1x300x768xf32>, tensor<1x300x256xf32>, tensor<1x300x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 150}
    : (tensor<1x300x768xf32>, tensor<1x300x256xf32>, tensor<1x300x256xf32>, tensor<1x3x300xf32>, tensor<1x3x300xf32>, tensor<1x300x768xf32>) -> tensor<1x300x768xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 150}
    : (tensor<1x300x768xf32>, tensor<1x300x256xf32>, tensor<1x300x256xf32>, tensor<1x3x300xf32>, tensor<1x3x300xf32>, tensor<1x300x768xf32>) -> (tensor<1x300x256xf32>, tensor<1x300x256xf32>)
  return %dq, %dk, %dv : tensor<1x300x768xf32>, tensor<1x300x256xf32>, tensor<1x300x256xf32>
}

func.func @between(%q: tensor<1x140x400xf32>, %k: tensor<1x140x200xf32>, %v: tensor<1x140x200xf32>, %lse: tensor<1x2x140xf32>, %delta: tensor<1x2x140xf32>, %do: tensor<1x140x400xf32>) -> (tensor<1x140x400xf32>, tensor<1x140x200xf32>, tensor<1x140x200xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 70}
    : (tensor<1x140x400xf32>, tensor<1x140x200xf32>, tensor<1x140x200xf32>, tensor<1x2x140xf32>, tensor<1x2x140xf32>, tensor<1x140x400xf32>) -> tensor<1x140x400xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 70}
    : (tensor<1x140x400xf32>, tensor<1x140x200xf32>, tensor<1x140x200xf32>, tensor<1x2x140xf32>, tensor<1x2x140xf32>, tensor<1x140x400xf32>) -> (tensor<1x140x200xf32>, tensor<1x140x200xf32>)
  return %dq, %dk, %dv : tensor<1x140x400xf32>, tensor<1x140x200xf32>, tensor<1x140x200xf32>
}
