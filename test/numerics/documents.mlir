// RUN: samba-run verify %s
// Documents that share a row: in the first sequence they meet at multiples of 16 and beside them and the last token is one
// by itself, in the second they are a few tokens long, in the third there is one. Rows of 1 token and rows that no tile divides.

func.func @conv_one_token(%x: tensor<1x1x7xf32>, %w: tensor<7x4xf32>, %documents: tensor<1x1xi32>)
    -> tensor<1x1x7xf32> {
  %y = samba.causal_conv %x, %w in %documents
    : (tensor<1x1x7xf32>, tensor<7x4xf32>, tensor<1x1xi32>)
    -> tensor<1x1x7xf32>
  return %y : tensor<1x1x7xf32>
}

func.func @conv_width_2(%x: tensor<3x63x33xf32>, %w: tensor<33x2xf32>, %documents: tensor<3x63xi32>)
    -> tensor<3x63x33xf32> {
  %y = samba.causal_conv %x, %w in %documents
    : (tensor<3x63x33xf32>, tensor<33x2xf32>, tensor<3x63xi32>)
    -> tensor<3x63x33xf32>
  return %y : tensor<3x63x33xf32>
}

func.func @conv_width_3(%x: tensor<3x130x17xf32>, %w: tensor<17x3xf32>, %documents: tensor<3x130xi32>)
    -> tensor<3x130x17xf32> {
  %y = samba.causal_conv %x, %w in %documents
    : (tensor<3x130x17xf32>, tensor<17x3xf32>, tensor<3x130xi32>)
    -> tensor<3x130x17xf32>
  return %y : tensor<3x130x17xf32>
}

func.func @conv_width_4(%x: tensor<3x111x40xf32>, %w: tensor<40x4xf32>, %documents: tensor<3x111xi32>)
    -> tensor<3x111x40xf32> {
  %y = samba.causal_conv %x, %w in %documents
    : (tensor<3x111x40xf32>, tensor<40x4xf32>, tensor<3x111xi32>)
    -> tensor<3x111x40xf32>
  return %y : tensor<3x111x40xf32>
}

func.func @conv_shorter(%x: tensor<3x3x19xf32>, %w: tensor<19x5xf32>, %documents: tensor<3x3xi32>)
    -> tensor<3x3x19xf32> {
  %y = samba.causal_conv %x, %w in %documents
    : (tensor<3x3x19xf32>, tensor<19x5xf32>, tensor<3x3xi32>)
    -> tensor<3x3x19xf32>
  return %y : tensor<3x3x19xf32>
}

func.func @conv_continued(%x: tensor<3x63x24xf32>, %w: tensor<24x4xf32>, %state: tensor<3x3x24xf32>, %documents: tensor<3x63xi32>)
    -> tensor<3x63x24xf32> {
  %y = samba.causal_conv %x, %w, %state in %documents
    : (tensor<3x63x24xf32>, tensor<24x4xf32>, tensor<3x3x24xf32>, tensor<3x63xi32>)
    -> tensor<3x63x24xf32>
  return %y : tensor<3x63x24xf32>
}

func.func @conv_continued_one_token(%x: tensor<3x1x24xf32>, %w: tensor<24x4xf32>, %state: tensor<3x3x24xf32>, %documents: tensor<3x1xi32>)
    -> tensor<3x1x24xf32> {
  %y = samba.causal_conv %x, %w, %state in %documents
    : (tensor<3x1x24xf32>, tensor<24x4xf32>, tensor<3x3x24xf32>, tensor<3x1xi32>)
    -> tensor<3x1x24xf32>
  return %y : tensor<3x1x24xf32>
}

func.func @dx_one_token(%dy: tensor<1x1x7xf32>, %w: tensor<7x4xf32>, %documents: tensor<1x1xi32>)
    -> tensor<1x1x7xf32> {
  %dx = samba.causal_conv_dx %dy, %w in %documents
    : (tensor<1x1x7xf32>, tensor<7x4xf32>, tensor<1x1xi32>)
    -> tensor<1x1x7xf32>
  return %dx : tensor<1x1x7xf32>
}

func.func @dx_width_2(%dy: tensor<3x63x33xf32>, %w: tensor<33x2xf32>, %documents: tensor<3x63xi32>)
    -> tensor<3x63x33xf32> {
  %dx = samba.causal_conv_dx %dy, %w in %documents
    : (tensor<3x63x33xf32>, tensor<33x2xf32>, tensor<3x63xi32>)
    -> tensor<3x63x33xf32>
  return %dx : tensor<3x63x33xf32>
}

func.func @dx_width_4(%dy: tensor<3x111x40xf32>, %w: tensor<40x4xf32>, %documents: tensor<3x111xi32>)
    -> tensor<3x111x40xf32> {
  %dx = samba.causal_conv_dx %dy, %w in %documents
    : (tensor<3x111x40xf32>, tensor<40x4xf32>, tensor<3x111xi32>)
    -> tensor<3x111x40xf32>
  return %dx : tensor<3x111x40xf32>
}

func.func @dx_shorter(%dy: tensor<3x3x19xf32>, %w: tensor<19x5xf32>, %documents: tensor<3x3xi32>)
    -> tensor<3x3x19xf32> {
  %dx = samba.causal_conv_dx %dy, %w in %documents
    : (tensor<3x3x19xf32>, tensor<19x5xf32>, tensor<3x3xi32>)
    -> tensor<3x3x19xf32>
  return %dx : tensor<3x3x19xf32>
}

func.func @dw_one_token(%x: tensor<1x1x7xf32>, %dy: tensor<1x1x7xf32>, %documents: tensor<1x1xi32>)
    -> tensor<7x4xf32> {
  %dw = samba.causal_conv_dw %x, %dy in %documents {d_conv = 4}
    : (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x1xi32>)
    -> tensor<7x4xf32>
  return %dw : tensor<7x4xf32>
}

func.func @dw_width_2(%x: tensor<3x63x33xf32>, %dy: tensor<3x63x33xf32>, %documents: tensor<3x63xi32>)
    -> tensor<33x2xf32> {
  %dw = samba.causal_conv_dw %x, %dy in %documents {d_conv = 2}
    : (tensor<3x63x33xf32>, tensor<3x63x33xf32>, tensor<3x63xi32>)
    -> tensor<33x2xf32>
  return %dw : tensor<33x2xf32>
}

