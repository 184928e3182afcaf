// RUN: samba-run verify %s
// Steps from 1e-6 to 1e4 and rates from -1e-3 to -1e6: a decay is 1, 0 or anything between, and nothing overflows.

func.func @one_token(%u: tensor<1x1x8xf32>, %dt: tensor<1x1x8xf32>, %A: tensor<8x16xf32>, %B: tensor<1x1x16xf32>, %C: tensor<1x1x16xf32>, %D: tensor<8xf32>, %states: tensor<1x1x8x16xf32>, %dy: tensor<1x1x8xf32>)
    -> (tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x8x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x8xf32>) {
  %y, %kept = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16, samba.stiff}
    : (tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<8x16xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<8xf32>)
    -> (tensor<1x1x8xf32>, tensor<1x1x8x16xf32>)
  %g:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {checkpoint = 16, channel_block = 128, samba.stiff}
    : (tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<8x16xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<8xf32>, tensor<1x1x8x16xf32>, tensor<1x1x8xf32>)
    -> (tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x8x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x8xf32>)
  return %y, %g#0, %g#1, %g#2, %g#3, %g#4, %g#5 : tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x1x8xf32>, tensor<1x8x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x8xf32>
}

func.func @d_state_4(%u: tensor<2x63x24xf32>, %dt: tensor<2x63x24xf32>, %A: tensor<24x4xf32>, %B: tensor<2x63x4xf32>, %C: tensor<2x63x4xf32>, %D: tensor<24xf32>, %states: tensor<2x4x24x4xf32>, %dy: tensor<2x63x24xf32>)
    -> (tensor<2x63x24xf32>, tensor<2x63x24xf32>, tensor<2x63x24xf32>, tensor<2x24x4xf32>, tensor<1x2x63x4xf32>, tensor<1x2x63x4xf32>, tensor<2x24xf32>) {
  %y, %kept = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16, samba.stiff}
    : (tensor<2x63x24xf32>, tensor<2x63x24xf32>, tensor<24x4xf32>, tensor<2x63x4xf32>, tensor<2x63x4xf32>, tensor<24xf32>)
    -> (tensor<2x63x24xf32>, tensor<2x4x24x4xf32>)
  %g:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {checkpoint = 16, channel_block = 128, samba.stiff}
    : (tensor<2x63x24xf32>, tensor<2x63x24xf32>, tensor<24x4xf32>, tensor<2x63x4xf32>, tensor<2x63x4xf32>, tensor<24xf32>, tensor<2x4x24x4xf32>, tensor<2x63x24xf32>)
    -> (tensor<2x63x24xf32>, tensor<2x63x24xf32>, tensor<2x24x4xf32>, tensor<1x2x63x4xf32>, tensor<1x2x63x4xf32>, tensor<2x24xf32>)
  return %y, %g#0, %g#1, %g#2, %g#3, %g#4, %g#5 : tensor<2x63x24xf32>, tensor<2x63x24xf32>, tensor<2x63x24xf32>, tensor<2x24x4xf32>, tensor<1x2x63x4xf32>, tensor<1x2x63x4xf32>, tensor<2x24xf32>
}

func.func @d_state_16(%u: tensor<1x1000x16xf32>, %dt: tensor<1x1000x16xf32>, %A: tensor<16x16xf32>, %B: tensor<1x1000x16xf32>, %C: tensor<1x1000x16xf32>, %D: tensor<16xf32>, %states: tensor<1x63x16x16xf32>, %dy: tensor<1x1000x16xf32>)
    -> (tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<1x16x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x16xf32>) {
  %y, %kept = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16, samba.stiff}
    : (tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<16x16xf32>, tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<16xf32>)
    -> (tensor<1x1000x16xf32>, tensor<1x63x16x16xf32>)
  %g:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {checkpoint = 16, channel_block = 128, samba.stiff}
    : (tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<16x16xf32>, tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<16xf32>, tensor<1x63x16x16xf32>, tensor<1x1000x16xf32>)
    -> (tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<1x16x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x16xf32>)
  return %y, %g#0, %g#1, %g#2, %g#3, %g#4, %g#5 : tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<1x16x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x16xf32>
}

func.func @d_state_64(%u: tensor<1x63x8xf32>, %dt: tensor<1x63x8xf32>, %A: tensor<8x64xf32>, %B: tensor<1x63x64xf32>, %C: tensor<1x63x64xf32>, %D: tensor<8xf32>, %states: tensor<1x1x8x64xf32>, %dy: tensor<1x63x8xf32>)
    -> (tensor<1x63x8xf32>, tensor<1x63x8xf32>, tensor<1x63x8xf32>, tensor<1x8x64xf32>, tensor<1x1x63x64xf32>, tensor<1x1x63x64xf32>, tensor<1x8xf32>) {
  %y, %kept = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64, samba.stiff}
    : (tensor<1x63x8xf32>, tensor<1x63x8xf32>, tensor<8x64xf32>, tensor<1x63x64xf32>, tensor<1x63x64xf32>, tensor<8xf32>)
    -> (tensor<1x63x8xf32>, tensor<1x1x8x64xf32>)
  %g:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {checkpoint = 64, channel_block = 128, samba.stiff}
    : (tensor<1x63x8xf32>, tensor<1x63x8xf32>, tensor<8x64xf32>, tensor<1x63x64xf32>, tensor<1x63x64xf32>, tensor<8xf32>, tensor<1x1x8x64xf32>, tensor<1x63x8xf32>)
    -> (tensor<1x63x8xf32>, tensor<1x63x8xf32>, tensor<1x8x64xf32>, tensor<1x1x63x64xf32>, tensor<1x1x63x64xf32>, tensor<1x8xf32>)
  return %y, %g#0, %g#1, %g#2, %g#3, %g#4, %g#5 : tensor<1x63x8xf32>, tensor<1x63x8xf32>, tensor<1x63x8xf32>, tensor<1x8x64xf32>, tensor<1x1x63x64xf32>, tensor<1x1x63x64xf32>, tensor<1x8xf32>
}

func.func @every_state(%u: tensor<2x50x24xf32>, %dt: tensor<2x50x24xf32>, %A: tensor<24x16xf32>, %B: tensor<2x50x16xf32>, %C: tensor<2x50x16xf32>, %D: tensor<24xf32>, %states: tensor<2x50x24x16xf32>, %dy: tensor<2x50x24xf32>)
    -> (tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x24x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x24xf32>) {
  %y, %kept = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 1, samba.stiff}
    : (tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<24x16xf32>, tensor<2x50x16xf32>, tensor<2x50x16xf32>, tensor<24xf32>)
    -> (tensor<2x50x24xf32>, tensor<2x50x24x16xf32>)
  %g:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {checkpoint = 1, channel_block = 128, samba.stiff}
    : (tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<24x16xf32>, tensor<2x50x16xf32>, tensor<2x50x16xf32>, tensor<24xf32>, tensor<2x50x24x16xf32>, tensor<2x50x24xf32>)
    -> (tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x24x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x24xf32>)
  return %y, %g#0, %g#1, %g#2, %g#3, %g#4, %g#5 : tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x24x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x24xf32>
}
