// RUN: samba-run verify %s
// A ring of past keys: chunks of 1 token, shorter than the ring, as long as it and longer; sequences at their start and far on.

func.func @one_token(%q: tensor<3x1x32xf32>, %k: tensor<3x1x16xf32>, %v: tensor<3x1x16xf32>, %rk: tensor<3x16x16xf32>, %rv: tensor<3x16x16xf32>, %p: tensor<3xi64>) -> (tensor<3x1x32xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<3x1x32xf32>, tensor<3x1x16xf32>, tensor<3x1x16xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x1x32xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<3x1x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x16x16xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<3x1x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x16x16xf32>
  return %o, %nk, %nv : tensor<3x1x32xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>
}

func.func @one_token_gqa(%q: tensor<2x1x768xf32>, %k: tensor<2x1x256xf32>, %v: tensor<2x1x256xf32>, %rk: tensor<2x63x256xf32>, %rv: tensor<2x63x256xf32>, %p: tensor<2xi64>) -> (tensor<2x1x768xf32>, tensor<2x63x256xf32>, tensor<2x63x256xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 12, n_kv_heads = 4, window = 63}
    : (tensor<2x1x768xf32>, tensor<2x1x256xf32>, tensor<2x1x256xf32>, tensor<2x63x256xf32>, tensor<2x63x256xf32>, tensor<2xi64>) -> tensor<2x1x768xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<2x1x256xf32>, tensor<2x63x256xf32>, tensor<2xi64>) -> tensor<2x63x256xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<2x1x256xf32>, tensor<2x63x256xf32>, tensor<2xi64>) -> tensor<2x63x256xf32>
  return %o, %nk, %nv : tensor<2x1x768xf32>, tensor<2x63x256xf32>, tensor<2x63x256xf32>
}

func.func @window_1(%q: tensor<2x5x32xf32>, %k: tensor<2x5x32xf32>, %v: tensor<2x5x32xf32>, %rk: tensor<2x1x32xf32>, %rv: tensor<2x1x32xf32>, %p: tensor<2xi64>) -> (tensor<2x5x32xf32>, tensor<2x1x32xf32>, tensor<2x1x32xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 4, window = 1}
    : (tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2x1x32xf32>, tensor<2x1x32xf32>, tensor<2xi64>) -> tensor<2x5x32xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<2x5x32xf32>, tensor<2x1x32xf32>, tensor<2xi64>) -> tensor<2x1x32xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<2x5x32xf32>, tensor<2x1x32xf32>, tensor<2xi64>) -> tensor<2x1x32xf32>
  return %o, %nk, %nv : tensor<2x5x32xf32>, tensor<2x1x32xf32>, tensor<2x1x32xf32>
}

func.func @chunk(%q: tensor<3x7x64xf32>, %k: tensor<3x7x16xf32>, %v: tensor<3x7x16xf32>, %rk: tensor<3x16x16xf32>, %rv: tensor<3x16x16xf32>, %p: tensor<3xi64>) -> (tensor<3x7x64xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 1, window = 16}
    : (tensor<3x7x64xf32>, tensor<3x7x16xf32>, tensor<3x7x16xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x7x64xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<3x7x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x16x16xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<3x7x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x16x16xf32>
  return %o, %nk, %nv : tensor<3x7x64xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>
}

func.func @chunk_as_ring(%q: tensor<2x16x32xf32>, %k: tensor<2x16x16xf32>, %v: tensor<2x16x16xf32>, %rk: tensor<2x16x16xf32>, %rv: tensor<2x16x16xf32>, %p: tensor<2xi64>) -> (tensor<2x16x32xf32>, tensor<2x16x16xf32>, tensor<2x16x16xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<2x16x32xf32>, tensor<2x16x16xf32>, tensor<2x16x16xf32>, tensor<2x16x16xf32>, tensor<2x16x16xf32>, tensor<2xi64>) -> tensor<2x16x32xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<2x16x16xf32>, tensor<2x16x16xf32>, tensor<2xi64>) -> tensor<2x16x16xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<2x16x16xf32>, tensor<2x16x16xf32>, tensor<2xi64>) -> tensor<2x16x16xf32>
  return %o, %nk, %nv : tensor<2x16x32xf32>, tensor<2x16x16xf32>, tensor<2x16x16xf32>
}

