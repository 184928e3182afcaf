// RUN: samba-run verify %s
// d_state 4, 5, 16, 33 and 64; channels that fill no register; small steps mixed with large ones; one token.

func.func @one_token(%u: tensor<1x1x7xf32>, %dt: tensor<1x1x7xf32>, %A: tensor<7x16xf32>, %B: tensor<1x1x16xf32>, %C: tensor<1x1x16xf32>, %D: tensor<7xf32>) -> (tensor<1x1x7xf32>, tensor<1x1x7x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64}
    : (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<7x16xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<7xf32>) -> (tensor<1x1x7xf32>, tensor<1x1x7x16xf32>)
  return %y, %s : tensor<1x1x7xf32>, tensor<1x1x7x16xf32>
}

func.func @d_state_4(%u: tensor<2x63x33xf32>, %dt: tensor<2x63x33xf32>, %A: tensor<33x4xf32>, %B: tensor<2x63x4xf32>, %C: tensor<2x63x4xf32>, %D: tensor<33xf32>) -> (tensor<2x63x33xf32>, tensor<2x4x33x4xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<33x4xf32>, tensor<2x63x4xf32>, tensor<2x63x4xf32>, tensor<33xf32>) -> (tensor<2x63x33xf32>, tensor<2x4x33x4xf32>)
  return %y, %s : tensor<2x63x33xf32>, tensor<2x4x33x4xf32>
}

func.func @d_state_16(%u: tensor<1x111x40xf32>, %dt: tensor<1x111x40xf32>, %A: tensor<40x16xf32>, %B: tensor<1x111x16xf32>, %C: tensor<1x111x16xf32>, %D: tensor<40xf32>) -> (tensor<1x111x40xf32>, tensor<1x2x40x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64}
    : (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<40x16xf32>, tensor<1x111x16xf32>, tensor<1x111x16xf32>, tensor<40xf32>) -> (tensor<1x111x40xf32>, tensor<1x2x40x16xf32>)
  return %y, %s : tensor<1x111x40xf32>, tensor<1x2x40x16xf32>
}

func.func @d_state_64(%u: tensor<1x63x9xf32>, %dt: tensor<1x63x9xf32>, %A: tensor<9x64xf32>, %B: tensor<1x63x64xf32>, %C: tensor<1x63x64xf32>, %D: tensor<9xf32>) -> (tensor<1x63x9xf32>, tensor<1x1x9x64xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64}
    : (tensor<1x63x9xf32>, tensor<1x63x9xf32>, tensor<9x64xf32>, tensor<1x63x64xf32>, tensor<1x63x64xf32>, tensor<9xf32>) -> (tensor<1x63x9xf32>, tensor<1x1x9x64xf32>)
  return %y, %s : tensor<1x63x9xf32>, tensor<1x1x9x64xf32>
}

func.func @every_state(%u: tensor<2x7x19xf32>, %dt: tensor<2x7x19xf32>, %A: tensor<19x16xf32>, %B: tensor<2x7x16xf32>, %C: tensor<2x7x16xf32>, %D: tensor<19xf32>) -> (tensor<2x7x19xf32>, tensor<2x7x19x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 1}
    : (tensor<2x7x19xf32>, tensor<2x7x19xf32>, tensor<19x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<19xf32>) -> (tensor<2x7x19xf32>, tensor<2x7x19x16xf32>)
  return %y, %s : tensor<2x7x19xf32>, tensor<2x7x19x16xf32>
}

func.func @long(%u: tensor<1x500x24xf32>, %dt: tensor<1x500x24xf32>, %A: tensor<24x16xf32>, %B: tensor<1x500x16xf32>, %C: tensor<1x500x16xf32>, %D: tensor<24xf32>) -> (tensor<1x500x24xf32>, tensor<1x8x24x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64}
    : (tensor<1x500x24xf32>, tensor<1x500x24xf32>, tensor<24x16xf32>, tensor<1x500x16xf32>, tensor<1x500x16xf32>, tensor<24xf32>) -> (tensor<1x500x24xf32>, tensor<1x8x24x16xf32>)
  return %y, %s : tensor<1x500x24xf32>, tensor<1x8x24x16xf32>
}

