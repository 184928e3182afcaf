// RUN: samba-run verify %s
// Widths 2 to 5, sequences shorter than the filter, with and without a state.

func.func @one_token(%x: tensor<1x1x7xf32>, %w: tensor<7x4xf32>) -> tensor<1x1x7xf32> {
  %y = samba.causal_conv %x, %w : (tensor<1x1x7xf32>, tensor<7x4xf32>) -> tensor<1x1x7xf32>
  return %y : tensor<1x1x7xf32>
}

func.func @width_2(%x: tensor<2x63x33xf32>, %w: tensor<33x2xf32>) -> tensor<2x63x33xf32> {
  %y = samba.causal_conv %x, %w : (tensor<2x63x33xf32>, tensor<33x2xf32>) -> tensor<2x63x33xf32>
  return %y : tensor<2x63x33xf32>
}

func.func @width_3(%x: tensor<1x500x17xf32>, %w: tensor<17x3xf32>) -> tensor<1x500x17xf32> {
  %y = samba.causal_conv %x, %w : (tensor<1x500x17xf32>, tensor<17x3xf32>) -> tensor<1x500x17xf32>
  return %y : tensor<1x500x17xf32>
}

func.func @width_5(%x: tensor<2x3x19xf32>, %w: tensor<19x5xf32>) -> tensor<2x3x19xf32> {
  %y = samba.causal_conv %x, %w : (tensor<2x3x19xf32>, tensor<19x5xf32>) -> tensor<2x3x19xf32>
  return %y : tensor<2x3x19xf32>
}

// With the bias and the activation of a Mamba layer.
func.func @activated(%x: tensor<1x111x35xf32>, %w: tensor<35x4xf32>, %b: tensor<35xf32>) -> tensor<1x111x35xf32> {
  %y = samba.causal_conv %x, %w : (tensor<1x111x35xf32>, tensor<35x4xf32>) -> tensor<1x111x35xf32>
  %z = samba.add %y, %b : (tensor<1x111x35xf32>, tensor<35xf32>) -> tensor<1x111x35xf32>
  %u = samba.silu %z : (tensor<1x111x35xf32>) -> tensor<1x111x35xf32>
  return %u : tensor<1x111x35xf32>
}

func.func @dx_width_2(%dy: tensor<2x63x33xf32>, %w: tensor<33x2xf32>) -> tensor<2x63x33xf32> {
  %dx = samba.causal_conv_dx %dy, %w : (tensor<2x63x33xf32>, tensor<33x2xf32>) -> tensor<2x63x33xf32>
  return %dx : tensor<2x63x33xf32>
}

func.func @dx_width_4(%dy: tensor<1x111x7xf32>, %w: tensor<7x4xf32>) -> tensor<1x111x7xf32> {
  %dx = samba.causal_conv_dx %dy, %w : (tensor<1x111x7xf32>, tensor<7x4xf32>) -> tensor<1x111x7xf32>
  return %dx : tensor<1x111x7xf32>
}

func.func @dx_short(%dy: tensor<2x2x19xf32>, %w: tensor<19x4xf32>) -> tensor<2x2x19xf32> {
  %dx = samba.causal_conv_dx %dy, %w : (tensor<2x2x19xf32>, tensor<19x4xf32>) -> tensor<2x2x19xf32>
  return %dx : tensor<2x2x19xf32>
}

func.func @dw_width_3(%x: tensor<1x500x17xf32>, %dy: tensor<1x500x17xf32>) -> tensor<17x3xf32> {
  %dw = samba.causal_conv_dw %x, %dy {d_conv = 3} : (tensor<1x500x17xf32>, tensor<1x500x17xf32>) -> tensor<17x3xf32>
  return %dw : tensor<17x3xf32>
}

func.func @dw_width_4(%x: tensor<2x63x33xf32>, %dy: tensor<2x63x33xf32>) -> tensor<33x4xf32> {
  %dw = samba.causal_conv_dw %x, %dy {d_conv = 4} : (tensor<2x63x33xf32>, tensor<2x63x33xf32>) -> tensor<33x4xf32>
  return %dw : tensor<33x4xf32>
}

func.func @dw_short(%x: tensor<1x1x19xf32>, %dy: tensor<1x1x19xf32>) -> tensor<19x4xf32> {
  %dw = samba.causal_conv_dw %x, %dy {d_conv = 4} : (tensor<1x1x19xf32>, tensor<1x1x19xf32>) -> tensor<19x4xf32>
  return %dw : tensor<19x4xf32>
}

