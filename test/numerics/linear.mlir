// RUN: samba-run verify %s
// Matrix products with odd sizes: one row, one channel, nothing divisible by a register.

func.func @rows_1(%x: tensor<1x1x33xf32>, %w: tensor<130x33xf32>) -> tensor<1x1x130xf32> {
  %y = samba.linear %x, %w : (tensor<1x1x33xf32>, tensor<130x33xf32>) -> tensor<1x1x130xf32>
  return %y : tensor<1x1x130xf32>
}

func.func @channels_1(%x: tensor<1x63x1xf32>, %w: tensor<1x1xf32>) -> tensor<1x63x1xf32> {
  %y = samba.linear %x, %w : (tensor<1x63x1xf32>, tensor<1x1xf32>) -> tensor<1x63x1xf32>
  return %y : tensor<1x63x1xf32>
}

func.func @k_7_n_33(%x: tensor<2x63x7xf32>, %w: tensor<33x7xf32>) -> tensor<2x63x33xf32> {
  %y = samba.linear %x, %w : (tensor<2x63x7xf32>, tensor<33x7xf32>) -> tensor<2x63x33xf32>
  return %y : tensor<2x63x33xf32>
}

func.func @k_130_n_7(%x: tensor<1x111x130xf32>, %w: tensor<7x130xf32>) -> tensor<1x111x7xf32> {
  %y = samba.linear %x, %w : (tensor<1x111x130xf32>, tensor<7x130xf32>) -> tensor<1x111x7xf32>
  return %y : tensor<1x111x7xf32>
}

func.func @k_1_n_130(%x: tensor<3x5x1xf32>, %w: tensor<130x1xf32>) -> tensor<3x5x130xf32> {
  %y = samba.linear %x, %w : (tensor<3x5x1xf32>, tensor<130x1xf32>) -> tensor<3x5x130xf32>
  return %y : tensor<3x5x130xf32>
}

func.func @k_520_n_264(%x: tensor<1x500x520xf32>, %w: tensor<264x520xf32>) -> tensor<1x500x264xf32> {
  %y = samba.linear %x, %w : (tensor<1x500x520xf32>, tensor<264x520xf32>) -> tensor<1x500x264xf32>
  return %y : tensor<1x500x264xf32>
}

func.func @dx_rows_1(%dy: tensor<1x1x130xf32>, %w: tensor<130x33xf32>) -> tensor<1x1x33xf32> {
  %dx = samba.linear_dx %dy, %w : (tensor<1x1x130xf32>, tensor<130x33xf32>) -> tensor<1x1x33xf32>
  return %dx : tensor<1x1x33xf32>
}

func.func @dx_channels_1(%dy: tensor<2x7x1xf32>, %w: tensor<1x1xf32>) -> tensor<2x7x1xf32> {
  %dx = samba.linear_dx %dy, %w : (tensor<2x7x1xf32>, tensor<1x1xf32>) -> tensor<2x7x1xf32>
  return %dx : tensor<2x7x1xf32>
}

func.func @dx_n_33_k_7(%dy: tensor<2x63x33xf32>, %w: tensor<33x7xf32>) -> tensor<2x63x7xf32> {
  %dx = samba.linear_dx %dy, %w : (tensor<2x63x33xf32>, tensor<33x7xf32>) -> tensor<2x63x7xf32>
  return %dx : tensor<2x63x7xf32>
}

func.func @dx_n_7_k_130(%dy: tensor<1x111x7xf32>, %w: tensor<7x130xf32>) -> tensor<1x111x130xf32> {
  %dx = samba.linear_dx %dy, %w : (tensor<1x111x7xf32>, tensor<7x130xf32>) -> tensor<1x111x130xf32>
  return %dx : tensor<1x111x130xf32>
}

