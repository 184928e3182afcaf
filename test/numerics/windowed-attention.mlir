// RUN: samba-run verify %s
// Windows of 1, 16, T and beyond T; 12 query heads on 12, 4 and 1 key heads; head dims 8, 64 and 128.

func.func @one_token(%q: tensor<1x1x96xf32>, %k: tensor<1x1x32xf32>, %v: tensor<1x1x32xf32>) -> (tensor<1x1x96xf32>, tensor<1x12x1xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 4, window = 16} : (tensor<1x1x96xf32>, tensor<1x1x32xf32>, tensor<1x1x32xf32>) -> (tensor<1x1x96xf32>, tensor<1x12x1xf32>)
  return %o, %lse : tensor<1x1x96xf32>, tensor<1x12x1xf32>
}

func.func @window_1(%q: tensor<1x63x32xf32>, %k: tensor<1x63x32xf32>, %v: tensor<1x63x32xf32>) -> (tensor<1x63x32xf32>, tensor<1x4x63xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 4, window = 1} : (tensor<1x63x32xf32>, tensor<1x63x32xf32>, tensor<1x63x32xf32>) -> (tensor<1x63x32xf32>, tensor<1x4x63xf32>)
  return %o, %lse : tensor<1x63x32xf32>, tensor<1x4x63xf32>
}

func.func @window_16(%q: tensor<2x63x64xf32>, %k: tensor<2x63x32xf32>, %v: tensor<2x63x32xf32>) -> (tensor<2x63x64xf32>, tensor<2x4x63xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 16} : (tensor<2x63x64xf32>, tensor<2x63x32xf32>, tensor<2x63x32xf32>) -> (tensor<2x63x64xf32>, tensor<2x4x63xf32>)
  return %o, %lse : tensor<2x63x64xf32>, tensor<2x4x63xf32>
}

func.func @window_t(%q: tensor<1x111x96xf32>, %k: tensor<1x111x32xf32>, %v: tensor<1x111x32xf32>) -> (tensor<1x111x96xf32>, tensor<1x12x111xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 4, window = 111} : (tensor<1x111x96xf32>, tensor<1x111x32xf32>, tensor<1x111x32xf32>) -> (tensor<1x111x96xf32>, tensor<1x12x111xf32>)
  return %o, %lse : tensor<1x111x96xf32>, tensor<1x12x111xf32>
}

func.func @beyond_t(%q: tensor<1x63x288xf32>, %k: tensor<1x63x24xf32>, %v: tensor<1x63x24xf32>) -> (tensor<1x63x288xf32>, tensor<1x12x63xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 1, window = 1000} : (tensor<1x63x288xf32>, tensor<1x63x24xf32>, tensor<1x63x24xf32>) -> (tensor<1x63x288xf32>, tensor<1x12x63xf32>)
  return %o, %lse : tensor<1x63x288xf32>, tensor<1x12x63xf32>
}

func.func @heads_12_12(%q: tensor<1x63x96xf32>, %k: tensor<1x63x96xf32>, %v: tensor<1x63x96xf32>) -> (tensor<1x63x96xf32>, tensor<1x12x63xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 20} : (tensor<1x63x96xf32>, tensor<1x63x96xf32>, tensor<1x63x96xf32>) -> (tensor<1x63x96xf32>, tensor<1x12x63xf32>)
  return %o, %lse : tensor<1x63x96xf32>, tensor<1x12x63xf32>
}

func.func @head_dim_64(%q: tensor<1x111x192xf32>, %k: tensor<1x111x64xf32>, %v: tensor<1x111x64xf32>) -> (tensor<1x111x192xf32>, tensor<1x3x111xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 3, n_kv_heads = 1, window = 50} : (tensor<1x111x192xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>) -> (tensor<1x111x192xf32>, tensor<1x3x111xf32>)
  return %o, %lse : tensor<1x111x192xf32>, tensor<1x3x111xf32>
}

func.func @head_dim_128(%q: tensor<1x63x256xf32>, %k: tensor<1x63x256xf32>, %v: tensor<1x63x256xf32>) -> (tensor<1x63x256xf32>, tensor<1x2x63xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 2, window = 33} : (tensor<1x63x256xf32>, tensor<1x63x256xf32>, tensor<1x63x256xf32>) -> (tensor<1x63x256xf32>, tensor<1x2x63xf32>)
  return %o, %lse : tensor<1x63x256xf32>, tensor<1x2x63xf32>
}