func.func @grad_one_token(%u: tensor<1x1x7xf32>, %dt: tensor<1x1x7xf32>, %A: tensor<7x16xf32>, %B: tensor<1x1x16xf32>, %C: tensor<1x1x16xf32>, %D: tensor<7xf32>, %s: tensor<1x1x7x16xf32>, %dy: tensor<1x1x7xf32>)
    -> (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x7x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x7xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 64, channel_block = 128}
    : (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<7x16xf32>, tensor<1x1x16xf32>, tensor<1x1x16xf32>, tensor<7xf32>, tensor<1x1x7x16xf32>, tensor<1x1x7xf32>) -> (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x7x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x7xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x7x16xf32>, tensor<1x1x1x16xf32>, tensor<1x1x1x16xf32>, tensor<1x7xf32>
}

func.func @grad_d_state_4(%u: tensor<2x63x33xf32>, %dt: tensor<2x63x33xf32>, %A: tensor<33x4xf32>, %B: tensor<2x63x4xf32>, %C: tensor<2x63x4xf32>, %D: tensor<33xf32>, %s: tensor<2x4x33x4xf32>, %dy: tensor<2x63x33xf32>)
    -> (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<2x33x4xf32>, tensor<5x2x63x4xf32>, tensor<5x2x63x4xf32>, tensor<2x33xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 8}
    : (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<33x4xf32>, tensor<2x63x4xf32>, tensor<2x63x4xf32>, tensor<33xf32>, tensor<2x4x33x4xf32>, tensor<2x63x33xf32>) -> (tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<2x33x4xf32>, tensor<5x2x63x4xf32>, tensor<5x2x63x4xf32>, tensor<2x33xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<2x63x33xf32>, tensor<2x63x33xf32>, tensor<2x33x4xf32>, tensor<5x2x63x4xf32>, tensor<5x2x63x4xf32>, tensor<2x33xf32>
}

func.func @grad_d_state_16(%u: tensor<1x111x40xf32>, %dt: tensor<1x111x40xf32>, %A: tensor<40x16xf32>, %B: tensor<1x111x16xf32>, %C: tensor<1x111x16xf32>, %D: tensor<40xf32>, %s: tensor<1x2x40x16xf32>, %dy: tensor<1x111x40xf32>)
    -> (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<1x40x16xf32>, tensor<2x1x111x16xf32>, tensor<2x1x111x16xf32>, tensor<1x40xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 64, channel_block = 32}
    : (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<40x16xf32>, tensor<1x111x16xf32>, tensor<1x111x16xf32>, tensor<40xf32>, tensor<1x2x40x16xf32>, tensor<1x111x40xf32>) -> (tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<1x40x16xf32>, tensor<2x1x111x16xf32>, tensor<2x1x111x16xf32>, tensor<1x40xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x111x40xf32>, tensor<1x111x40xf32>, tensor<1x40x16xf32>, tensor<2x1x111x16xf32>, tensor<2x1x111x16xf32>, tensor<1x40xf32>
}

func.func @grad_d_state_64(%u: tensor<1x63x9xf32>, %dt: tensor<1x63x9xf32>, %A: tensor<9x64xf32>, %B: tensor<1x63x64xf32>, %C: tensor<1x63x64xf32>, %D: tensor<9xf32>, %s: tensor<1x1x9x64xf32>, %dy: tensor<1x63x9xf32>)
    -> (tensor<1x63x9xf32>, tensor<1x63x9xf32>, tensor<1x9x64xf32>, tensor<1x1x63x64xf32>, tensor<1x1x63x64xf32>, tensor<1x9xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 64, channel_block = 128}
    : (tensor<1x63x9xf32>, tensor<1x63x9xf32>, tensor<9x64xf32>, tensor<1x63x64xf32>, tensor<1x63x64xf32>, tensor<9xf32>, tensor<1x1x9x64xf32>, tensor<1x63x9xf32>) -> (tensor<1x63x9xf32>, tensor<1x63x9xf32>, tensor<1x9x64xf32>, tensor<1x1x63x64xf32>, tensor<1x1x63x64xf32>, tensor<1x9xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x63x9xf32>, tensor<1x63x9xf32>, tensor<1x9x64xf32>, tensor<1x1x63x64xf32>, tensor<1x1x63x64xf32>, tensor<1x9xf32>
}