func.func @dw_width_4(%x: tensor<3x130x40xf32>, %dy: tensor<3x130x40xf32>, %documents: tensor<3x130xi32>)
    -> tensor<40x4xf32> {
  %dw = samba.causal_conv_dw %x, %dy in %documents {d_conv = 4}
    : (tensor<3x130x40xf32>, tensor<3x130x40xf32>, tensor<3x130xi32>)
    -> tensor<40x4xf32>
  return %dw : tensor<40x4xf32>
}

func.func @dw_shorter(%x: tensor<3x3x19xf32>, %dy: tensor<3x3x19xf32>, %documents: tensor<3x3xi32>)
    -> tensor<19x5xf32> {
  %dw = samba.causal_conv_dw %x, %dy in %documents {d_conv = 5}
    : (tensor<3x3x19xf32>, tensor<3x3x19xf32>, tensor<3x3xi32>)
    -> tensor<19x5xf32>
  return %dw : tensor<19x5xf32>
}

func.func @dw_continued(%x: tensor<3x63x24xf32>, %dy: tensor<3x63x24xf32>, %state: tensor<3x3x24xf32>, %documents: tensor<3x63xi32>)
    -> tensor<24x4xf32> {
  %dw = samba.causal_conv_dw %x, %dy, %state in %documents {d_conv = 4}
    : (tensor<3x63x24xf32>, tensor<3x63x24xf32>, tensor<3x3x24xf32>, tensor<3x63xi32>)
    -> tensor<24x4xf32>
  return %dw : tensor<24x4xf32>
}

func.func @dstate(%dy: tensor<3x63x24xf32>, %w: tensor<24x4xf32>, %documents: tensor<3x63xi32>)
    -> tensor<3x3x24xf32> {
  %dstate = samba.causal_conv_dstate %dy, %w in %documents
    : (tensor<3x63x24xf32>, tensor<24x4xf32>, tensor<3x63xi32>)
    -> tensor<3x3x24xf32>
  return %dstate : tensor<3x3x24xf32>
}

func.func @dstate_shorter(%dy: tensor<3x2x19xf32>, %w: tensor<19x4xf32>, %documents: tensor<3x2xi32>)
    -> tensor<3x3x19xf32> {
  %dstate = samba.causal_conv_dstate %dy, %w in %documents
    : (tensor<3x2x19xf32>, tensor<19x4xf32>, tensor<3x2xi32>)
    -> tensor<3x3x19xf32>
  return %dstate : tensor<3x3x19xf32>
}

func.func @scan_one_token(%u: tensor<1x1x7xf32>, %dt: tensor<1x1x7xf32>, %A: tensor<7x16xf32>, %B: tensor<1x1x16xf32>, %C: tensor<1x1x16xf32>, %D: tensor<7xf32>, %documents: tensor<1x1xi32>)
    -> (tensor<1x1x7xf32>, tensor<1x1x7x16xf32>) {
  %y, %states = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 64}
    : (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<7x16xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<7xf32>, tensor<1x1xi32>)
    -> (tensor<1x1x7xf32>, tensor<1x1x7x16xf32>)
  return %y, %states : tensor<1x1x7xf32>, tensor<1x1x7x16xf32>
}

func.func @scan_d_state_4(%u: tensor<3x63x33xf32>, %dt: tensor<3x63x33xf32>, %A: tensor<33x4xf32>, %B: tensor<3x63x4xf32>, %C: tensor<3x63x4xf32>, %D: tensor<33xf32>, %documents: tensor<3x63xi32>)
    -> (tensor<3x63x33xf32>, tensor<3x4x33x4xf32>) {
  %y, %states = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 16}
    : (tensor<3x63x33xf32>, tensor<3x63x33xf32>, tensor<33x4xf32>, tensor<3x63x4xf32>, tensor<3x63x4xf32>, tensor<33xf32>, tensor<3x63xi32>)
    -> (tensor<3x63x33xf32>, tensor<3x4x33x4xf32>)
  return %y, %states : tensor<3x63x33xf32>, tensor<3x4x33x4xf32>
}

func.func @scan_d_state_16(%u: tensor<3x111x40xf32>, %dt: tensor<3x111x40xf32>, %A: tensor<40x16xf32>, %B: tensor<3x111x16xf32>, %C: tensor<3x111x16xf32>, %D: tensor<40xf32>, %documents: tensor<3x111xi32>)
    -> (tensor<3x111x40xf32>, tensor<3x2x40x16xf32>) {
  %y, %states = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 64}
    : (tensor<3x111x40xf32>, tensor<3x111x40xf32>, tensor<40x16xf32>, tensor<3x111x16xf32>, tensor<3x111x16xf32>, tensor<40xf32>, tensor<3x111xi32>)
    -> (tensor<3x111x40xf32>, tensor<3x2x40x16xf32>)
  return %y, %states : tensor<3x111x40xf32>, tensor<3x2x40x16xf32>
}

func.func @scan_d_state_64(%u: tensor<3x63x9xf32>, %dt: tensor<3x63x9xf32>, %A: tensor<9x64xf32>, %B: tensor<3x63x64xf32>, %C: tensor<3x63x64xf32>, %D: tensor<9xf32>, %documents: tensor<3x63xi32>)
    -> (tensor<3x63x9xf32>, tensor<3x1x9x64xf32>) {
  %y, %states = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 64}
    : (tensor<3x63x9xf32>, tensor<3x63x9xf32>, tensor<9x64xf32>, tensor<3x63x64xf32>, tensor<3x63x64xf32>, tensor<9xf32>, tensor<3x63xi32>)
    -> (tensor<3x63x9xf32>, tensor<3x1x9x64xf32>)
  return %y, %states : tensor<3x63x9xf32>, tensor<3x1x9x64xf32>
}

func.func @scan_every_state(%u: tensor<3x7x19xf32>, %dt: tensor<3x7x19xf32>, %A: tensor<19x16xf32>, %B: tensor<3x7x16xf32>, %C: tensor<3x7x16xf32>, %D: tensor<19xf32>, %documents: tensor<3x7xi32>)
    -> (tensor<3x7x19xf32>, tensor<3x7x19x16xf32>) {
  %y, %states = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 1}
    : (tensor<3x7x19xf32>, tensor<3x7x19xf32>, tensor<19x16xf32>, tensor<3x7x16xf32>, tensor<3x7x16xf32>, tensor<19xf32>, tensor<3x7xi32>)
    -> (tensor<3x7x19xf32>, tensor<3x7x19x16xf32>)
  return %y, %states : tensor<3x7x19xf32>, tensor<3x7x19x16xf32>
}