func.func @chunk_beyond_ring(%q: tensor<3x37x32xf32>, %k: tensor<3x37x16xf32>, %v: tensor<3x37x16xf32>, %rk: tensor<3x16x16xf32>, %rv: tensor<3x16x16xf32>, %p: tensor<3xi64>) -> (tensor<3x37x32xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<3x37x32xf32>, tensor<3x37x16xf32>, tensor<3x37x16xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x37x32xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<3x37x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x16x16xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<3x37x16xf32>, tensor<3x16x16xf32>, tensor<3xi64>) -> tensor<3x16x16xf32>
  return %o, %nk, %nv : tensor<3x37x32xf32>, tensor<3x16x16xf32>, tensor<3x16x16xf32>
}

func.func @narrow_window(%q: tensor<2x9x32xf32>, %k: tensor<2x9x32xf32>, %v: tensor<2x9x32xf32>, %rk: tensor<2x33x32xf32>, %rv: tensor<2x33x32xf32>, %p: tensor<2xi64>) -> (tensor<2x9x32xf32>, tensor<2x33x32xf32>, tensor<2x33x32xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 4, n_kv_heads = 4, window = 20}
    : (tensor<2x9x32xf32>, tensor<2x9x32xf32>, tensor<2x9x32xf32>, tensor<2x33x32xf32>, tensor<2x33x32xf32>, tensor<2xi64>) -> tensor<2x9x32xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<2x9x32xf32>, tensor<2x33x32xf32>, tensor<2xi64>) -> tensor<2x33x32xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<2x9x32xf32>, tensor<2x33x32xf32>, tensor<2xi64>) -> tensor<2x33x32xf32>
  return %o, %nk, %nv : tensor<2x9x32xf32>, tensor<2x33x32xf32>, tensor<2x33x32xf32>
}

func.func @head_dim_128(%q: tensor<2x3x256xf32>, %k: tensor<2x3x128xf32>, %v: tensor<2x3x128xf32>, %rk: tensor<2x63x128xf32>, %rv: tensor<2x63x128xf32>, %p: tensor<2xi64>) -> (tensor<2x3x256xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>) {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p {n_heads = 2, n_kv_heads = 1, window = 63}
    : (tensor<2x3x256xf32>, tensor<2x3x128xf32>, tensor<2x3x128xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>, tensor<2xi64>) -> tensor<2x3x256xf32>
  %nk = samba.ring_update %k, %rk, %p : (tensor<2x3x128xf32>, tensor<2x63x128xf32>, tensor<2xi64>) -> tensor<2x63x128xf32>
  %nv = samba.ring_update %v, %rv, %p : (tensor<2x3x128xf32>, tensor<2x63x128xf32>, tensor<2xi64>) -> tensor<2x63x128xf32>
  return %o, %nk, %nv : tensor<2x3x256xf32>, tensor<2x63x128xf32>, tensor<2x63x128xf32>
}

// Documents, some of which began in the ring.
func.func @documents_one_token(%q: tensor<5x1x64xf32>, %k: tensor<5x1x64xf32>, %v: tensor<5x1x64xf32>, %rk: tensor<5x37x64xf32>, %rv: tensor<5x37x64xf32>, %p: tensor<5xi64>, %d: tensor<5x1xi32>) -> tensor<5x1x64xf32> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p in %d {n_heads = 4, n_kv_heads = 4, window = 37}
    : (tensor<5x1x64xf32>, tensor<5x1x64xf32>, tensor<5x1x64xf32>, tensor<5x37x64xf32>, tensor<5x37x64xf32>, tensor<5xi64>, tensor<5x1xi32>) -> tensor<5x1x64xf32>
  return %o : tensor<5x1x64xf32>
}

func.func @documents_one_token_gqa(%q: tensor<4x1x384xf32>, %k: tensor<4x1x128xf32>, %v: tensor<4x1x128xf32>, %rk: tensor<4x300x128xf32>, %rv: tensor<4x300x128xf32>, %p: tensor<4xi64>, %d: tensor<4x1xi32>) -> tensor<4x1x384xf32> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p in %d {n_heads = 6, n_kv_heads = 2, window = 300}
    : (tensor<4x1x384xf32>, tensor<4x1x128xf32>, tensor<4x1x128xf32>, tensor<4x300x128xf32>, tensor<4x300x128xf32>, tensor<4xi64>, tensor<4x1xi32>) -> tensor<4x1x384xf32>
  return %o : tensor<4x1x384xf32>
}