func.func @grad_every_state(%u: tensor<2x7x19xf32>, %dt: tensor<2x7x19xf32>, %A: tensor<19x16xf32>, %B: tensor<2x7x16xf32>, %C: tensor<2x7x16xf32>, %D: tensor<19xf32>, %s: tensor<2x7x19x16xf32>, %dy: tensor<2x7x19xf32>)
    -> (tensor<2x7x19xf32>, tensor<2x7x19xf32>, tensor<2x19x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x16xf32>, tensor<2x19xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 1, channel_block = 16}
    : (tensor<2x7x19xf32>, tensor<2x7x19xf32>, tensor<19x16xf32>, tensor<2x7x16xf32>, tensor<2x7x16xf32>, tensor<19xf32>, tensor<2x7x19x16xf32>, tensor<2x7x19xf32>) -> (tensor<2x7x19xf32>, tensor<2x7x19xf32>, tensor<2x19x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x16xf32>, tensor<2x19xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<2x7x19xf32>, tensor<2x7x19xf32>, tensor<2x19x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x16xf32>, tensor<2x19xf32>
}

func.func @grad_long(%u: tensor<1x500x24xf32>, %dt: tensor<1x500x24xf32>, %A: tensor<24x16xf32>, %B: tensor<1x500x16xf32>, %C: tensor<1x500x16xf32>, %D: tensor<24xf32>, %s: tensor<1x8x24x16xf32>, %dy: tensor<1x500x24xf32>)
    -> (tensor<1x500x24xf32>, tensor<1x500x24xf32>, tensor<1x24x16xf32>, tensor<1x1x500x16xf32>, tensor<1x1x500x16xf32>, tensor<1x24xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 64, channel_block = 128}
    : (tensor<1x500x24xf32>, tensor<1x500x24xf32>, tensor<24x16xf32>, tensor<1x500x16xf32>, tensor<1x500x16xf32>, tensor<24xf32>, tensor<1x8x24x16xf32>, tensor<1x500x24xf32>) -> (tensor<1x500x24xf32>, tensor<1x500x24xf32>, tensor<1x24x16xf32>, tensor<1x1x500x16xf32>, tensor<1x1x500x16xf32>, tensor<1x24xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x500x24xf32>, tensor<1x500x24xf32>, tensor<1x24x16xf32>, tensor<1x1x500x16xf32>, tensor<1x1x500x16xf32>, tensor<1x24xf32>
}

func.func @grad_two_blocks(%u: tensor<2x20x200xf32>, %dt: tensor<2x20x200xf32>, %A: tensor<200x16xf32>, %B: tensor<2x20x16xf32>, %C: tensor<2x20x16xf32>, %D: tensor<200xf32>, %s: tensor<2x3x200x16xf32>, %dy: tensor<2x20x200xf32>)
    -> (tensor<2x20x200xf32>, tensor<2x20x200xf32>, tensor<2x200x16xf32>, tensor<2x2x20x16xf32>, tensor<2x2x20x16xf32>, tensor<2x200xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 8, channel_block = 128}
    : (tensor<2x20x200xf32>, tensor<2x20x200xf32>, tensor<200x16xf32>, tensor<2x20x16xf32>, tensor<2x20x16xf32>, tensor<200xf32>, tensor<2x3x200x16xf32>, tensor<2x20x200xf32>) -> (tensor<2x20x200xf32>, tensor<2x20x200xf32>, tensor<2x200x16xf32>, tensor<2x2x20x16xf32>, tensor<2x2x20x16xf32>, tensor<2x200xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<2x20x200xf32>, tensor<2x20x200xf32>, tensor<2x200x16xf32>, tensor<2x2x20x16xf32>, tensor<2x2x20x16xf32>, tensor<2x200xf32>
}

