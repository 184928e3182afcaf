// RUN: samba-run verify %s
// 16 states and channels in eights, which the GPU scans on its matrix units: tiles of tokens and channels that are not full,
// checkpoints within and beyond a tile, spans of time, what is fused before and behind.

func.func @one_token(%u: tensor<1x1x8xf32>, %dt: tensor<1x1x8xf32>, %A: tensor<8x16xf32>, %B: tensor<1x1x16xf32>, %C: tensor<1x1x16xf32>, %D: tensor<8xf32>) -> (tensor<1x1x8xf32>, tensor<1x1x8x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<8x16xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<8xf32>) -> (tensor<1x1x8xf32>, tensor<1x1x8x16xf32>)
  return %y, %s : tensor<1x1x8xf32>, tensor<1x1x8x16xf32>
}

func.func @less_than_a_tile(%u: tensor<3x15x24xf32>, %dt: tensor<3x15x24xf32>, %A: tensor<24x16xf32>, %B: tensor<3x15x16xf32>, %C: tensor<3x15x16xf32>, %D: tensor<24xf32>) -> (tensor<3x15x24xf32>, tensor<3x2x24x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 8}
    : (tensor<3x15x24xf32>, tensor<3x15x24xf32>, tensor<24x16xf32>, tensor<3x15x16xf32>, tensor<3x15x16xf32>, tensor<24xf32>) -> (tensor<3x15x24xf32>, tensor<3x2x24x16xf32>)
  return %y, %s : tensor<3x15x24xf32>, tensor<3x2x24x16xf32>
}

func.func @ragged(%u: tensor<2x137x136xf32>, %dt: tensor<2x137x136xf32>, %A: tensor<136x16xf32>, %B: tensor<2x137x16xf32>, %C: tensor<2x137x16xf32>, %D: tensor<136xf32>) -> (tensor<2x137x136xf32>, tensor<2x9x136x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<2x137x136xf32>, tensor<2x137x136xf32>, tensor<136x16xf32>, tensor<2x137x16xf32>, tensor<2x137x16xf32>, tensor<136xf32>) -> (tensor<2x137x136xf32>, tensor<2x9x136x16xf32>)
  return %y, %s : tensor<2x137x136xf32>, tensor<2x9x136x16xf32>
}

func.func @far_checkpoints(%u: tensor<1x1000x72xf32>, %dt: tensor<1x1000x72xf32>, %A: tensor<72x16xf32>, %B: tensor<1x1000x16xf32>, %C: tensor<1x1000x16xf32>, %D: tensor<72xf32>) -> (tensor<1x1000x72xf32>, tensor<1x16x72x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64}
    : (tensor<1x1000x72xf32>, tensor<1x1000x72xf32>, tensor<72x16xf32>, tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<72xf32>) -> (tensor<1x1000x72xf32>, tensor<1x16x72x16xf32>)
  return %y, %s : tensor<1x1000x72xf32>, tensor<1x16x72x16xf32>
}

func.func @softplus_and_gate(%u: tensor<2x111x128xf32>, %r: tensor<2x111x128xf32>, %b: tensor<128xf32>, %A: tensor<128x16xf32>, %B: tensor<2x111x16xf32>, %C: tensor<2x111x16xf32>, %D: tensor<128xf32>, %z: tensor<2x111x128xf32>) -> (tensor<2x111x128xf32>, tensor<2x7x128x16xf32>) {
  %p = samba.add %r, %b : (tensor<2x111x128xf32>, tensor<128xf32>) -> tensor<2x111x128xf32>
  %dt = samba.softplus %p : (tensor<2x111x128xf32>) -> tensor<2x111x128xf32>
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<2x111x128xf32>, tensor<2x111x128xf32>, tensor<128x16xf32>, tensor<2x111x16xf32>, tensor<2x111x16xf32>, tensor<128xf32>) -> (tensor<2x111x128xf32>, tensor<2x7x128x16xf32>)
  %g = samba.silu %z : (tensor<2x111x128xf32>) -> tensor<2x111x128xf32>
  %o = samba.mul %y, %g : (tensor<2x111x128xf32>, tensor<2x111x128xf32>) -> tensor<2x111x128xf32>
  return %o, %s : tensor<2x111x128xf32>, tensor<2x7x128x16xf32>
}

func.func @spans(%u: tensor<1x2100x40xf32>, %dt: tensor<1x2100x40xf32>, %A: tensor<40x16xf32>, %B: tensor<1x2100x16xf32>, %C: tensor<1x2100x16xf32>, %D: tensor<40xf32>) -> (tensor<1x2100x40xf32>, tensor<1x132x40x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<1x2100x40xf32>, tensor<1x2100x40xf32>, tensor<40x16xf32>, tensor<1x2100x16xf32>, tensor<1x2100x16xf32>, tensor<40xf32>) -> (tensor<1x2100x40xf32>, tensor<1x132x40x16xf32>)
  return %y, %s : tensor<1x2100x40xf32>, tensor<1x132x40x16xf32>
}

func.func @spans_and_gate(%u: tensor<1x2048x16xf32>, %dt: tensor<1x2048x16xf32>, %A: tensor<16x16xf32>, %B: tensor<1x2048x16xf32>, %C: tensor<1x2048x16xf32>, %D: tensor<16xf32>, %z: tensor<1x2048x16xf32>) -> (tensor<1x2048x16xf32>, tensor<1x64x16x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 32}
    : (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<16x16xf32>, tensor<1x2048x16xf32>, tensor<1x2048x16xf32>, tensor<16xf32>) -> (tensor<1x2048x16xf32>, tensor<1x64x16x16xf32>)
  %g = samba.silu %z : (tensor<1x2048x16xf32>) -> tensor<1x2048x16xf32>
  %o = samba.mul %y, %g : (tensor<1x2048x16xf32>, tensor<1x2048x16xf32>) -> tensor<1x2048x16xf32>
  return %o, %s : tensor<1x2048x16xf32>, tensor<1x64x16x16xf32>
}