func.func @scan_long(%u: tensor<3x500x24xf32>, %dt: tensor<3x500x24xf32>, %A: tensor<24x16xf32>, %B: tensor<3x500x16xf32>, %C: tensor<3x500x16xf32>, %D: tensor<24xf32>, %documents: tensor<3x500xi32>)
    -> (tensor<3x500x24xf32>, tensor<3x8x24x16xf32>) {
  %y, %states = samba.selective_scan %u, %dt, %A, %B, %C, %D in %documents {checkpoint = 64}
    : (tensor<3x500x24xf32>, tensor<3x500x24xf32>, tensor<24x16xf32>, tensor<3x500x16xf32>, tensor<3x500x16xf32>, tensor<24xf32>, tensor<3x500xi32>)
    -> (tensor<3x500x24xf32>, tensor<3x8x24x16xf32>)
  return %y, %states : tensor<3x500x24xf32>, tensor<3x8x24x16xf32>
}

func.func @scan_continued(%u: tensor<3x100x24xf32>, %dt: tensor<3x100x24xf32>, %A: tensor<24x16xf32>, %B: tensor<3x100x16xf32>, %C: tensor<3x100x16xf32>, %D: tensor<24xf32>, %h: tensor<3x24x16xf32>, %documents: tensor<3x100xi32>)
    -> (tensor<3x100x24xf32>, tensor<3x7x24x16xf32>, tensor<3x24x16xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h in %documents {checkpoint = 16}
    : (tensor<3x100x24xf32>, tensor<3x100x24xf32>, tensor<24x16xf32>, tensor<3x100x16xf32>, tensor<3x100x16xf32>, tensor<24xf32>, tensor<3x24x16xf32>, tensor<3x100xi32>)
    -> (tensor<3x100x24xf32>, tensor<3x7x24x16xf32>, tensor<3x24x16xf32>)
  return %y, %states, %next : tensor<3x100x24xf32>, tensor<3x7x24x16xf32>, tensor<3x24x16xf32>
}

