// RUN: samba-run verify %s
// What a sequence carries from one piece to the next, and its gradient: the state of a scan and the window of a convolution.

func.func @scan_one_token(%u: tensor<2x1x7xf32>, %dt: tensor<2x1x7xf32>, %A: tensor<7x16xf32>, %B: tensor<2x1x16xf32>, %C: tensor<2x1x16xf32>, %D: tensor<7xf32>, %h: tensor<2x7x16xf32>)
    -> (tensor<2x1x7xf32>, tensor<2x1x7x16xf32>, tensor<2x7x16xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h {checkpoint = 64}
    : (tensor<2x1x7xf32>, tensor<2x1x7xf32>, tensor<7x16xf32>, tensor<2x1x16xf32>, tensor<2x1x16xf32>, tensor<7xf32>, tensor<2x7x16xf32>)
    -> (tensor<2x1x7xf32>, tensor<2x1x7x16xf32>, tensor<2x7x16xf32>)
  return %y, %states, %next : tensor<2x1x7xf32>, tensor<2x1x7x16xf32>, tensor<2x7x16xf32>
}

func.func @scan_d_state_4(%u: tensor<2x63x33xf32>, %dt: tensor<2x63x33xf32>, %A: tensor<33x4xf32>, %B: tensor<2x63x4xf32>, %C: tensor<2x63x4xf32>, %D: tensor<33xf32>, %h: tensor<2x33x4xf32>)
    -> (tensor<2x63x33xf32>, tensor<2x4x33x4xf32>, tensor<2x33x4xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h {checkpoint = 16}
    : (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<33x4xf32>, tensor<2x63x4xf32>, tensor<2x63x4xf32>, tensor<33xf32>, tensor<2x33x4xf32>)
    -> (tensor<2x63x33xf32>, tensor<2x4x33x4xf32>, tensor<2x33x4xf32>)
  return %y, %states, %next : tensor<2x63x33xf32>, tensor<2x4x33x4xf32>, tensor<2x33x4xf32>
}

func.func @scan_d_state_16(%u: tensor<1x111x40xf32>, %dt: tensor<1x111x40xf32>, %A: tensor<40x16xf32>, %B: tensor<1x111x16xf32>, %C: tensor<1x111x16xf32>, %D: tensor<40xf32>, %h: tensor<1x40x16xf32>)
    -> (tensor<1x111x40xf32>, tensor<1x2x40x16xf32>, tensor<1x40x16xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h {checkpoint = 64}
    : (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<40x16xf32>, tensor<1x111x16xf32>, tensor<1x111x16xf32>, tensor<40xf32>, tensor<1x40x16xf32>)
    -> (tensor<1x111x40xf32>, tensor<1x2x40x16xf32>, tensor<1x40x16xf32>)
  return %y, %states, %next : tensor<1x111x40xf32>, tensor<1x2x40x16xf32>, tensor<1x40x16xf32>
}

func.func @scan_d_state_33(%u: tensor<1x70x20xf32>, %dt: tensor<1x70x20xf32>, %A: tensor<20x33xf32>, %B: tensor<1x70x33xf32>, %C: tensor<1x70x33xf32>, %D: tensor<20xf32>, %h: tensor<1x20x33xf32>)
    -> (tensor<1x70x20xf32>, tensor<1x2x20x33xf32>, tensor<1x20x33xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h {checkpoint = 64}
    : (tensor<1x70x20xf32>, tensor<1x70x20xf32>, tensor<20x33xf32>, tensor<1x70x33xf32>, tensor<1x70x33xf32>, tensor<20xf32>, tensor<1x20x33xf32>)
    -> (tensor<1x70x20xf32>, tensor<1x2x20x33xf32>, tensor<1x20x33xf32>)
  return %y, %states, %next : tensor<1x70x20xf32>, tensor<1x2x20x33xf32>, tensor<1x20x33xf32>
}

func.func @scan_every_state(%u: tensor<2x7x19xf32>, %dt: tensor<2x7x19xf32>, %A: tensor<19x16xf32>, %B: tensor<2x7x16xf32>, %C: tensor<2x7x16xf32>, %D: tensor<19xf32>, %h: tensor<2x19x16xf32>)
    -> (tensor<2x7x19xf32>, tensor<2x7x19x16xf32>, tensor<2x19x16xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h {checkpoint = 1}
    : (tensor<2x7x19xf32>, tensor<2x7x19xf32>, tensor<19x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<19xf32>, tensor<2x19x16xf32>)
    -> (tensor<2x7x19xf32>, tensor<2x7x19x16xf32>, tensor<2x19x16xf32>)
  return %y, %states, %next : tensor<2x7x19xf32>, tensor<2x7x19x16xf32>, tensor<2x19x16xf32>
}