func.func @dw_rows_1(%x: tensor<1x1x33xf32>, %dy: tensor<1x1x130xf32>) -> tensor<130x33xf32> {
  %dw = samba.linear_dw %x, %dy : (tensor<1x1x33xf32>, tensor<1x1x130xf32>) -> tensor<130x33xf32>
  return %dw : tensor<130x33xf32>
}

func.func @dw_channels_1(%x: tensor<2x63x1xf32>, %dy: tensor<2x63x1xf32>) -> tensor<1x1xf32> {
  %dw = samba.linear_dw %x, %dy : (tensor<2x63x1xf32>, tensor<2x63x1xf32>) -> tensor<1x1xf32>
  return %dw : tensor<1x1xf32>
}

func.func @dw_k_7_n_33(%x: tensor<2x63x7xf32>, %dy: tensor<2x63x33xf32>) -> tensor<33x7xf32> {
  %dw = samba.linear_dw %x, %dy : (tensor<2x63x7xf32>, tensor<2x63x33xf32>) -> tensor<33x7xf32>
  return %dw : tensor<33x7xf32>
}

func.func @dw_k_130_n_130(%x: tensor<1x500x130xf32>, %dy: tensor<1x500x130xf32>) -> tensor<130x130xf32> {
  %dw = samba.linear_dw %x, %dy : (tensor<1x500x130xf32>, tensor<1x500x130xf32>) -> tensor<130x130xf32>
  return %dw : tensor<130x130xf32>
}

// Fused: what stands around the products of a block.
func.func @residual(%x: tensor<2x63x33xf32>, %w: tensor<70x33xf32>, %r: tensor<2x63x70xf32>) -> tensor<2x63x70xf32> {
  %y = samba.linear %x, %w : (tensor<2x63x33xf32>, tensor<70x33xf32>) -> tensor<2x63x70xf32>
  %z = samba.add %r, %y : (tensor<2x63x70xf32>, tensor<2x63x70xf32>) -> tensor<2x63x70xf32>
  return %z : tensor<2x63x70xf32>
}

func.func @step_size(%x: tensor<1x111x9xf32>, %w: tensor<35x9xf32>, %b: tensor<35xf32>) -> tensor<1x111x35xf32> {
  %y = samba.linear %x, %w : (tensor<1x111x9xf32>, tensor<35x9xf32>) -> tensor<1x111x35xf32>
  %z = samba.add %y, %b : (tensor<1x111x35xf32>, tensor<35xf32>) -> tensor<1x111x35xf32>
  %dt = samba.softplus %z : (tensor<1x111x35xf32>) -> tensor<1x111x35xf32>
  return %dt : tensor<1x111x35xf32>
}

func.func @swiglu(%x: tensor<1x63x17xf32>, %wg: tensor<43x17xf32>, %wu: tensor<43x17xf32>, %wd: tensor<17x43xf32>) -> tensor<1x63x17xf32> {
  %g = samba.linear %x, %wg : (tensor<1x63x17xf32>, tensor<43x17xf32>) -> tensor<1x63x43xf32>
  %u = samba.linear %x, %wu : (tensor<1x63x17xf32>, tensor<43x17xf32>) -> tensor<1x63x43xf32>
  %s = samba.silu %g : (tensor<1x63x43xf32>) -> tensor<1x63x43xf32>
  %h = samba.mul %s, %u : (tensor<1x63x43xf32>, tensor<1x63x43xf32>) -> tensor<1x63x43xf32>
  %y = samba.linear %h, %wd : (tensor<1x63x43xf32>, tensor<17x43xf32>) -> tensor<1x63x17xf32>
  return %y : tensor<1x63x17xf32>
}