func.func @scan_grad_one_token(%u: tensor<1x1x7xf32>, %dt: tensor<1x1x7xf32>, %A: tensor<7x16xf32>, %B: tensor<1x1x16xf32>, %C: tensor<1x1x16xf32>, %D: tensor<7xf32>, %states: tensor<1x1x7x16xf32>, %dy: tensor<1x1x7xf32>, %documents: tensor<1x1xi32>)
    -> (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x7x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x7xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy in %documents {checkpoint = 64, channel_block = 128}
    : (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<7x16xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<7xf32>, tensor<1x1x7x16xf32>, tensor<1x1x7xf32>, tensor<1x1xi32>)
    -> (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x7x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x7xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x7x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x7xf32>
}

func.func @scan_grad_d_state_4(%u: tensor<3x63x33xf32>, %dt: tensor<3x63x33xf32>, %A: tensor<33x4xf32>, %B: tensor<3x63x4xf32>, %C: tensor<3x63x4xf32>, %D: tensor<33xf32>, %states: tensor<3x4x33x4xf32>, %dy: tensor<3x63x33xf32>, %documents: tensor<3x63xi32>)
    -> (tensor<3x63x33xf32>, tensor<3x63x33xf32>, tensor<3x33x4xf32>, tensor<5x3x63x4xf32>, tensor<5x3x63x4xf32>, tensor<3x33xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy in %documents {checkpoint = 16, channel_block = 8}
    : (tensor<3x63x33xf32>, tensor<3x63x33xf32>, tensor<33x4xf32>, tensor<3x63x4xf32>, tensor<3x63x4xf32>, tensor<33xf32>, tensor<3x4x33x4xf32>, tensor<3x63x33xf32>, tensor<3x63xi32>)
    -> (tensor<3x63x33xf32>, tensor<3x63x33xf32>, tensor<3x33x4xf32>, tensor<5x3x63x4xf32>, tensor<5x3x63x4xf32>, tensor<3x33xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<3x63x33xf32>, tensor<3x63x33xf32>, tensor<3x33x4xf32>, tensor<5x3x63x4xf32>, tensor<5x3x63x4xf32>, tensor<3x33xf32>
}

func.func @scan_grad_d_state_16(%u: tensor<3x111x40xf32>, %dt: tensor<3x111x40xf32>, %A: tensor<40x16xf32>, %B: tensor<3x111x16xf32>, %C: tensor<3x111x16xf32>, %D: tensor<40xf32>, %states: tensor<3x2x40x16xf32>, %dy: tensor<3x111x40xf32>, %documents: tensor<3x111xi32>)
    -> (tensor<3x111x40xf32>, tensor<3x111x40xf32>, tensor<3x40x16xf32>, tensor<2x3x111x16xf32>, tensor<2x3x111x16xf32>, tensor<3x40xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy in %documents {checkpoint = 64, channel_block = 32}
    : (tensor<3x111x40xf32>, tensor<3x111x40xf32>, tensor<40x16xf32>, tensor<3x111x16xf32>, tensor<3x111x16xf32>, tensor<40xf32>, tensor<3x2x40x16xf32>, tensor<3x111x40xf32>, tensor<3x111xi32>)
    -> (tensor<3x111x40xf32>, tensor<3x111x40xf32>, tensor<3x40x16xf32>, tensor<2x3x111x16xf32>, tensor<2x3x111x16xf32>, tensor<3x40xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<3x111x40xf32>, tensor<3x111x40xf32>, tensor<3x40x16xf32>, tensor<2x3x111x16xf32>, tensor<2x3x111x16xf32>, tensor<3x40xf32>
}

func.func @scan_grad_d_state_33(%u: tensor<3x70x20xf32>, %dt: tensor<3x70x20xf32>, %A: tensor<20x33xf32>, %B: tensor<3x70x33xf32>, %C: tensor<3x70x33xf32>, %D: tensor<20xf32>, %states: tensor<3x2x20x33xf32>, %dy: tensor<3x70x20xf32>, %documents: tensor<3x70xi32>)
    -> (tensor<3x70x20xf32>, tensor<3x70x20xf32>, tensor<3x20x33xf32>, tensor<1x3x70x33xf32>, tensor<1x3x70x33xf32>, tensor<3x20xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy in %documents {checkpoint = 64, channel_block = 128}
    : (tensor<3x70x20xf32>, tensor<3x70x20xf32>, tensor<20x33xf32>, tensor<3x70x33xf32>, tensor<3x70x33xf32>, tensor<20xf32>, tensor<3x2x20x33xf32>, tensor<3x70x20xf32>, tensor<3x70xi32>)
    -> (tensor<3x70x20xf32>, tensor<3x70x20xf32>, tensor<3x20x33xf32>, tensor<1x3x70x33xf32>, tensor<1x3x70x33xf32>, tensor<3x20xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<3x70x20xf32>, tensor<3x70x20xf32>, tensor<3x20x33xf32>, tensor<1x3x70x33xf32>, tensor<1x3x70x33xf32>, tensor<3x20xf32>
}

func.func @scan_grad_every_state(%u: tensor<3x50x19xf32>, %dt: tensor<3x50x19xf32>, %A: tensor<19x16xf32>, %B: tensor<3x50x16xf32>, %C: tensor<3x50x16xf32>, %D: tensor<19xf32>, %states: tensor<3x50x19x16xf32>, %dy: tensor<3x50x19xf32>, %documents: tensor<3x50xi32>)
    -> (tensor<3x50x19xf32>, tensor<3x50x19xf32>, tensor<3x19x16xf32>, tensor<1x3x50x16xf32>, tensor<1x3x50x16xf32>, tensor<3x19xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy in %documents {checkpoint = 1, channel_block = 128}
    : (tensor<3x50x19xf32>, tensor<3x50x19xf32>, tensor<19x16xf32>, tensor<3x50x16xf32>, tensor<3x50x16xf32>, tensor<19xf32>, tensor<3x50x19x16xf32>, tensor<3x50x19xf32>, tensor<3x50xi32>)
    -> (tensor<3x50x19xf32>, tensor<3x50x19xf32>, tensor<3x19x16xf32>, tensor<1x3x50x16xf32>, tensor<1x3x50x16xf32>, tensor<3x19xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<3x50x19xf32>, tensor<3x50x19xf32>, tensor<3x19x16xf32>, tensor<1x3x50x16xf32>, tensor<1x3x50x16xf32>, tensor<3x19xf32>
}

func.func @scan_grad_continued(%u: tensor<3x100x24xf32>, %dt: tensor<3x100x24xf32>, %A: tensor<24x16xf32>, %B: tensor<3x100x16xf32>, %C: tensor<3x100x16xf32>, %D: tensor<24xf32>, %states: tensor<3x7x24x16xf32>, %dy: tensor<3x100x24xf32>, %dnext: tensor<3x24x16xf32>, %documents: tensor<3x100xi32>)
    -> (tensor<3x100x24xf32>, tensor<3x100x24xf32>, tensor<3x24x16xf32>, tensor<1x3x100x16xf32>, tensor<1x3x100x16xf32>, tensor<3x24xf32>, tensor<3x24x16xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext in %documents {checkpoint = 16, channel_block = 128}
    : (tensor<3x100x24xf32>, tensor<3x100x24xf32>, tensor<24x16xf32>, tensor<3x100x16xf32>, tensor<3x100x16xf32>, tensor<24xf32>, tensor<3x7x24x16xf32>, tensor<3x100x24xf32>, tensor<3x24x16xf32>, tensor<3x100xi32>)
    -> (tensor<3x100x24xf32>, tensor<3x100x24xf32>, tensor<3x24x16xf32>, tensor<1x3x100x16xf32>, tensor<1x3x100x16xf32>, tensor<3x24xf32>, tensor<3x24x16xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<3x100x24xf32>, tensor<3x100x24xf32>, tensor<3x24x16xf32>, tensor<1x3x100x16xf32>, tensor<1x3x100x16xf32>, tensor<3x24xf32>, tensor<3x24x16xf32>
}

func.func @scan_spans(%u: tensor<3x600x40xf32>, %dt: tensor<3x600x40xf32>, %A: tensor<40x16xf32>, %B: tensor<3x600x16xf32>, %C: tensor<3x600x16xf32>, %D: tensor<40xf32>, %h: tensor<3x40x16xf32>, %documents: tensor<3x600xi32>)
    -> (tensor<3x600x40xf32>, tensor<3x38x40x16xf32>, tensor<3x40x16xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h in %documents {checkpoint = 16}
    : (tensor<3x600x40xf32>, tensor<3x600x40xf32>, tensor<40x16xf32>, tensor<3x600x16xf32>, tensor<3x600x16xf32>, tensor<40xf32>, tensor<3x40x16xf32>, tensor<3x600xi32>)
    -> (tensor<3x600x40xf32>, tensor<3x38x40x16xf32>, tensor<3x40x16xf32>)
  return %y, %states, %next : tensor<3x600x40xf32>, tensor<3x38x40x16xf32>, tensor<3x40x16xf32>
}

func.func @scan_grad_spans(%u: tensor<3x600x72xf32>, %dt: tensor<3x600x72xf32>, %A: tensor<72x16xf32>, %B: tensor<3x600x16xf32>, %C: tensor<3x600x16xf32>, %D: tensor<72xf32>, %states: tensor<3x38x72x16xf32>, %dy: tensor<3x600x72xf32>, %dnext: tensor<3x72x16xf32>, %documents: tensor<3x600xi32>)
    -> (tensor<3x600x72xf32>, tensor<3x600x72xf32>, tensor<3x72x16xf32>, tensor<1x3x600x16xf32>, tensor<1x3x600x16xf32>, tensor<3x72xf32>, tensor<3x72x16xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext in %documents {checkpoint = 16, channel_block = 128}
    : (tensor<3x600x72xf32>, tensor<3x600x72xf32>, tensor<72x16xf32>, tensor<3x600x16xf32>, tensor<3x600x16xf32>, tensor<72xf32>, tensor<3x38x72x16xf32>, tensor<3x600x72xf32>, tensor<3x72x16xf32>, tensor<3x600xi32>)
    -> (tensor<3x600x72xf32>, tensor<3x600x72xf32>, tensor<3x72x16xf32>, tensor<1x3x600x16xf32>, tensor<1x3x600x16xf32>, tensor<3x72xf32>, tensor<3x72x16xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<3x600x72xf32>, tensor<3x600x72xf32>, tensor<3x72x16xf32>, tensor<1x3x600x16xf32>, tensor<1x3x600x16xf32>, tensor<3x72xf32>, tensor<3x72x16xf32>
}

func.func @scan_grad_spans_d_state_20(%u: tensor<3x530x24xf32>, %dt: tensor<3x530x24xf32>, %A: tensor<24x20xf32>, %B: tensor<3x530x20xf32>, %C: tensor<3x530x20xf32>, %D: tensor<24xf32>, %states: tensor<3x34x24x20xf32>, %dy: tensor<3x530x24xf32>, %documents: tensor<3x530xi32>)
    -> (tensor<3x530x24xf32>, tensor<3x530x24xf32>, tensor<3x24x20xf32>, tensor<1x3x530x20xf32>, tensor<1x3x530x20xf32>, tensor<3x24xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy in %documents {checkpoint = 16, channel_block = 128}
    : (tensor<3x530x24xf32>, tensor<3x530x24xf32>, tensor<24x20xf32>, tensor<3x530x20xf32>, tensor<3x530x20xf32>, tensor<24xf32>, tensor<3x34x24x20xf32>, tensor<3x530x24xf32>, tensor<3x530xi32>)
    -> (tensor<3x530x24xf32>, tensor<3x530x24xf32>, tensor<3x24x20xf32>, tensor<1x3x530x20xf32>, tensor<1x3x530x20xf32>, tensor<3x24xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<3x530x24xf32>, tensor<3x530x24xf32>, tensor<3x24x20xf32>, tensor<1x3x530x20xf32>, tensor<1x3x530x20xf32>, tensor<3x24xf32>
}

func.func @attention_head_dim_64(%q: tensor<3x300x128xf32>, %k: tensor<3x300x128xf32>, %v: tensor<3x300x128xf32>, %documents: tensor<3x300xi32>)
    -> (tensor<3x300x128xf32>, tensor<3x2x300xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 2, n_kv_heads = 2, window = 200}
    : (tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300xi32>)
    -> (tensor<3x300x128xf32>, tensor<3x2x300xf32>)
  return %o, %lse : tensor<3x300x128xf32>, tensor<3x2x300xf32>
}

func.func @attention_head_dim_128(%q: tensor<3x400x256xf32>, %k: tensor<3x400x128xf32>, %v: tensor<3x400x128xf32>, %documents: tensor<3x400xi32>)
    -> (tensor<3x400x256xf32>, tensor<3x2x400xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<3x400x256xf32>, tensor<3x400x128xf32>, tensor<3x400x128xf32>, tensor<3x400xi32>)
    -> (tensor<3x400x256xf32>, tensor<3x2x400xf32>)
  return %o, %lse : tensor<3x400x256xf32>, tensor<3x2x400xf32>
}

func.func @attention_head_dim_256(%q: tensor<3x300x256xf32>, %k: tensor<3x300x256xf32>, %v: tensor<3x300x256xf32>, %documents: tensor<3x300xi32>)
    -> (tensor<3x300x256xf32>, tensor<3x1x300xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 1, n_kv_heads = 1, window = 1000}
    : (tensor<3x300x256xf32>, tensor<3x300x256xf32>, tensor<3x300x256xf32>, tensor<3x300xi32>)
    -> (tensor<3x300x256xf32>, tensor<3x1x300xf32>)
  return %o, %lse : tensor<3x300x256xf32>, tensor<3x1x300xf32>
}

func.func @dq_head_dim_64(%q: tensor<3x300x128xf32>, %k: tensor<3x300x128xf32>, %v: tensor<3x300x128xf32>, %lse: tensor<3x2x300xf32>, %delta: tensor<3x2x300xf32>, %d_o: tensor<3x300x128xf32>, %documents: tensor<3x300xi32>)
    -> tensor<3x300x128xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 2, window = 200}
    : (tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x2x300xf32>, tensor<3x2x300xf32>, tensor<3x300x128xf32>, tensor<3x300xi32>)
    -> tensor<3x300x128xf32>
  return %dq : tensor<3x300x128xf32>
}

func.func @dq_head_dim_128(%q: tensor<3x400x256xf32>, %k: tensor<3x400x128xf32>, %v: tensor<3x400x128xf32>, %lse: tensor<3x2x400xf32>, %delta: tensor<3x2x400xf32>, %d_o: tensor<3x400x256xf32>, %documents: tensor<3x400xi32>)
    -> tensor<3x400x256xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<3x400x256xf32>, tensor<3x400x128xf32>, tensor<3x400x128xf32>, tensor<3x2x400xf32>, tensor<3x2x400xf32>, tensor<3x400x256xf32>, tensor<3x400xi32>)
    -> tensor<3x400x256xf32>
  return %dq : tensor<3x400x256xf32>
}

func.func @dq_head_dim_256(%q: tensor<3x300x256xf32>, %k: tensor<3x300x256xf32>, %v: tensor<3x300x256xf32>, %lse: tensor<3x1x300xf32>, %delta: tensor<3x1x300xf32>, %d_o: tensor<3x300x256xf32>, %documents: tensor<3x300xi32>)
    -> tensor<3x300x256xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 1, n_kv_heads = 1, window = 1000}
    : (tensor<3x300x256xf32>, tensor<3x300x256xf32>, tensor<3x300x256xf32>, tensor<3x1x300xf32>, tensor<3x1x300xf32>, tensor<3x300x256xf32>, tensor<3x300xi32>)
    -> tensor<3x300x256xf32>
  return %dq : tensor<3x300x256xf32>
}