func.func @scan_spans(%u: tensor<1x600x40xf32>, %dt: tensor<1x600x40xf32>, %A: tensor<40x16xf32>, %B: tensor<1x600x16xf32>, %C: tensor<1x600x16xf32>, %D: tensor<40xf32>, %h: tensor<1x40x16xf32>)
    -> (tensor<1x600x40xf32>, tensor<1x38x40x16xf32>, tensor<1x40x16xf32>) {
  %y, %states, %next = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h {checkpoint = 16}
    : (tensor<1x600x40xf32>, tensor<1x600x40xf32>, tensor<40x16xf32>, tensor<1x600x16xf32>, tensor<1x600x16xf32>, tensor<40xf32>, tensor<1x40x16xf32>)
    -> (tensor<1x600x40xf32>, tensor<1x38x40x16xf32>, tensor<1x40x16xf32>)
  return %y, %states, %next : tensor<1x600x40xf32>, tensor<1x38x40x16xf32>, tensor<1x40x16xf32>
}

func.func @scan_grad_spans(%u: tensor<1x600x72xf32>, %dt: tensor<1x600x72xf32>, %A: tensor<72x16xf32>, %B: tensor<1x600x16xf32>, %C: tensor<1x600x16xf32>, %D: tensor<72xf32>, %states: tensor<1x38x72x16xf32>, %dy: tensor<1x600x72xf32>, %dnext: tensor<1x72x16xf32>)
    -> (tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<1x72x16xf32>, tensor<1x1x600x16xf32>, tensor<1x1x600x16xf32>, tensor<1x72xf32>, tensor<1x72x16xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext {checkpoint = 16, channel_block = 128}
    : (tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<72x16xf32>, tensor<1x600x16xf32>, tensor<1x600x16xf32>, tensor<72xf32>, tensor<1x38x72x16xf32>, tensor<1x600x72xf32>, tensor<1x72x16xf32>)
    -> (tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<1x72x16xf32>, tensor<1x1x600x16xf32>, tensor<1x1x600x16xf32>, tensor<1x72xf32>, tensor<1x72x16xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<1x72x16xf32>, tensor<1x1x600x16xf32>, tensor<1x1x600x16xf32>, tensor<1x72xf32>, tensor<1x72x16xf32>
}

func.func @scan_grad_one_token(%u: tensor<2x1x7xf32>, %dt: tensor<2x1x7xf32>, %A: tensor<7x16xf32>, %B: tensor<2x1x16xf32>, %C: tensor<2x1x16xf32>, %D: tensor<7xf32>, %states: tensor<2x1x7x16xf32>, %dy: tensor<2x1x7xf32>, %dnext: tensor<2x7x16xf32>)
    -> (tensor<2x1x7xf32>, tensor<2x1x7xf32>, tensor<2x7x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<2x7xf32>, tensor<2x7x16xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext {checkpoint = 64, channel_block = 128}
    : (tensor<2x1x7xf32>, tensor<2x1x7xf32>, tensor<7x16xf32>, tensor<2x1x16xf32>, tensor<2x1x16xf32>, tensor<7xf32>, tensor<2x1x7x16xf32>, tensor<2x1x7xf32>, tensor<2x7x16xf32>)
    -> (tensor<2x1x7xf32>, tensor<2x1x7xf32>, tensor<2x7x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<2x7xf32>, tensor<2x7x16xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<2x1x7xf32>, tensor<2x1x7xf32>, tensor<2x7x16xf32>, tensor<1x2x1x16xf32>, tensor<1x2x1x16xf32>, tensor<2x7xf32>, tensor<2x7x16xf32>
}

func.func @scan_grad_d_state_4(%u: tensor<2x63x33xf32>, %dt: tensor<2x63x33xf32>, %A: tensor<33x4xf32>, %B: tensor<2x63x4xf32>, %C: tensor<2x63x4xf32>, %D: tensor<33xf32>, %states: tensor<2x4x33x4xf32>, %dy: tensor<2x63x33xf32>, %dnext: tensor<2x33x4xf32>)
    -> (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<2x33x4xf32>, tensor<5x2x63x4xf32>, tensor<5x2x63x4xf32>, tensor<2x33xf32>, tensor<2x33x4xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext {checkpoint = 16, channel_block = 8}
    : (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<33x4xf32>, tensor<2x63x4xf32>, tensor<2x63x4xf32>, tensor<33xf32>, tensor<2x4x33x4xf32>, tensor<2x63x33xf32>, tensor<2x33x4xf32>)
    -> (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<2x33x4xf32>, tensor<5x2x63x4xf32>, tensor<5x2x63x4xf32>, tensor<2x33xf32>, tensor<2x33x4xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<2x33x4xf32>, tensor<5x2x63x4xf32>, tensor<5x2x63x4xf32>, tensor<2x33xf32>, tensor<2x33x4xf32>
}

func.func @scan_grad_d_state_16(%u: tensor<1x111x40xf32>, %dt: tensor<1x111x40xf32>, %A: tensor<40x16xf32>, %B: tensor<1x111x16xf32>, %C: tensor<1x111x16xf32>, %D: tensor<40xf32>, %states: tensor<1x2x40x16xf32>, %dy: tensor<1x111x40xf32>, %dnext: tensor<1x40x16xf32>)
    -> (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<1x40x16xf32>, tensor<2x1x111x16xf32>, tensor<2x1x111x16xf32>, tensor<1x40xf32>, tensor<1x40x16xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext {checkpoint = 64, channel_block = 32}
    : (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<40x16xf32>, tensor<1x111x16xf32>, tensor<1x111x16xf32>, tensor<40xf32>, tensor<1x2x40x16xf32>, tensor<1x111x40xf32>, tensor<1x40x16xf32>)
    -> (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<1x40x16xf32>, tensor<2x1x111x16xf32>, tensor<2x1x111x16xf32>, tensor<1x40xf32>, tensor<1x40x16xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<1x40x16xf32>, tensor<2x1x111x16xf32>, tensor<2x1x111x16xf32>, tensor<1x40xf32>, tensor<1x40x16xf32>
}

func.func @scan_grad_d_state_33(%u: tensor<1x70x20xf32>, %dt: tensor<1x70x20xf32>, %A: tensor<20x33xf32>, %B: tensor<1x70x33xf32>, %C: tensor<1x70x33xf32>, %D: tensor<20xf32>, %states: tensor<1x2x20x33xf32>, %dy: tensor<1x70x20xf32>, %dnext: tensor<1x20x33xf32>)
    -> (tensor<1x70x20xf32>, tensor<1x70x20xf32>, tensor<1x20x33xf32>, tensor<1x1x70x33xf32>, tensor<1x1x70x33xf32>, tensor<1x20xf32>, tensor<1x20x33xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext {checkpoint = 64, channel_block = 128}
    : (tensor<1x70x20xf32>, tensor<1x70x20xf32>, tensor<20x33xf32>, tensor<1x70x33xf32>, tensor<1x70x33xf32>, tensor<20xf32>, tensor<1x2x20x33xf32>, tensor<1x70x20xf32>, tensor<1x20x33xf32>)
    -> (tensor<1x70x20xf32>, tensor<1x70x20xf32>, tensor<1x20x33xf32>, tensor<1x1x70x33xf32>, tensor<1x1x70x33xf32>, tensor<1x20xf32>, tensor<1x20x33xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<1x70x20xf32>, tensor<1x70x20xf32>, tensor<1x20x33xf32>, tensor<1x1x70x33xf32>, tensor<1x1x70x33xf32>, tensor<1x20xf32>, tensor<1x20x33xf32>
}

func.func @scan_grad_every_state(%u: tensor<2x50x19xf32>, %dt: tensor<2x50x19xf32>, %A: tensor<19x16xf32>, %B: tensor<2x50x16xf32>, %C: tensor<2x50x16xf32>, %D: tensor<19xf32>, %states: tensor<2x50x19x16xf32>, %dy: tensor<2x50x19xf32>, %dnext: tensor<2x19x16xf32>)
    -> (tensor<2x50x19xf32>, tensor<2x50x19xf32>, tensor<2x19x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x19xf32>, tensor<2x19x16xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD, %dh = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy, %dnext {checkpoint = 1, channel_block = 128}
    : (tensor<2x50x19xf32>, tensor<2x50x19xf32>, tensor<19x16xf32>, tensor<2x50x16xf32>, tensor<2x50x16xf32>, tensor<19xf32>, tensor<2x50x19x16xf32>, tensor<2x50x19xf32>, tensor<2x19x16xf32>)
    -> (tensor<2x50x19xf32>, tensor<2x50x19xf32>, tensor<2x19x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x19xf32>, tensor<2x19x16xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD, %dh : tensor<2x50x19xf32>, tensor<2x50x19xf32>, tensor<2x19x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x19xf32>, tensor<2x19x16xf32>
}

func.func @dw_width_2(%x: tensor<2x63x33xf32>, %dy: tensor<2x63x33xf32>, %state: tensor<2x1x33xf32>)
    -> tensor<33x2xf32> {
  %dw = samba.causal_conv_dw %x, %dy, %state {d_conv = 2}
    : (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<2x1x33xf32>)
    -> tensor<33x2xf32>
  return %dw : tensor<33x2xf32>
}

func.func @dw_width_4(%x: tensor<2x111x40xf32>, %dy: tensor<2x111x40xf32>, %state: tensor<2x3x40xf32>)
    -> tensor<40x4xf32> {
  %dw = samba.causal_conv_dw %x, %dy, %state {d_conv = 4}
    : (tensor<2x111x40xf32>, tensor<2x111x40xf32>, tensor<2x3x40xf32>)
    -> tensor<40x4xf32>
  return %dw : tensor<40x4xf32>
}

func.func @dw_shorter(%x: tensor<2x2x19xf32>, %dy: tensor<2x2x19xf32>, %state: tensor<2x4x19xf32>)
    -> tensor<19x5xf32> {
  %dw = samba.causal_conv_dw %x, %dy, %state {d_conv = 5}
    : (tensor<2x2x19xf32>, tensor<2x2x19xf32>, tensor<2x4x19xf32>)
    -> tensor<19x5xf32>
  return %dw : tensor<19x5xf32>
}

func.func @dstate_width_2(%dy: tensor<2x63x33xf32>, %w: tensor<33x2xf32>)
    -> tensor<2x1x33xf32> {
  %dstate = samba.causal_conv_dstate %dy, %w
    : (tensor<2x63x33xf32>, tensor<33x2xf32>)
    -> tensor<2x1x33xf32>
  return %dstate : tensor<2x1x33xf32>
}

func.func @dstate_width_4(%dy: tensor<2x111x40xf32>, %w: tensor<40x4xf32>)
    -> tensor<2x3x40xf32> {
  %dstate = samba.causal_conv_dstate %dy, %w
    : (tensor<2x111x40xf32>, tensor<40x4xf32>)
    -> tensor<2x3x40xf32>
  return %dstate : tensor<2x3x40xf32>
}

func.func @dstate_shorter(%dy: tensor<2x2x19xf32>, %w: tensor<19x5xf32>)
    -> tensor<2x4x19xf32> {
  %dstate = samba.causal_conv_dstate %dy, %w
    : (tensor<2x2x19xf32>, tensor<19x5xf32>)
    -> tensor<2x4x19xf32>
  return %dstate : tensor<2x4x19xf32>
}

func.func @dstate_one_token(%dy: tensor<1x1x7xf32>, %w: tensor<7x4xf32>)
    -> tensor<1x3x7xf32> {
  %dstate = samba.causal_conv_dstate %dy, %w
    : (tensor<1x1x7xf32>, tensor<7x4xf32>)
    -> tensor<1x3x7xf32>
  return %dstate : tensor<1x3x7xf32>
}

func.func @next_shorter(%x: tensor<2x2x19xf32>, %state: tensor<2x4x19xf32>)
    -> tensor<2x4x19xf32> {
  %next = samba.conv_state %x, %state
    : (tensor<2x2x19xf32>, tensor<2x4x19xf32>)
    -> tensor<2x4x19xf32>
  return %next : tensor<2x4x19xf32>
}

func.func @next_grad(%dnext: tensor<2x3x33xf32>)
    -> (tensor<2x63x33xf32>, tensor<2x3x33xf32>) {
  %dx, %dstate = samba.conv_state_grad %dnext {tokens = 63}
    : (tensor<2x3x33xf32>)
    -> (tensor<2x63x33xf32>, tensor<2x3x33xf32>)
  return %dx, %dstate : tensor<2x63x33xf32>, tensor<2x3x33xf32>
}

func.func @next_grad_shorter(%dnext: tensor<2x4x19xf32>)
    -> (tensor<2x2x19xf32>, tensor<2x4x19xf32>) {
  %dx, %dstate = samba.conv_state_grad %dnext {tokens = 2}
    : (tensor<2x4x19xf32>)
    -> (tensor<2x2x19xf32>, tensor<2x4x19xf32>)
  return %dx, %dstate : tensor<2x2x19xf32>, tensor<2x4x19xf32>
}

func.func @next_grad_one_token(%dnext: tensor<1x3x7xf32>)
    -> (tensor<1x1x7xf32>, tensor<1x3x7xf32>) {
  %dx, %dstate = samba.conv_state_grad %dnext {tokens = 1}
    : (tensor<1x3x7xf32>)
    -> (tensor<1x1x7xf32>, tensor<1x3x7xf32>)
  return %dx, %dstate : tensor<1x1x7xf32>, tensor<1x3x7xf32>
}