func.func @step_one_token(%u: tensor<2x1x33xf32>, %dt: tensor<2x1x33xf32>, %A: tensor<33x16xf32>, %B: tensor<2x1x16xf32>, %C: tensor<2x1x16xf32>, %D: tensor<33xf32>, %h: tensor<2x33x16xf32>) -> (tensor<2x1x33xf32>, tensor<2x33x16xf32>) {
  %y, %n = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h
    : (tensor<2x1x33xf32>, tensor<2x1x33xf32>, tensor<33x16xf32>, tensor<2x1x16xf32>, tensor<2x1x16xf32>, tensor<33xf32>, tensor<2x33x16xf32>) -> (tensor<2x1x33xf32>, tensor<2x33x16xf32>)
  return %y, %n : tensor<2x1x33xf32>, tensor<2x33x16xf32>
}

func.func @step_chunk(%u: tensor<1x63x17xf32>, %dt: tensor<1x63x17xf32>, %A: tensor<17x16xf32>, %B: tensor<1x63x16xf32>, %C: tensor<1x63x16xf32>, %D: tensor<17xf32>, %h: tensor<1x17x16xf32>) -> (tensor<1x63x17xf32>, tensor<1x17x16xf32>) {
  %y, %n = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h
    : (tensor<1x63x17xf32>, tensor<1x63x17xf32>, tensor<17x16xf32>, tensor<1x63x16xf32>, tensor<1x63x16xf32>, tensor<17xf32>, tensor<1x17x16xf32>) -> (tensor<1x63x17xf32>, tensor<1x17x16xf32>)
  return %y, %n : tensor<1x63x17xf32>, tensor<1x17x16xf32>
}

func.func @step_d_state_4(%u: tensor<3x5x8xf32>, %dt: tensor<3x5x8xf32>, %A: tensor<8x4xf32>, %B: tensor<3x5x4xf32>, %C: tensor<3x5x4xf32>, %D: tensor<8xf32>, %h: tensor<3x8x4xf32>) -> (tensor<3x5x8xf32>, tensor<3x8x4xf32>) {
  %y, %n = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h
    : (tensor<3x5x8xf32>, tensor<3x5x8xf32>, tensor<8x4xf32>, tensor<3x5x4xf32>, tensor<3x5x4xf32>, tensor<8xf32>, tensor<3x8x4xf32>) -> (tensor<3x5x8xf32>, tensor<3x8x4xf32>)
  return %y, %n : tensor<3x5x8xf32>, tensor<3x8x4xf32>
}

func.func @step_d_state_64(%u: tensor<1x4x40xf32>, %dt: tensor<1x4x40xf32>, %A: tensor<40x64xf32>, %B: tensor<1x4x64xf32>, %C: tensor<1x4x64xf32>, %D: tensor<40xf32>, %h: tensor<1x40x64xf32>) -> (tensor<1x4x40xf32>, tensor<1x40x64xf32>) {
  %y, %n = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h
    : (tensor<1x4x40xf32>, tensor<1x4x40xf32>, tensor<40x64xf32>, tensor<1x4x64xf32>, tensor<1x4x64xf32>, tensor<40xf32>, tensor<1x40x64xf32>) -> (tensor<1x4x40xf32>, tensor<1x40x64xf32>)
  return %y, %n : tensor<1x4x40xf32>, tensor<1x40x64xf32>
}

// Gated, as in a Mamba layer.
func.func @gated(%u: tensor<1x63x35xf32>, %dt: tensor<1x63x35xf32>, %A: tensor<35x16xf32>, %B: tensor<1x63x16xf32>, %C: tensor<1x63x16xf32>, %D: tensor<35xf32>, %z: tensor<1x63x35xf32>) -> tensor<1x63x35xf32> {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64}
    : (tensor<1x63x35xf32>, tensor<1x63x35xf32>, tensor<35x16xf32>, tensor<1x63x16xf32>, tensor<1x63x16xf32>, tensor<35xf32>) -> (tensor<1x63x35xf32>, tensor<1x1x35x16xf32>)
  %g = samba.silu %z : (tensor<1x63x35xf32>) -> tensor<1x63x35xf32>
  %o = samba.mul %y, %g : (tensor<1x63x35xf32>, tensor<1x63x35xf32>) -> tensor<1x63x35xf32>
  return %o : tensor<1x63x35xf32>
}