func.func @dkv_head_dim_64(%q: tensor<3x300x128xf32>, %k: tensor<3x300x128xf32>, %v: tensor<3x300x128xf32>, %lse: tensor<3x2x300xf32>, %delta: tensor<3x2x300xf32>, %d_o: tensor<3x300x128xf32>, %documents: tensor<3x300xi32>)
    -> (tensor<3x300x128xf32>, tensor<3x300x128xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 2, window = 200}
    : (tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x2x300xf32>, tensor<3x2x300xf32>, tensor<3x300x128xf32>, tensor<3x300xi32>)
    -> (tensor<3x300x128xf32>, tensor<3x300x128xf32>)
  return %dk, %dv : tensor<3x300x128xf32>, tensor<3x300x128xf32>
}

func.func @dkv_head_dim_128(%q: tensor<3x400x256xf32>, %k: tensor<3x400x128xf32>, %v: tensor<3x400x128xf32>, %lse: tensor<3x2x400xf32>, %delta: tensor<3x2x400xf32>, %d_o: tensor<3x400x256xf32>, %documents: tensor<3x400xi32>)
    -> (tensor<3x400x128xf32>, tensor<3x400x128xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<3x400x256xf32>, tensor<3x400x128xf32>, tensor<3x400x128xf32>, tensor<3x2x400xf32>, tensor<3x2x400xf32>, tensor<3x400x256xf32>, tensor<3x400xi32>)
    -> (tensor<3x400x128xf32>, tensor<3x400x128xf32>)
  return %dk, %dv : tensor<3x400x128xf32>, tensor<3x400x128xf32>
}