func.func @long(%q: tensor<1x500x128xf32>, %k: tensor<1x500x64xf32>, %v: tensor<1x500x64xf32>) -> (tensor<1x500x128xf32>, tensor<1x2x500xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 1, window = 100} : (tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>) -> (tensor<1x500x128xf32>, tensor<1x2x500xf32>)
  return %o, %lse : tensor<1x500x128xf32>, tensor<1x2x500xf32>
}

func.func @grad_one_token(%q: tensor<1x1x96xf32>, %k: tensor<1x1x32xf32>, %v: tensor<1x1x32xf32>, %lse: tensor<1x12x1xf32>, %delta: tensor<1x12x1xf32>, %do: tensor<1x1x96xf32>) -> (tensor<1x1x96xf32>, tensor<1x1x32xf32>, tensor<1x1x32xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 4, window = 16}
    : (tensor<1x1x96xf32>, tensor<1x1x32xf32>, tensor<1x1x32xf32>, tensor<1x12x1xf32>, tensor<1x12x1xf32>, tensor<1x1x96xf32>) -> tensor<1x1x96xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 4, window = 16}
    : (tensor<1x1x96xf32>, tensor<1x1x32xf32>, tensor<1x1x32xf32>, tensor<1x12x1xf32>, tensor<1x12x1xf32>, tensor<1x1x96xf32>) -> (tensor<1x1x32xf32>, tensor<1x1x32xf32>)
  return %dq, %dk, %dv : tensor<1x1x96xf32>, tensor<1x1x32xf32>, tensor<1x1x32xf32>
}

func.func @grad_window_1(%q: tensor<1x63x32xf32>, %k: tensor<1x63x32xf32>, %v: tensor<1x63x32xf32>, %lse: tensor<1x4x63xf32>, %delta: tensor<1x4x63xf32>, %do: tensor<1x63x32xf32>) -> (tensor<1x63x32xf32>, tensor<1x63x32xf32>, tensor<1x63x32xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 4, window = 1}
    : (tensor<1x63x32xf32>, tensor<1x63x32xf32>, tensor<1x63x32xf32>, tensor<1x4x63xf32>, tensor<1x4x63xf32>, tensor<1x63x32xf32>) -> tensor<1x63x32xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 4, window = 1}
    : (tensor<1x63x32xf32>, tensor<1x63x32xf32>, tensor<1x63x32xf32>, tensor<1x4x63xf32>, tensor<1x4x63xf32>, tensor<1x63x32xf32>) -> (tensor<1x63x32xf32>, tensor<1x63x32xf32>)
  return %dq, %dk, %dv : tensor<1x63x32xf32>, tensor<1x63x32xf32>, tensor<1x63x32xf32>
}

func.func @grad_window_16(%q: tensor<2x63x64xf32>, %k: tensor<2x63x32xf32>, %v: tensor<2x63x32xf32>, %lse: tensor<2x4x63xf32>, %delta: tensor<2x4x63xf32>, %do: tensor<2x63x64xf32>) -> (tensor<2x63x64xf32>, tensor<2x63x32xf32>, tensor<2x63x32xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<2x63x64xf32>, tensor<2x63x32xf32>, tensor<2x63x32xf32>, tensor<2x4x63xf32>, tensor<2x4x63xf32>, tensor<2x63x64xf32>) -> tensor<2x63x64xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<2x63x64xf32>, tensor<2x63x32xf32>, tensor<2x63x32xf32>, tensor<2x4x63xf32>, tensor<2x4x63xf32>, tensor<2x63x64xf32>) -> (tensor<2x63x32xf32>, tensor<2x63x32xf32>)
  return %dq, %dk, %dv : tensor<2x63x64xf32>, tensor<2x63x32xf32>, tensor<2x63x32xf32>
}

