// RUN: samba-opt %s -o /dev/null
// The forward pass of windowed attention, 8 sequences of 4096 tokens and a window of 2048, in the schedules that
// codegen/kernels/gpu/FlashSchedules.h chose from: warp groups, keys of a tile, tiles of keys and of queries under way, and
// whether the warp groups take turns.
//
//   samba-run bench attention-schedules.mlir --device cuda
func.func @dim64_groups3_keys128_slots4_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 3, keys = 128, key_slots = 4, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups2_keys128_slots3_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 2, keys = 128, key_slots = 3, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups2_keys128_slots4_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 2, keys = 128, key_slots = 4, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups2_keys128_slots3_2(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 2, keys = 128, key_slots = 3, query_slots = 2, in_turn = 0}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups2_keys64_slots6_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 2, keys = 64, key_slots = 6, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups2_keys192_slots2_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 2, keys = 192, key_slots = 2, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups2_keys192_slots2_1(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 2, keys = 192, key_slots = 2, query_slots = 1, in_turn = 0}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups3_keys128_slots3_1_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 3, keys = 128, key_slots = 3, query_slots = 1, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups3_keys128_slots2_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 3, keys = 128, key_slots = 2, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups3_keys128_slots3_1(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 3, keys = 128, key_slots = 3, query_slots = 1, in_turn = 0}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups3_keys64_slots4_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 3, keys = 64, key_slots = 4, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim64_groups3_keys96_slots3_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 24, n_kv_heads = 24, window = 2048, samba.schedule = {groups = 3, keys = 96, key_slots = 3, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x24x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups2_keys128_slots2_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 2, keys = 128, key_slots = 2, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups2_keys128_slots2_1_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 2, keys = 128, key_slots = 2, query_slots = 1, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups2_keys128_slots2_2(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 2, keys = 128, key_slots = 2, query_slots = 2, in_turn = 0}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups2_keys64_slots4_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 2, keys = 64, key_slots = 4, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups2_keys96_slots2_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 2, keys = 96, key_slots = 2, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups2_keys96_slots3_1_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 2, keys = 96, key_slots = 3, query_slots = 1, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups2_keys160_slots2_1_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 2, keys = 160, key_slots = 2, query_slots = 1, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups3_keys64_slots3_1_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 3, keys = 64, key_slots = 3, query_slots = 1, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim128_groups3_keys64_slots2_2_turns(%q: tensor<8x4096x1536xbf16>, %k: tensor<8x4096x1536xbf16>, %v: tensor<8x4096x1536xbf16>) -> tensor<8x4096x1536xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 12, n_kv_heads = 12, window = 2048, samba.schedule = {groups = 3, keys = 64, key_slots = 2, query_slots = 2, in_turn = 1}} : (tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>, tensor<8x4096x1536xbf16>) -> (tensor<8x4096x1536xbf16>, tensor<8x12x4096xf32>)
  return %o : tensor<8x4096x1536xbf16>
}
func.func @dim256_groups2_keys64_slots2_1(%q: tensor<8x4096x2816xbf16>, %k: tensor<8x4096x256xbf16>, %v: tensor<8x4096x256xbf16>) -> tensor<8x4096x2816xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 11, n_kv_heads = 1, window = 2048, samba.schedule = {groups = 2, keys = 64, key_slots = 2, query_slots = 1, in_turn = 0}} : (tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>) -> (tensor<8x4096x2816xbf16>, tensor<8x11x4096xf32>)
  return %o : tensor<8x4096x2816xbf16>
}
func.func @dim256_groups2_keys64_slots2_1_turns(%q: tensor<8x4096x2816xbf16>, %k: tensor<8x4096x256xbf16>, %v: tensor<8x4096x256xbf16>) -> tensor<8x4096x2816xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 11, n_kv_heads = 1, window = 2048, samba.schedule = {groups = 2, keys = 64, key_slots = 2, query_slots = 1, in_turn = 1}} : (tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>) -> (tensor<8x4096x2816xbf16>, tensor<8x11x4096xf32>)
  return %o : tensor<8x4096x2816xbf16>
}
func.func @dim256_groups2_keys32_slots3_1(%q: tensor<8x4096x2816xbf16>, %k: tensor<8x4096x256xbf16>, %v: tensor<8x4096x256xbf16>) -> tensor<8x4096x2816xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 11, n_kv_heads = 1, window = 2048, samba.schedule = {groups = 2, keys = 32, key_slots = 3, query_slots = 1, in_turn = 0}} : (tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>) -> (tensor<8x4096x2816xbf16>, tensor<8x11x4096xf32>)
  return %o : tensor<8x4096x2816xbf16>
}
func.func @dim256_groups2_keys48_slots2_1_turns(%q: tensor<8x4096x2816xbf16>, %k: tensor<8x4096x256xbf16>, %v: tensor<8x4096x256xbf16>) -> tensor<8x4096x2816xbf16> {
  %o, %l = samba.windowed_attention %q, %k, %v {n_heads = 11, n_kv_heads = 1, window = 2048, samba.schedule = {groups = 2, keys = 48, key_slots = 2, query_slots = 1, in_turn = 1}} : (tensor<8x4096x2816xbf16>, tensor<8x4096x256xbf16>, tensor<8x4096x256xbf16>) -> (tensor<8x4096x2816xbf16>, tensor<8x11x4096xf32>)
  return %o : tensor<8x4096x2816xbf16>
}