func.func @dkv_head_dim_256(%q: tensor<3x300x256xf32>, %k: tensor<3x300x256xf32>, %v: tensor<3x300x256xf32>, %lse: tensor<3x1x300xf32>, %delta: tensor<3x1x300xf32>, %d_o: tensor<3x300x256xf32>, %documents: tensor<3x300xi32>)
    -> (tensor<3x300x256xf32>, tensor<3x300x256xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 1, n_kv_heads = 1, window = 1000}
    : (tensor<3x300x256xf32>, tensor<3x300x256xf32>, tensor<3x300x256xf32>, tensor<3x1x300xf32>, tensor<3x1x300xf32>, tensor<3x300x256xf32>, tensor<3x300xi32>)
    -> (tensor<3x300x256xf32>, tensor<3x300x256xf32>)
  return %dk, %dv : tensor<3x300x256xf32>, tensor<3x300x256xf32>
}

func.func @attention_one_token(%q: tensor<1x1x32xf32>, %k: tensor<1x1x16xf32>, %v: tensor<1x1x16xf32>, %documents: tensor<1x1xi32>)
    -> (tensor<1x1x32xf32>, tensor<1x4x1xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<1x1x32xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<1x1xi32>)
    -> (tensor<1x1x32xf32>, tensor<1x4x1xf32>)
  return %o, %lse : tensor<1x1x32xf32>, tensor<1x4x1xf32>
}

func.func @attention_window_1(%q: tensor<3x63x32xf32>, %k: tensor<3x63x32xf32>, %v: tensor<3x63x32xf32>, %documents: tensor<3x63xi32>)
    -> (tensor<3x63x32xf32>, tensor<3x4x63xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 4, n_kv_heads = 4, window = 1}
    : (tensor<3x63x32xf32>, tensor<3x63x32xf32>, tensor<3x63x32xf32>, tensor<3x63xi32>)
    -> (tensor<3x63x32xf32>, tensor<3x4x63xf32>)
  return %o, %lse : tensor<3x63x32xf32>, tensor<3x4x63xf32>
}

func.func @attention_window_16(%q: tensor<3x111x64xf32>, %k: tensor<3x111x32xf32>, %v: tensor<3x111x32xf32>, %documents: tensor<3x111xi32>)
    -> (tensor<3x111x64xf32>, tensor<3x4x111xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<3x111x64xf32>, tensor<3x111x32xf32>, tensor<3x111x32xf32>, tensor<3x111xi32>)
    -> (tensor<3x111x64xf32>, tensor<3x4x111xf32>)
  return %o, %lse : tensor<3x111x64xf32>, tensor<3x4x111xf32>
}

func.func @attention_beyond_t(%q: tensor<3x130x288xf32>, %k: tensor<3x130x24xf32>, %v: tensor<3x130x24xf32>, %documents: tensor<3x130xi32>)
    -> (tensor<3x130x288xf32>, tensor<3x12x130xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 12, n_kv_heads = 1, window = 1000}
    : (tensor<3x130x288xf32>, tensor<3x130x24xf32>, tensor<3x130x24xf32>, tensor<3x130xi32>)
    -> (tensor<3x130x288xf32>, tensor<3x12x130xf32>)
  return %o, %lse : tensor<3x130x288xf32>, tensor<3x12x130xf32>
}

func.func @attention_many_tiles(%q: tensor<3x300x128xf32>, %k: tensor<3x300x64xf32>, %v: tensor<3x300x64xf32>, %documents: tensor<3x300xi32>)
    -> (tensor<3x300x128xf32>, tensor<3x2x300xf32>) {
  %o, %lse = samba.windowed_attention %q, %k, %v in %documents {n_heads = 2, n_kv_heads = 1, window = 130}
    : (tensor<3x300x128xf32>, tensor<3x300x64xf32>, tensor<3x300x64xf32>, tensor<3x300xi32>)
    -> (tensor<3x300x128xf32>, tensor<3x2x300xf32>)
  return %o, %lse : tensor<3x300x128xf32>, tensor<3x2x300xf32>
}

func.func @dq_one_token(%q: tensor<1x1x32xf32>, %k: tensor<1x1x16xf32>, %v: tensor<1x1x16xf32>, %lse: tensor<1x4x1xf32>, %delta: tensor<1x4x1xf32>, %d_o: tensor<1x1x32xf32>, %documents: tensor<1x1xi32>)
    -> tensor<1x1x32xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<1x1x32xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<1x4x1xf32>, tensor<1x4x1xf32>, tensor<1x1x32xf32>, tensor<1x1xi32>)
    -> tensor<1x1x32xf32>
  return %dq : tensor<1x1x32xf32>
}

func.func @dq_window_1(%q: tensor<3x63x32xf32>, %k: tensor<3x63x32xf32>, %v: tensor<3x63x32xf32>, %lse: tensor<3x4x63xf32>, %delta: tensor<3x4x63xf32>, %d_o: tensor<3x63x32xf32>, %documents: tensor<3x63xi32>)
    -> tensor<3x63x32xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 4, window = 1}
    : (tensor<3x63x32xf32>, tensor<3x63x32xf32>, tensor<3x63x32xf32>, tensor<3x4x63xf32>, tensor<3x4x63xf32>, tensor<3x63x32xf32>, tensor<3x63xi32>)
    -> tensor<3x63x32xf32>
  return %dq : tensor<3x63x32xf32>
}

func.func @dq_window_16(%q: tensor<3x111x64xf32>, %k: tensor<3x111x32xf32>, %v: tensor<3x111x32xf32>, %lse: tensor<3x4x111xf32>, %delta: tensor<3x4x111xf32>, %d_o: tensor<3x111x64xf32>, %documents: tensor<3x111xi32>)
    -> tensor<3x111x64xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<3x111x64xf32>, tensor<3x111x32xf32>, tensor<3x111x32xf32>, tensor<3x4x111xf32>, tensor<3x4x111xf32>, tensor<3x111x64xf32>, tensor<3x111xi32>)
    -> tensor<3x111x64xf32>
  return %dq : tensor<3x111x64xf32>
}

func.func @dq_beyond_t(%q: tensor<3x130x288xf32>, %k: tensor<3x130x24xf32>, %v: tensor<3x130x24xf32>, %lse: tensor<3x12x130xf32>, %delta: tensor<3x12x130xf32>, %d_o: tensor<3x130x288xf32>, %documents: tensor<3x130xi32>)
    -> tensor<3x130x288xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 12, n_kv_heads = 1, window = 1000}
    : (tensor<3x130x288xf32>, tensor<3x130x24xf32>, tensor<3x130x24xf32>, tensor<3x12x130xf32>, tensor<3x12x130xf32>, tensor<3x130x288xf32>, tensor<3x130xi32>)
    -> tensor<3x130x288xf32>
  return %dq : tensor<3x130x288xf32>
}