// Slices: one product's channels are read as two values, rows apart by all of them.
func.func @sliced(%x: tensor<1x63x12xf32>, %w: tensor<45x12xf32>, %wa: tensor<5x13xf32>, %wb: tensor<5x32xf32>) -> (tensor<1x63x5xf32>, tensor<1x63x5xf32>) {
  %y = samba.linear %x, %w : (tensor<1x63x12xf32>, tensor<45x12xf32>) -> tensor<1x63x45xf32>
  %a, %b = samba.split %y : (tensor<1x63x45xf32>) -> (tensor<1x63x13xf32>, tensor<1x63x32xf32>)
  %p = samba.linear %a, %wa : (tensor<1x63x13xf32>, tensor<5x13xf32>) -> tensor<1x63x5xf32>
  %q = samba.linear %b, %wb : (tensor<1x63x32xf32>, tensor<5x32xf32>) -> tensor<1x63x5xf32>
  return %p, %q : tensor<1x63x5xf32>, tensor<1x63x5xf32>
}

func.func @joined(%da: tensor<1x63x13xf32>, %db: tensor<1x63x32xf32>, %c: tensor<1x63x13xf32>, %w: tensor<45x12xf32>) -> tensor<1x63x12xf32> {
  %a = samba.mul %da, %c : (tensor<1x63x13xf32>, tensor<1x63x13xf32>) -> tensor<1x63x13xf32>
  %b = samba.neg %db : (tensor<1x63x32xf32>) -> tensor<1x63x32xf32>
  %dy = samba.concat %a, %b : (tensor<1x63x13xf32>, tensor<1x63x32xf32>) -> tensor<1x63x45xf32>
  %dx = samba.linear_dx %dy, %w : (tensor<1x63x45xf32>, tensor<45x12xf32>) -> tensor<1x63x12xf32>
  return %dx : tensor<1x63x12xf32>
}

// Larger than any tile, along each of the three sizes.
func.func @long_k(%x: tensor<1x37x1100xf32>, %w: tensor<43x1100xf32>) -> tensor<1x37x43xf32> {
  %y = samba.linear %x, %w : (tensor<1x37x1100xf32>, tensor<43x1100xf32>) -> tensor<1x37x43xf32>
  return %y : tensor<1x37x43xf32>
}

func.func @dx_large(%dy: tensor<1x500x520xf32>, %w: tensor<520x265xf32>) -> tensor<1x500x265xf32> {
  %dx = samba.linear_dx %dy, %w : (tensor<1x500x520xf32>, tensor<520x265xf32>) -> tensor<1x500x265xf32>
  return %dx : tensor<1x500x265xf32>
}

func.func @dw_long(%x: tensor<2x1000x35xf32>, %dy: tensor<2x1000x67xf32>) -> tensor<67x35xf32> {
  %dw = samba.linear_dw %x, %dy : (tensor<2x1000x35xf32>, tensor<2x1000x67xf32>) -> tensor<67x35xf32>
  return %dw : tensor<67x35xf32>
}

// The backward pass of SwiGLU: what is computed again stands in the product's kernel and hangs on inputs alone.
func.func @swiglu_backward(%dy: tensor<2x63x17xf32>, %wd: tensor<17x43xf32>, %g: tensor<2x63x43xf32>, %u: tensor<2x63x43xf32>) -> (tensor<17x43xf32>, tensor<2x63x43xf32>, tensor<2x63x43xf32>) {
  %dh = samba.linear_dx %dy, %wd : (tensor<2x63x17xf32>, tensor<17x43xf32>) -> tensor<2x63x43xf32>
  %s = samba.silu %g : (tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  %h = samba.mul %s, %u : (tensor<2x63x43xf32>, tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  %dw = samba.linear_dw %h, %dy : (tensor<2x63x43xf32>, tensor<2x63x17xf32>) -> tensor<17x43xf32>
  %ds = samba.mul %dh, %u : (tensor<2x63x43xf32>, tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  %du = samba.mul %dh, %s : (tensor<2x63x43xf32>, tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  %dg = samba.silu_grad %g, %ds : (tensor<2x63x43xf32>, tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  return %dw, %du, %dg : tensor<17x43xf32>, tensor<2x63x43xf32>, tensor<2x63x43xf32>
}