func.func @step_one_token(%x: tensor<2x1x33xf32>, %w: tensor<33x4xf32>, %s: tensor<2x3x33xf32>) -> (tensor<2x1x33xf32>, tensor<2x3x33xf32>) {
  %y = samba.causal_conv %x, %w, %s : (tensor<2x1x33xf32>, tensor<33x4xf32>, tensor<2x3x33xf32>) -> tensor<2x1x33xf32>
  %n = samba.conv_state %x, %s : (tensor<2x1x33xf32>, tensor<2x3x33xf32>) -> tensor<2x3x33xf32>
  return %y, %n : tensor<2x1x33xf32>, tensor<2x3x33xf32>
}

func.func @step_two_tokens(%x: tensor<1x2x7xf32>, %w: tensor<7x5xf32>, %s: tensor<1x4x7xf32>) -> (tensor<1x2x7xf32>, tensor<1x4x7xf32>) {
  %y = samba.causal_conv %x, %w, %s : (tensor<1x2x7xf32>, tensor<7x5xf32>, tensor<1x4x7xf32>) -> tensor<1x2x7xf32>
  %n = samba.conv_state %x, %s : (tensor<1x2x7xf32>, tensor<1x4x7xf32>) -> tensor<1x4x7xf32>
  return %y, %n : tensor<1x2x7xf32>, tensor<1x4x7xf32>
}

func.func @step_chunk(%x: tensor<2x63x17xf32>, %w: tensor<17x2xf32>, %s: tensor<2x1x17xf32>) -> (tensor<2x63x17xf32>, tensor<2x1x17xf32>) {
  %y = samba.causal_conv %x, %w, %s : (tensor<2x63x17xf32>, tensor<17x2xf32>, tensor<2x1x17xf32>) -> tensor<2x63x17xf32>
  %n = samba.conv_state %x, %s : (tensor<2x63x17xf32>, tensor<2x1x17xf32>) -> tensor<2x1x17xf32>
  return %y, %n : tensor<2x63x17xf32>, tensor<2x1x17xf32>
}

// The gradients of bias and activation with those of the filter: one kernel on a GPU.
func.func @grad_width_4(%x: tensor<2x63x33xf32>, %w: tensor<33x4xf32>, %b: tensor<33xf32>, %dy: tensor<2x63x33xf32>) -> (tensor<2x63x33xf32>, tensor<33x4xf32>, tensor<33xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<2x63x33xf32>, tensor<33x4xf32>) -> tensor<2x63x33xf32>
  %p = samba.add %c, %b : (tensor<2x63x33xf32>, tensor<33xf32>) -> tensor<2x63x33xf32>
  %g = samba.silu_grad %p, %dy : (tensor<2x63x33xf32>, tensor<2x63x33xf32>) -> tensor<2x63x33xf32>
  %db = samba.sum_rows %g : (tensor<2x63x33xf32>) -> tensor<33xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<2x63x33xf32>, tensor<33x4xf32>) -> tensor<2x63x33xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 4} : (tensor<2x63x33xf32>, tensor<2x63x33xf32>) -> tensor<33x4xf32>
  return %dx, %dw, %db : tensor<2x63x33xf32>, tensor<33x4xf32>, tensor<33xf32>
}

func.func @grad_width_2(%x: tensor<1x500x24xf32>, %w: tensor<24x2xf32>, %b: tensor<24xf32>, %dy: tensor<1x500x24xf32>) -> (tensor<1x500x24xf32>, tensor<24x2xf32>, tensor<24xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<1x500x24xf32>, tensor<24x2xf32>) -> tensor<1x500x24xf32>
  %p = samba.add %c, %b : (tensor<1x500x24xf32>, tensor<24xf32>) -> tensor<1x500x24xf32>
  %g = samba.silu_grad %p, %dy : (tensor<1x500x24xf32>, tensor<1x500x24xf32>) -> tensor<1x500x24xf32>
  %db = samba.sum_rows %g : (tensor<1x500x24xf32>) -> tensor<24xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<1x500x24xf32>, tensor<24x2xf32>) -> tensor<1x500x24xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 2} : (tensor<1x500x24xf32>, tensor<1x500x24xf32>) -> tensor<24x2xf32>
  return %dx, %dw, %db : tensor<1x500x24xf32>, tensor<24x2xf32>, tensor<24xf32>
}