func.func @grad_window_t(%q: tensor<1x111x96xf32>, %k: tensor<1x111x32xf32>, %v: tensor<1x111x32xf32>, %lse: tensor<1x12x111xf32>, %delta: tensor<1x12x111xf32>, %do: tensor<1x111x96xf32>) -> (tensor<1x111x96xf32>, tensor<1x111x32xf32>, tensor<1x111x32xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 4, window = 111}
    : (tensor<1x111x96xf32>, tensor<1x111x32xf32>, tensor<1x111x32xf32>, tensor<1x12x111xf32>, tensor<1x12x111xf32>, tensor<1x111x96xf32>) -> tensor<1x111x96xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 4, window = 111}
    : (tensor<1x111x96xf32>, tensor<1x111x32xf32>, tensor<1x111x32xf32>, tensor<1x12x111xf32>, tensor<1x12x111xf32>, tensor<1x111x96xf32>) -> (tensor<1x111x32xf32>, tensor<1x111x32xf32>)
  return %dq, %dk, %dv : tensor<1x111x96xf32>, tensor<1x111x32xf32>, tensor<1x111x32xf32>
}

func.func @grad_beyond_t(%q: tensor<1x63x288xf32>, %k: tensor<1x63x24xf32>, %v: tensor<1x63x24xf32>, %lse: tensor<1x12x63xf32>, %delta: tensor<1x12x63xf32>, %do: tensor<1x63x288xf32>) -> (tensor<1x63x288xf32>, tensor<1x63x24xf32>, tensor<1x63x24xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 1, window = 1000}
    : (tensor<1x63x288xf32>, tensor<1x63x24xf32>, tensor<1x63x24xf32>, tensor<1x12x63xf32>, tensor<1x12x63xf32>, tensor<1x63x288xf32>) -> tensor<1x63x288xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 1, window = 1000}
    : (tensor<1x63x288xf32>, tensor<1x63x24xf32>, tensor<1x63x24xf32>, tensor<1x12x63xf32>, tensor<1x12x63xf32>, tensor<1x63x288xf32>) -> (tensor<1x63x24xf32>, tensor<1x63x24xf32>)
  return %dq, %dk, %dv : tensor<1x63x288xf32>, tensor<1x63x24xf32>, tensor<1x63x24xf32>
}

func.func @grad_heads_12_12(%q: tensor<1x63x96xf32>, %k: tensor<1x63x96xf32>, %v: tensor<1x63x96xf32>, %lse: tensor<1x12x63xf32>, %delta: tensor<1x12x63xf32>, %do: tensor<1x63x96xf32>) -> (tensor<1x63x96xf32>, tensor<1x63x96xf32>, tensor<1x63x96xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 12, window = 20}
    : (tensor<1x63x96xf32>, tensor<1x63x96xf32>, tensor<1x63x96xf32>, tensor<1x12x63xf32>, tensor<1x12x63xf32>, tensor<1x63x96xf32>) -> tensor<1x63x96xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 12, n_kv_heads = 12, window = 20}
    : (tensor<1x63x96xf32>, tensor<1x63x96xf32>, tensor<1x63x96xf32>, tensor<1x12x63xf32>, tensor<1x12x63xf32>, tensor<1x63x96xf32>) -> (tensor<1x63x96xf32>, tensor<1x63x96xf32>)
  return %dq, %dk, %dv : tensor<1x63x96xf32>, tensor<1x63x96xf32>, tensor<1x63x96xf32>
}

func.func @grad_head_dim_64(%q: tensor<1x111x192xf32>, %k: tensor<1x111x64xf32>, %v: tensor<1x111x64xf32>, %lse: tensor<1x3x111xf32>, %delta: tensor<1x3x111xf32>, %do: tensor<1x111x192xf32>) -> (tensor<1x111x192xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 50}
    : (tensor<1x111x192xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>, tensor<1x3x111xf32>, tensor<1x3x111xf32>, tensor<1x111x192xf32>) -> tensor<1x111x192xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 3, n_kv_heads = 1, window = 50}
    : (tensor<1x111x192xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>, tensor<1x3x111xf32>, tensor<1x3x111xf32>, tensor<1x111x192xf32>) -> (tensor<1x111x64xf32>, tensor<1x111x64xf32>)
  return %dq, %dk, %dv : tensor<1x111x192xf32>, tensor<1x111x64xf32>, tensor<1x111x64xf32>
}