func.func @dq_many_tiles(%q: tensor<3x300x128xf32>, %k: tensor<3x300x64xf32>, %v: tensor<3x300x64xf32>, %lse: tensor<3x2x300xf32>, %delta: tensor<3x2x300xf32>, %d_o: tensor<3x300x128xf32>, %documents: tensor<3x300xi32>)
    -> tensor<3x300x128xf32> {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 1, window = 130}
    : (tensor<3x300x128xf32>, tensor<3x300x64xf32>, tensor<3x300x64xf32>, tensor<3x2x300xf32>, tensor<3x2x300xf32>, tensor<3x300x128xf32>, tensor<3x300xi32>)
    -> tensor<3x300x128xf32>
  return %dq : tensor<3x300x128xf32>
}

func.func @dkv_one_token(%q: tensor<1x1x32xf32>, %k: tensor<1x1x16xf32>, %v: tensor<1x1x16xf32>, %lse: tensor<1x4x1xf32>, %delta: tensor<1x4x1xf32>, %d_o: tensor<1x1x32xf32>, %documents: tensor<1x1xi32>)
    -> (tensor<1x1x16xf32>, tensor<1x1x16xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<1x1x32xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<1x4x1xf32>, tensor<1x4x1xf32>, tensor<1x1x32xf32>, tensor<1x1xi32>)
    -> (tensor<1x1x16xf32>, tensor<1x1x16xf32>)
  return %dk, %dv : tensor<1x1x16xf32>, tensor<1x1x16xf32>
}

func.func @dkv_window_1(%q: tensor<3x63x32xf32>, %k: tensor<3x63x32xf32>, %v: tensor<3x63x32xf32>, %lse: tensor<3x4x63xf32>, %delta: tensor<3x4x63xf32>, %d_o: tensor<3x63x32xf32>, %documents: tensor<3x63xi32>)
    -> (tensor<3x63x32xf32>, tensor<3x63x32xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 4, window = 1}
    : (tensor<3x63x32xf32>, tensor<3x63x32xf32>, tensor<3x63x32xf32>, tensor<3x4x63xf32>, tensor<3x4x63xf32>, tensor<3x63x32xf32>, tensor<3x63xi32>)
    -> (tensor<3x63x32xf32>, tensor<3x63x32xf32>)
  return %dk, %dv : tensor<3x63x32xf32>, tensor<3x63x32xf32>
}

func.func @dkv_window_16(%q: tensor<3x111x64xf32>, %k: tensor<3x111x32xf32>, %v: tensor<3x111x32xf32>, %lse: tensor<3x4x111xf32>, %delta: tensor<3x4x111xf32>, %d_o: tensor<3x111x64xf32>, %documents: tensor<3x111xi32>)
    -> (tensor<3x111x32xf32>, tensor<3x111x32xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 2, window = 16}
    : (tensor<3x111x64xf32>, tensor<3x111x32xf32>, tensor<3x111x32xf32>, tensor<3x4x111xf32>, tensor<3x4x111xf32>, tensor<3x111x64xf32>, tensor<3x111xi32>)
    -> (tensor<3x111x32xf32>, tensor<3x111x32xf32>)
  return %dk, %dv : tensor<3x111x32xf32>, tensor<3x111x32xf32>
}

func.func @dkv_beyond_t(%q: tensor<3x130x288xf32>, %k: tensor<3x130x24xf32>, %v: tensor<3x130x24xf32>, %lse: tensor<3x12x130xf32>, %delta: tensor<3x12x130xf32>, %d_o: tensor<3x130x288xf32>, %documents: tensor<3x130xi32>)
    -> (tensor<3x130x24xf32>, tensor<3x130x24xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 12, n_kv_heads = 1, window = 1000}
    : (tensor<3x130x288xf32>, tensor<3x130x24xf32>, tensor<3x130x24xf32>, tensor<3x12x130xf32>, tensor<3x12x130xf32>, tensor<3x130x288xf32>, tensor<3x130xi32>)
    -> (tensor<3x130x24xf32>, tensor<3x130x24xf32>)
  return %dk, %dv : tensor<3x130x24xf32>, tensor<3x130x24xf32>
}

func.func @dkv_many_tiles(%q: tensor<3x300x128xf32>, %k: tensor<3x300x64xf32>, %v: tensor<3x300x64xf32>, %lse: tensor<3x2x300xf32>, %delta: tensor<3x2x300xf32>, %d_o: tensor<3x300x128xf32>, %documents: tensor<3x300xi32>)
    -> (tensor<3x300x64xf32>, tensor<3x300x64xf32>) {
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 1, window = 130}
    : (tensor<3x300x128xf32>, tensor<3x300x64xf32>, tensor<3x300x64xf32>, tensor<3x2x300xf32>, tensor<3x2x300xf32>, tensor<3x300x128xf32>, tensor<3x300xi32>)
    -> (tensor<3x300x64xf32>, tensor<3x300x64xf32>)
  return %dk, %dv : tensor<3x300x64xf32>, tensor<3x300x64xf32>
}

// Chunks of documents, and of sequences that stand far on.
func.func @chunks_of_documents(%d: tensor<3x50xi32>) -> tensor<3x50xi32> {
  %b = samba.chunk_starts in %d {batch = 3, tokens = 50, chunk = 7} : (tensor<3x50xi32>) -> tensor<3x50xi32>
  return %b : tensor<3x50xi32>
}

func.func @chunks_after_position(%p: tensor<2xi64>) -> tensor<2x130xi32> {
  %b = samba.chunk_starts %p {batch = 2, tokens = 130, chunk = 64} : (tensor<2xi64>) -> tensor<2x130xi32>
  return %b : tensor<2x130xi32>
}

func.func @chunks() -> tensor<2x130xi32> {
  %b = samba.chunk_starts {batch = 2, tokens = 130, chunk = 1} : () -> tensor<2x130xi32>
  return %b : tensor<2x130xi32>
}