func.func @documents_chunk(%q: tensor<4x7x32xf32>, %k: tensor<4x7x16xf32>, %v: tensor<4x7x16xf32>, %rk: tensor<4x20x16xf32>, %rv: tensor<4x20x16xf32>, %p: tensor<4xi64>, %d: tensor<4x7xi32>) -> tensor<4x7x32xf32> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p in %d {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<4x7x32xf32>, tensor<4x7x16xf32>, tensor<4x7x16xf32>, tensor<4x20x16xf32>, tensor<4x20x16xf32>, tensor<4xi64>, tensor<4x7xi32>) -> tensor<4x7x32xf32>
  return %o : tensor<4x7x32xf32>
}

func.func @documents_long_chunk(%q: tensor<3x50x48xf32>, %k: tensor<3x50x24xf32>, %v: tensor<3x50x24xf32>, %rk: tensor<3x33x24xf32>, %rv: tensor<3x33x24xf32>, %p: tensor<3xi64>, %d: tensor<3x50xi32>) -> tensor<3x50x48xf32> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p in %d {n_heads = 2, n_kv_heads = 1, window = 33}
    : (tensor<3x50x48xf32>, tensor<3x50x24xf32>, tensor<3x50x24xf32>, tensor<3x33x24xf32>, tensor<3x33x24xf32>, tensor<3xi64>, tensor<3x50xi32>) -> tensor<3x50x48xf32>
  return %o : tensor<3x50x48xf32>
}

func.func @documents_64(%q: tensor<3x150x128xf32>, %k: tensor<3x150x128xf32>, %v: tensor<3x150x128xf32>, %rk: tensor<3x130x128xf32>, %rv: tensor<3x130x128xf32>, %p: tensor<3xi64>, %d: tensor<3x150xi32>) -> tensor<3x150x128xf32> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p in %d {n_heads = 2, n_kv_heads = 2, window = 130}
    : (tensor<3x150x128xf32>, tensor<3x150x128xf32>, tensor<3x150x128xf32>, tensor<3x130x128xf32>, tensor<3x130x128xf32>, tensor<3xi64>, tensor<3x150xi32>) -> tensor<3x150x128xf32>
  return %o : tensor<3x150x128xf32>
}

func.func @documents_128(%q: tensor<2x200x256xf32>, %k: tensor<2x200x128xf32>, %v: tensor<2x200x128xf32>, %rk: tensor<2x300x128xf32>, %rv: tensor<2x300x128xf32>, %p: tensor<2xi64>, %d: tensor<2x200xi32>) -> tensor<2x200x256xf32> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p in %d {n_heads = 2, n_kv_heads = 1, window = 290}
    : (tensor<2x200x256xf32>, tensor<2x200x128xf32>, tensor<2x200x128xf32>, tensor<2x300x128xf32>, tensor<2x300x128xf32>, tensor<2xi64>, tensor<2x200xi32>) -> tensor<2x200x256xf32>
  return %o : tensor<2x200x256xf32>
}

func.func @documents_256(%q: tensor<3x140x256xf32>, %k: tensor<3x140x256xf32>, %v: tensor<3x140x256xf32>, %rk: tensor<3x96x256xf32>, %rv: tensor<3x96x256xf32>, %p: tensor<3xi64>, %d: tensor<3x140xi32>) -> tensor<3x140x256xf32> {
  %o = samba.attention_step %q, %k, %v, %rk, %rv, %p in %d {n_heads = 1, n_kv_heads = 1, window = 96}
    : (tensor<3x140x256xf32>, tensor<3x140x256xf32>, tensor<3x140x256xf32>, tensor<3x96x256xf32>, tensor<3x96x256xf32>, tensor<3xi64>, tensor<3x140xi32>) -> tensor<3x140x256xf32>
  return %o : tensor<3x140x256xf32>
}