func.func @grad_head_dim_128(%q: tensor<1x63x256xf32>, %k: tensor<1x63x256xf32>, %v: tensor<1x63x256xf32>, %lse: tensor<1x2x63xf32>, %delta: tensor<1x2x63xf32>, %do: tensor<1x63x256xf32>) -> (tensor<1x63x256xf32>, tensor<1x63x256xf32>, tensor<1x63x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 33}
    : (tensor<1x63x256xf32>, tensor<1x63x256xf32>, tensor<1x63x256xf32>, tensor<1x2x63xf32>, tensor<1x2x63xf32>, tensor<1x63x256xf32>) -> tensor<1x63x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 2, window = 33}
    : (tensor<1x63x256xf32>, tensor<1x63x256xf32>, tensor<1x63x256xf32>, tensor<1x2x63xf32>, tensor<1x2x63xf32>, tensor<1x63x256xf32>) -> (tensor<1x63x256xf32>, tensor<1x63x256xf32>)
  return %dq, %dk, %dv : tensor<1x63x256xf32>, tensor<1x63x256xf32>, tensor<1x63x256xf32>
}

func.func @grad_long(%q: tensor<1x500x128xf32>, %k: tensor<1x500x64xf32>, %v: tensor<1x500x64xf32>, %lse: tensor<1x2x500xf32>, %delta: tensor<1x2x500xf32>, %do: tensor<1x500x128xf32>) -> (tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 100}
    : (tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>, tensor<1x2x500xf32>, tensor<1x2x500xf32>, tensor<1x500x128xf32>) -> tensor<1x500x128xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 100}
    : (tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>, tensor<1x2x500xf32>, tensor<1x2x500xf32>, tensor<1x500x128xf32>) -> (tensor<1x500x64xf32>, tensor<1x500x64xf32>)
  return %dq, %dk, %dv : tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>
}

func.func @delta(%o: tensor<2x63x96xf32>, %do: tensor<2x63x96xf32>) -> tensor<2x12x63xf32> {
  %delta = samba.attention_delta %o, %do {n_heads = 12} : (tensor<2x63x96xf32>, tensor<2x63x96xf32>) -> tensor<2x12x63xf32>
  return %delta : tensor<2x12x63xf32>
}

func.func @delta_head_dim_128(%o: tensor<1x111x384xf32>, %do: tensor<1x111x384xf32>) -> tensor<1x3x111xf32> {
  %delta = samba.attention_delta %o, %do {n_heads = 3} : (tensor<1x111x384xf32>, tensor<1x111x384xf32>) -> tensor<1x3x111xf32>
  return %delta : tensor<1x3x111xf32>
}

func.func @longest(%q: tensor<1x1000x16xf32>, %k: tensor<1x1000x8xf32>, %v: tensor<1x1000x8xf32>) -> (tensor<1x1000x16xf32>, tensor<1x2x1000xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 1, window = 300} : (tensor<1x1000x16xf32>, tensor<1x1000x8xf32>, tensor<1x1000x8xf32>) -> (tensor<1x1000x16xf32>, tensor<1x2x1000xf32>)
  return %o, %lse : tensor<1x1000x16xf32>, tensor<1x2x1000xf32>
}

func.func @grad_longest(%q: tensor<1x1000x16xf32>, %k: tensor<1x1000x8xf32>, %v: tensor<1x1000x8xf32>, %lse: tensor<1x2x1000xf32>, %delta: tensor<1x2x1000xf32>, %do: tensor<1x1000x16xf32>) -> (tensor<1x1000x16xf32>, tensor<1x1000x8xf32>, tensor<1x1000x8xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<1x1000x16xf32>, tensor<1x1000x8xf32>, tensor<1x1000x8xf32>, tensor<1x2x1000xf32>, tensor<1x2x1000xf32>, tensor<1x1000x16xf32>) -> tensor<1x1000x16xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %do {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<1x1000x16xf32>, tensor<1x1000x8xf32>, tensor<1x1000x8xf32>, tensor<1x2x1000xf32>, tensor<1x2x1000xf32>, tensor<1x1000x16xf32>) -> (tensor<1x1000x8xf32>, tensor<1x1000x8xf32>)
  return %dq, %dk, %dv : tensor<1x1000x16xf32>, tensor<1x1000x8xf32>, tensor<1x1000x8xf32>
}