func.func @grad_width_3(%x: tensor<3x70x17xf32>, %w: tensor<17x3xf32>, %b: tensor<17xf32>, %dy: tensor<3x70x17xf32>) -> (tensor<3x70x17xf32>, tensor<17x3xf32>, tensor<17xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<3x70x17xf32>, tensor<17x3xf32>) -> tensor<3x70x17xf32>
  %p = samba.add %c, %b : (tensor<3x70x17xf32>, tensor<17xf32>) -> tensor<3x70x17xf32>
  %g = samba.silu_grad %p, %dy : (tensor<3x70x17xf32>, tensor<3x70x17xf32>) -> tensor<3x70x17xf32>
  %db = samba.sum_rows %g : (tensor<3x70x17xf32>) -> tensor<17xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<3x70x17xf32>, tensor<17x3xf32>) -> tensor<3x70x17xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 3} : (tensor<3x70x17xf32>, tensor<3x70x17xf32>) -> tensor<17x3xf32>
  return %dx, %dw, %db : tensor<3x70x17xf32>, tensor<17x3xf32>, tensor<17xf32>
}

func.func @grad_width_5(%x: tensor<2x131x40xf32>, %w: tensor<40x5xf32>, %b: tensor<40xf32>, %dy: tensor<2x131x40xf32>) -> (tensor<2x131x40xf32>, tensor<40x5xf32>, tensor<40xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<2x131x40xf32>, tensor<40x5xf32>) -> tensor<2x131x40xf32>
  %p = samba.add %c, %b : (tensor<2x131x40xf32>, tensor<40xf32>) -> tensor<2x131x40xf32>
  %g = samba.silu_grad %p, %dy : (tensor<2x131x40xf32>, tensor<2x131x40xf32>) -> tensor<2x131x40xf32>
  %db = samba.sum_rows %g : (tensor<2x131x40xf32>) -> tensor<40xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<2x131x40xf32>, tensor<40x5xf32>) -> tensor<2x131x40xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 5} : (tensor<2x131x40xf32>, tensor<2x131x40xf32>) -> tensor<40x5xf32>
  return %dx, %dw, %db : tensor<2x131x40xf32>, tensor<40x5xf32>, tensor<40xf32>
}

func.func @grad_short(%x: tensor<2x2x19xf32>, %w: tensor<19x4xf32>, %b: tensor<19xf32>, %dy: tensor<2x2x19xf32>) -> (tensor<2x2x19xf32>, tensor<19x4xf32>, tensor<19xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<2x2x19xf32>, tensor<19x4xf32>) -> tensor<2x2x19xf32>
  %p = samba.add %c, %b : (tensor<2x2x19xf32>, tensor<19xf32>) -> tensor<2x2x19xf32>
  %g = samba.silu_grad %p, %dy : (tensor<2x2x19xf32>, tensor<2x2x19xf32>) -> tensor<2x2x19xf32>
  %db = samba.sum_rows %g : (tensor<2x2x19xf32>) -> tensor<19xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<2x2x19xf32>, tensor<19x4xf32>) -> tensor<2x2x19xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 4} : (tensor<2x2x19xf32>, tensor<2x2x19xf32>) -> tensor<19x4xf32>
  return %dx, %dw, %db : tensor<2x2x19xf32>, tensor<19x4xf32>, tensor<19xf32>
}

func.func @grad_one_token(%x: tensor<1x1x8xf32>, %w: tensor<8x4xf32>, %b: tensor<8xf32>, %dy: tensor<1x1x8xf32>) -> (tensor<1x1x8xf32>, tensor<8x4xf32>, tensor<8xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<1x1x8xf32>, tensor<8x4xf32>) -> tensor<1x1x8xf32>
  %p = samba.add %c, %b : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
  %g = samba.silu_grad %p, %dy : (tensor<1x1x8xf32>, tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %db = samba.sum_rows %g : (tensor<1x1x8xf32>) -> tensor<8xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<1x1x8xf32>, tensor<8x4xf32>) -> tensor<1x1x8xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 4} : (tensor<1x1x8xf32>, tensor<1x1x8xf32>) -> tensor<8x4xf32>
  return %dx, %dw, %db : tensor<1x1x8xf32>, tensor<8x4xf32>, tensor<8xf32>
}

func.func @grad_no_bias(%x: tensor<1x96x64xf32>, %w: tensor<64x4xf32>, %b: tensor<64xf32>, %dy: tensor<1x96x64xf32>) -> (tensor<1x96x64xf32>, tensor<64x4xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<1x96x64xf32>, tensor<64x4xf32>) -> tensor<1x96x64xf32>
  %p = samba.add %c, %b : (tensor<1x96x64xf32>, tensor<64xf32>) -> tensor<1x96x64xf32>
  %g = samba.silu_grad %p, %dy : (tensor<1x96x64xf32>, tensor<1x96x64xf32>) -> tensor<1x96x64xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<1x96x64xf32>, tensor<64x4xf32>) -> tensor<1x96x64xf32>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 4} : (tensor<1x96x64xf32>, tensor<1x96x64xf32>) -> tensor<64x4xf32>
  return %dx, %dw : tensor<1x96x64xf32>, tensor<64x4xf32>
}