// The step size made on the way in.
func.func @softplus_before(%u: tensor<2x63x19xf32>, %r: tensor<2x63x19xf32>, %b: tensor<19xf32>, %A: tensor<19x16xf32>, %B: tensor<2x63x16xf32>, %C: tensor<2x63x16xf32>, %D: tensor<19xf32>) -> tensor<2x63x19xf32> {
  %s = samba.add %r, %b : (tensor<2x63x19xf32>, tensor<19xf32>) -> tensor<2x63x19xf32>
  %dt = samba.softplus %s : (tensor<2x63x19xf32>) -> tensor<2x63x19xf32>
  %y, %states = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<2x63x19xf32>, tensor<2x63x19xf32>, tensor<19x16xf32>, tensor<2x63x16xf32>, tensor<2x63x16xf32>, tensor<19xf32>) -> (tensor<2x63x19xf32>, tensor<2x4x19x16xf32>)
  return %y : tensor<2x63x19xf32>
}

func.func @longest(%u: tensor<1x1000x5xf32>, %dt: tensor<1x1000x5xf32>, %A: tensor<5x16xf32>, %B: tensor<1x1000x16xf32>, %C: tensor<1x1000x16xf32>, %D: tensor<5xf32>) -> (tensor<1x1000x5xf32>, tensor<1x16x5x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 64}
    : (tensor<1x1000x5xf32>, tensor<1x1000x5xf32>, tensor<5x16xf32>, tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<5xf32>) -> (tensor<1x1000x5xf32>, tensor<1x16x5x16xf32>)
  return %y, %s : tensor<1x1000x5xf32>, tensor<1x16x5x16xf32>
}

func.func @grad_longest(%u: tensor<1x1000x5xf32>, %dt: tensor<1x1000x5xf32>, %A: tensor<5x16xf32>, %B: tensor<1x1000x16xf32>, %C: tensor<1x1000x16xf32>, %D: tensor<5xf32>, %s: tensor<1x16x5x16xf32>, %dy: tensor<1x1000x5xf32>)
    -> (tensor<1x1000x5xf32>, tensor<1x1000x5xf32>, tensor<1x5x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x5xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 64, channel_block = 128}
    : (tensor<1x1000x5xf32>, tensor<1x1000x5xf32>, tensor<5x16xf32>, tensor<1x1000x16xf32>, tensor<1x1000x16xf32>, tensor<5xf32>, tensor<1x16x5x16xf32>, tensor<1x1000x5xf32>)
      -> (tensor<1x1000x5xf32>, tensor<1x1000x5xf32>, tensor<1x5x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x5xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x1000x5xf32>, tensor<1x1000x5xf32>, tensor<1x5x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x1x1000x16xf32>, tensor<1x5xf32>
}

// A state size that no width divides.
func.func @d_state_5(%u: tensor<2x37x24xf32>, %dt: tensor<2x37x24xf32>, %A: tensor<24x5xf32>, %B: tensor<2x37x5xf32>, %C: tensor<2x37x5xf32>, %D: tensor<24xf32>) -> (tensor<2x37x24xf32>, tensor<2x3x24x5xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<2x37x24xf32>, tensor<2x37x24xf32>, tensor<24x5xf32>, tensor<2x37x5xf32>, tensor<2x37x5xf32>, tensor<24xf32>) -> (tensor<2x37x24xf32>, tensor<2x3x24x5xf32>)
  return %y, %s : tensor<2x37x24xf32>, tensor<2x3x24x5xf32>
}

func.func @d_state_33(%u: tensor<1x140x12xf32>, %dt: tensor<1x140x12xf32>, %A: tensor<12x33xf32>, %B: tensor<1x140x33xf32>, %C: tensor<1x140x33xf32>, %D: tensor<12xf32>) -> (tensor<1x140x12xf32>, tensor<1x9x12x33xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<1x140x12xf32>, tensor<1x140x12xf32>, tensor<12x33xf32>, tensor<1x140x33xf32>, tensor<1x140x33xf32>, tensor<12xf32>) -> (tensor<1x140x12xf32>, tensor<1x9x12x33xf32>)
  return %y, %s : tensor<1x140x12xf32>, tensor<1x9x12x33xf32>
}