// Schedules that no shape asks for by itself.
func.func @three_groups_64(%q: tensor<2x777x192xf32>, %k: tensor<2x777x192xf32>, %v: tensor<2x777x192xf32>) -> (tensor<2x777x192xf32>, tensor<2x3x777xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 3, n_kv_heads = 3, window = 300, samba.schedule = {groups = 3, keys = 128, key_slots = 3, query_slots = 1, in_turn = 1}}
    : (tensor<2x777x192xf32>, tensor<2x777x192xf32>, tensor<2x777x192xf32>) -> (tensor<2x777x192xf32>, tensor<2x3x777xf32>)
  return %o, %lse : tensor<2x777x192xf32>, tensor<2x3x777xf32>
}

func.func @three_groups_64_no_turns(%q: tensor<1x500x128xf32>, %k: tensor<1x500x64xf32>, %v: tensor<1x500x64xf32>) -> (tensor<1x500x128xf32>, tensor<1x2x500xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 1, window = 500, samba.schedule = {groups = 3, keys = 64, key_slots = 4, query_slots = 2, in_turn = 0}}
    : (tensor<1x500x128xf32>, tensor<1x500x64xf32>, tensor<1x500x64xf32>) -> (tensor<1x500x128xf32>, tensor<1x2x500xf32>)
  return %o, %lse : tensor<1x500x128xf32>, tensor<1x2x500xf32>
}

// More blocks of queries than multiprocessors: a block goes from one to the next.
func.func @many_blocks_64(%q: tensor<8x400x768xf32>, %k: tensor<8x400x256xf32>, %v: tensor<8x400x256xf32>) -> (tensor<8x400x768xf32>, tensor<8x12x400xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 4, window = 150}
    : (tensor<8x400x768xf32>, tensor<8x400x256xf32>, tensor<8x400x256xf32>) -> (tensor<8x400x768xf32>, tensor<8x12x400xf32>)
  return %o, %lse : tensor<8x400x768xf32>, tensor<8x12x400xf32>
}

func.func @three_groups_128(%q: tensor<1x401x256xf32>, %k: tensor<1x401x256xf32>, %v: tensor<1x401x256xf32>) -> (tensor<1x401x256xf32>, tensor<1x2x401xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 2, window = 130, samba.schedule = {groups = 3, keys = 64, key_slots = 3, query_slots = 1, in_turn = 1}}
    : (tensor<1x401x256xf32>, tensor<1x401x256xf32>, tensor<1x401x256xf32>) -> (tensor<1x401x256xf32>, tensor<1x2x401xf32>)
  return %o, %lse : tensor<1x401x256xf32>, tensor<1x2x401xf32>
}

func.func @tiles_of_96(%q: tensor<2x345x256xf32>, %k: tensor<2x345x256xf32>, %v: tensor<2x345x256xf32>) -> (tensor<2x345x256xf32>, tensor<2x2x345xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 2, window = 200, samba.schedule = {groups = 2, keys = 96, key_slots = 2, query_slots = 2, in_turn = 1}}
    : (tensor<2x345x256xf32>, tensor<2x345x256xf32>, tensor<2x345x256xf32>) -> (tensor<2x345x256xf32>, tensor<2x2x345xf32>)
  return %o, %lse : tensor<2x345x256xf32>, tensor<2x2x345xf32>
}

func.func @tiles_of_192(%q: tensor<1x600x128xf32>, %k: tensor<1x600x128xf32>, %v: tensor<1x600x128xf32>) -> (tensor<1x600x128xf32>, tensor<1x2x600xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 2, n_kv_heads = 2, window = 222, samba.schedule = {groups = 2, keys = 192, key_slots = 2, query_slots = 2, in_turn = 1}}
    : (tensor<1x600x128xf32>, tensor<1x600x128xf32>, tensor<1x600x128xf32>) -> (tensor<1x600x128xf32>, tensor<1x2x600xf32>)
  return %o, %lse : tensor<1x600x128xf32>, tensor<1x2x600xf32>
}
