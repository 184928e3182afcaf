// RUN: samba-run verify %s
// A number of blocks of 64 channels, 141, that a GPU's 132 multiprocessors do not divide: time is cut for those that are left
// over, the others stay whole.

func.func @forward(%u: tensor<3x270x3008xf32>, %dt: tensor<3x270x3008xf32>, %A: tensor<3008x16xf32>, %B: tensor<3x270x16xf32>, %C: tensor<3x270x16xf32>, %D: tensor<3008xf32>) -> (tensor<3x270x3008xf32>, tensor<3x17x3008x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<3x270x3008xf32>, tensor<3x270x3008xf32>, tensor<3008x16xf32>, tensor<3x270x16xf32>, tensor<3x270x16xf32>, tensor<3008xf32>) -> (tensor<3x270x3008xf32>, tensor<3x17x3008x16xf32>)
  return %y, %s : tensor<3x270x3008xf32>, tensor<3x17x3008x16xf32>
}

func.func @backward(%u: tensor<3x270x3008xf32>, %dt: tensor<3x270x3008xf32>, %A: tensor<3008x16xf32>, %B: tensor<3x270x16xf32>, %C: tensor<3x270x16xf32>, %D: tensor<3008xf32>, %s: tensor<3x17x3008x16xf32>, %dy: tensor<3x270x3008xf32>) -> (tensor<3x270x3008xf32>, tensor<3x270x3008xf32>, tensor<3x3008x16xf32>, tensor<1x3x270x16xf32>, tensor<1x3x270x16xf32>, tensor<3x3008xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 3008}
    : (tensor<3x270x3008xf32>, tensor<3x270x3008xf32>, tensor<3008x16xf32>, tensor<3x270x16xf32>, tensor<3x270x16xf32>, tensor<3008xf32>, tensor<3x17x3008x16xf32>, tensor<3x270x3008xf32>) -> (tensor<3x270x3008xf32>, tensor<3x270x3008xf32>, tensor<3x3008x16xf32>, tensor<1x3x270x16xf32>, tensor<1x3x270x16xf32>, tensor<3x3008xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<3x270x3008xf32>, tensor<3x270x3008xf32>, tensor<3x3008x16xf32>, tensor<1x3x270x16xf32>, tensor<1x3x270x16xf32>, tensor<3x3008xf32>
}

// Spans of whole segments, which here have 15 tokens.
func.func @spans_of_segments(%u: tensor<1x4096x8xf32>, %dt: tensor<1x4096x8xf32>, %A: tensor<8x16xf32>, %B: tensor<1x4096x16xf32>, %C: tensor<1x4096x16xf32>, %D: tensor<8xf32>, %s: tensor<1x820x8x16xf32>, %dy: tensor<1x4096x8xf32>) -> (tensor<1x4096x8xf32>, tensor<1x4096x8xf32>, tensor<1x8x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x8xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 5, channel_block = 8}
    : (tensor<1x4096x8xf32>, tensor<1x4096x8xf32>, tensor<8x16xf32>, tensor<1x4096x16xf32>, tensor<1x4096x16xf32>, tensor<8xf32>, tensor<1x820x8x16xf32>, tensor<1x4096x8xf32>) -> (tensor<1x4096x8xf32>, tensor<1x4096x8xf32>, tensor<1x8x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x8xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x4096x8xf32>, tensor<1x4096x8xf32>, tensor<1x8x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x8xf32>
}