func.func @grad_d_state_5(%u: tensor<2x37x24xf32>, %dt: tensor<2x37x24xf32>, %A: tensor<24x5xf32>, %B: tensor<2x37x5xf32>, %C: tensor<2x37x5xf32>, %D: tensor<24xf32>, %s: tensor<2x3x24x5xf32>, %dy: tensor<2x37x24xf32>)
    -> (tensor<2x37x24xf32>, tensor<2x37x24xf32>, tensor<2x24x5xf32>, tensor<1x2x37x5xf32>, tensor<1x2x37x5xf32>, tensor<2x24xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 24}
    : (tensor<2x37x24xf32>, tensor<2x37x24xf32>, tensor<24x5xf32>, tensor<2x37x5xf32>, tensor<2x37x5xf32>, tensor<24xf32>, tensor<2x3x24x5xf32>, tensor<2x37x24xf32>)
      -> (tensor<2x37x24xf32>, tensor<2x37x24xf32>, tensor<2x24x5xf32>, tensor<1x2x37x5xf32>, tensor<1x2x37x5xf32>, tensor<2x24xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<2x37x24xf32>, tensor<2x37x24xf32>, tensor<2x24x5xf32>, tensor<1x2x37x5xf32>, tensor<1x2x37x5xf32>, tensor<2x24xf32>
}

func.func @grad_d_state_33(%u: tensor<1x140x12xf32>, %dt: tensor<1x140x12xf32>, %A: tensor<12x33xf32>, %B: tensor<1x140x33xf32>, %C: tensor<1x140x33xf32>, %D: tensor<12xf32>, %s: tensor<1x9x12x33xf32>, %dy: tensor<1x140x12xf32>)
    -> (tensor<1x140x12xf32>, tensor<1x140x12xf32>, tensor<1x12x33xf32>, tensor<1x1x140x33xf32>, tensor<1x1x140x33xf32>, tensor<1x12xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 12}
    : (tensor<1x140x12xf32>, tensor<1x140x12xf32>, tensor<12x33xf32>, tensor<1x140x33xf32>, tensor<1x140x33xf32>, tensor<12xf32>, tensor<1x9x12x33xf32>, tensor<1x140x12xf32>)
      -> (tensor<1x140x12xf32>, tensor<1x140x12xf32>, tensor<1x12x33xf32>, tensor<1x1x140x33xf32>, tensor<1x1x140x33xf32>, tensor<1x12xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x140x12xf32>, tensor<1x140x12xf32>, tensor<1x12x33xf32>, tensor<1x1x140x33xf32>, tensor<1x1x140x33xf32>, tensor<1x12xf32>
}

func.func @step_d_state_5(%u: tensor<2x30x7xf32>, %dt: tensor<2x30x7xf32>, %A: tensor<7x5xf32>, %B: tensor<2x30x5xf32>, %C: tensor<2x30x5xf32>, %D: tensor<7xf32>, %h: tensor<2x7x5xf32>) -> (tensor<2x30x7xf32>, tensor<2x7x5xf32>) {
  %y, %n = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h
    : (tensor<2x30x7xf32>, tensor<2x30x7xf32>, tensor<7x5xf32>, tensor<2x30x5xf32>, tensor<2x30x5xf32>, tensor<7xf32>, tensor<2x7x5xf32>) -> (tensor<2x30x7xf32>, tensor<2x7x5xf32>)
  return %y, %n : tensor<2x30x7xf32>, tensor<2x7x5xf32>
}

// Time enough for several spans of it.
func.func @spans(%u: tensor<1x600x40xf32>, %dt: tensor<1x600x40xf32>, %A: tensor<40x16xf32>, %B: tensor<1x600x16xf32>, %C: tensor<1x600x16xf32>, %D: tensor<40xf32>) -> (tensor<1x600x40xf32>, tensor<1x38x40x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<1x600x40xf32>, tensor<1x600x40xf32>, tensor<40x16xf32>, tensor<1x600x16xf32>, tensor<1x600x16xf32>, tensor<40xf32>) -> (tensor<1x600x40xf32>, tensor<1x38x40x16xf32>)
  return %y, %s : tensor<1x600x40xf32>, tensor<1x38x40x16xf32>
}