// All gradients in one pass.
func.func @grad_t400_h2_1_d128_w300(%q: tensor<3x400x256xf32>, %k: tensor<3x400x128xf32>, %v: tensor<3x400x128xf32>, %lse: tensor<3x2x400xf32>, %delta: tensor<3x2x400xf32>, %d_o: tensor<3x400x256xf32>, %documents: tensor<3x400xi32>)
    -> (tensor<3x400x256xf32>, tensor<3x400x128xf32>, tensor<3x400x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<3x400x256xf32>, tensor<3x400x128xf32>, tensor<3x400x128xf32>, tensor<3x2x400xf32>, tensor<3x2x400xf32>, tensor<3x400x256xf32>, tensor<3x400xi32>) -> tensor<3x400x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 1, window = 300}
    : (tensor<3x400x256xf32>, tensor<3x400x128xf32>, tensor<3x400x128xf32>, tensor<3x2x400xf32>, tensor<3x2x400xf32>, tensor<3x400x256xf32>, tensor<3x400xi32>) -> (tensor<3x400x128xf32>, tensor<3x400x128xf32>)
  return %dq, %dk, %dv : tensor<3x400x256xf32>, tensor<3x400x128xf32>, tensor<3x400x128xf32>
}

func.func @grad_t777_h4_1_d64_w1000(%q: tensor<3x777x256xf32>, %k: tensor<3x777x64xf32>, %v: tensor<3x777x64xf32>, %lse: tensor<3x4x777xf32>, %delta: tensor<3x4x777xf32>, %d_o: tensor<3x777x256xf32>, %documents: tensor<3x777xi32>)
    -> (tensor<3x777x256xf32>, tensor<3x777x64xf32>, tensor<3x777x64xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 1, window = 1000}
    : (tensor<3x777x256xf32>, tensor<3x777x64xf32>, tensor<3x777x64xf32>, tensor<3x4x777xf32>, tensor<3x4x777xf32>, tensor<3x777x256xf32>, tensor<3x777xi32>) -> tensor<3x777x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 4, n_kv_heads = 1, window = 1000}
    : (tensor<3x777x256xf32>, tensor<3x777x64xf32>, tensor<3x777x64xf32>, tensor<3x4x777xf32>, tensor<3x4x777xf32>, tensor<3x777x256xf32>, tensor<3x777xi32>) -> (tensor<3x777x64xf32>, tensor<3x777x64xf32>)
  return %dq, %dk, %dv : tensor<3x777x256xf32>, tensor<3x777x64xf32>, tensor<3x777x64xf32>
}

func.func @grad_t63_h3_3_d64_w16(%q: tensor<1x63x192xf32>, %k: tensor<1x63x192xf32>, %v: tensor<1x63x192xf32>, %lse: tensor<1x3x63xf32>, %delta: tensor<1x3x63xf32>, %d_o: tensor<1x63x192xf32>, %documents: tensor<1x63xi32>)
    -> (tensor<1x63x192xf32>, tensor<1x63x192xf32>, tensor<1x63x192xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 3, n_kv_heads = 3, window = 16}
    : (tensor<1x63x192xf32>, tensor<1x63x192xf32>, tensor<1x63x192xf32>, tensor<1x3x63xf32>, tensor<1x3x63xf32>, tensor<1x63x192xf32>, tensor<1x63xi32>) -> tensor<1x63x192xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 3, n_kv_heads = 3, window = 16}
    : (tensor<1x63x192xf32>, tensor<1x63x192xf32>, tensor<1x63x192xf32>, tensor<1x3x63xf32>, tensor<1x3x63xf32>, tensor<1x63x192xf32>, tensor<1x63xi32>) -> (tensor<1x63x192xf32>, tensor<1x63x192xf32>)
  return %dq, %dk, %dv : tensor<1x63x192xf32>, tensor<1x63x192xf32>, tensor<1x63x192xf32>
}

func.func @turned_t1000_h2_2_d128_w1000(%q: tensor<3x1000x256xf32>, %k: tensor<3x1000x256xf32>, %v: tensor<3x1000x256xf32>, %lse: tensor<3x2x1000xf32>, %delta: tensor<3x2x1000xf32>, %d_o: tensor<3x1000x256xf32>, %documents: tensor<3x1000xi32>)
    -> (tensor<3x1000x256xf32>, tensor<3x1000x256xf32>, tensor<3x1000x256xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 2, window = 1000}
    : (tensor<3x1000x256xf32>, tensor<3x1000x256xf32>, tensor<3x1000x256xf32>, tensor<3x2x1000xf32>, tensor<3x2x1000xf32>, tensor<3x1000x256xf32>, tensor<3x1000xi32>) -> tensor<3x1000x256xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 2, window = 1000}
    : (tensor<3x1000x256xf32>, tensor<3x1000x256xf32>, tensor<3x1000x256xf32>, tensor<3x2x1000xf32>, tensor<3x2x1000xf32>, tensor<3x1000x256xf32>, tensor<3x1000xi32>) -> (tensor<3x1000x256xf32>, tensor<3x1000x256xf32>)
  %q_turned = samba.rotary %dq {head_dim = 128, inverse, theta = 1.0e4} : (tensor<3x1000x256xf32>) -> tensor<3x1000x256xf32>
  %k_turned = samba.rotary %dk {head_dim = 128, inverse, theta = 1.0e4} : (tensor<3x1000x256xf32>) -> tensor<3x1000x256xf32>
  return %q_turned, %k_turned, %dv : tensor<3x1000x256xf32>, tensor<3x1000x256xf32>, tensor<3x1000x256xf32>
}

func.func @turned_t300_h2_2_d64_w130(%q: tensor<3x300x128xf32>, %k: tensor<3x300x128xf32>, %v: tensor<3x300x128xf32>, %lse: tensor<3x2x300xf32>, %delta: tensor<3x2x300xf32>, %d_o: tensor<3x300x128xf32>, %documents: tensor<3x300xi32>)
    -> (tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300x128xf32>) {
  %dq = samba.attention_dq %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 2, window = 130}
    : (tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x2x300xf32>, tensor<3x2x300xf32>, tensor<3x300x128xf32>, tensor<3x300xi32>) -> tensor<3x300x128xf32>
  %dk, %dv = samba.attention_dkv %q, %k, %v, %lse, %delta, %d_o in %documents {n_heads = 2, n_kv_heads = 2, window = 130}
    : (tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x2x300xf32>, tensor<3x2x300xf32>, tensor<3x300x128xf32>, tensor<3x300xi32>) -> (tensor<3x300x128xf32>, tensor<3x300x128xf32>)
  %q_turned = samba.rotary %dq {head_dim = 64, inverse, theta = 1.0e4} : (tensor<3x300x128xf32>) -> tensor<3x300x128xf32>
  %k_turned = samba.rotary %dk {head_dim = 64, inverse, theta = 1.0e4} : (tensor<3x300x128xf32>) -> tensor<3x300x128xf32>
  return %q_turned, %k_turned, %dv : tensor<3x300x128xf32>, tensor<3x300x128xf32>, tensor<3x300x128xf32>
}