func.func @grad_spans(%u: tensor<1x600x72xf32>, %dt: tensor<1x600x72xf32>, %A: tensor<72x16xf32>, %B: tensor<1x600x16xf32>, %C: tensor<1x600x16xf32>, %D: tensor<72xf32>, %s: tensor<1x38x72x16xf32>, %dy: tensor<1x600x72xf32>)
    -> (tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<1x72x16xf32>, tensor<1x1x600x16xf32>, tensor<1x1x600x16xf32>, tensor<1x72xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 72}
    : (tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<72x16xf32>, tensor<1x600x16xf32>, tensor<1x600x16xf32>, tensor<72xf32>, tensor<1x38x72x16xf32>, tensor<1x600x72xf32>)
      -> (tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<1x72x16xf32>, tensor<1x1x600x16xf32>, tensor<1x1x600x16xf32>, tensor<1x72xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x600x72xf32>, tensor<1x600x72xf32>, tensor<1x72x16xf32>, tensor<1x1x600x16xf32>, tensor<1x1x600x16xf32>, tensor<1x72xf32>
}

func.func @grad_spans_d_state_20(%u: tensor<1x530x24xf32>, %dt: tensor<1x530x24xf32>, %A: tensor<24x20xf32>, %B: tensor<1x530x20xf32>, %C: tensor<1x530x20xf32>, %D: tensor<24xf32>, %s: tensor<1x34x24x20xf32>, %dy: tensor<1x530x24xf32>)
    -> (tensor<1x530x24xf32>, tensor<1x530x24xf32>, tensor<1x24x20xf32>, tensor<1x1x530x20xf32>, tensor<1x1x530x20xf32>, tensor<1x24xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 24}
    : (tensor<1x530x24xf32>, tensor<1x530x24xf32>, tensor<24x20xf32>, tensor<1x530x20xf32>, tensor<1x530x20xf32>, tensor<24xf32>, tensor<1x34x24x20xf32>, tensor<1x530x24xf32>)
      -> (tensor<1x530x24xf32>, tensor<1x530x24xf32>, tensor<1x24x20xf32>, tensor<1x1x530x20xf32>, tensor<1x1x530x20xf32>, tensor<1x24xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x530x24xf32>, tensor<1x530x24xf32>, tensor<1x24x20xf32>, tensor<1x1x530x20xf32>, tensor<1x1x530x20xf32>, tensor<1x24xf32>
}

func.func @step_spans(%u: tensor<1x600x24xf32>, %dt: tensor<1x600x24xf32>, %A: tensor<24x16xf32>, %B: tensor<1x600x16xf32>, %C: tensor<1x600x16xf32>, %D: tensor<24xf32>, %h: tensor<1x24x16xf32>) -> (tensor<1x600x24xf32>, tensor<1x24x16xf32>) {
  %y, %n = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h
    : (tensor<1x600x24xf32>, tensor<1x600x24xf32>, tensor<24x16xf32>, tensor<1x600x16xf32>, tensor<1x600x16xf32>, tensor<24xf32>, tensor<1x24x16xf32>) -> (tensor<1x600x24xf32>, tensor<1x24x16xf32>)
  return %y, %n : tensor<1x600x24xf32>, tensor<1x24x16xf32>
}

// The step size's own cotangent made on the way out.
func.func @grad_softplus(%u: tensor<2x50x24xf32>, %dt: tensor<2x50x24xf32>, %A: tensor<24x16xf32>, %B: tensor<2x50x16xf32>, %C: tensor<2x50x16xf32>, %D: tensor<24xf32>, %s: tensor<2x4x24x16xf32>, %dy: tensor<2x50x24xf32>)
    -> (tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x24x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x24xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 24}
    : (tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<24x16xf32>, tensor<2x50x16xf32>, tensor<2x50x16xf32>, tensor<24xf32>, tensor<2x4x24x16xf32>, tensor<2x50x24xf32>)
      -> (tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x24x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x24xf32>)
  %dr = samba.softplus_grad %dt, %ddt : (tensor<2x50x24xf32>, tensor<2x50x24xf32>) -> tensor<2x50x24xf32>
  return %du, %dr, %dA, %dB, %dC, %dD : tensor<2x50x24xf32>, tensor<2x50x24xf32>, tensor<2x24x16xf32>, tensor<1x2x50x16xf32>, tensor<1x2x50x16xf32>, tensor<2x24xf32>
}
