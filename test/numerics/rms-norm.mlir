// RUN: samba-run verify %s
// The norm over 1, 7, 130 and 1536 channels.

func.func @channels_1(%x: tensor<1x63x1xf32>, %w: tensor<1xf32>) -> tensor<1x63x1xf32> {
  %y, %r = samba.rms_norm %x, %w {eps = 1.0e-5} : (tensor<1x63x1xf32>, tensor<1xf32>) -> (tensor<1x63x1xf32>, tensor<1x63xf32>)
  return %y : tensor<1x63x1xf32>
}

func.func @channels_7(%x: tensor<2x111x7xf32>, %w: tensor<7xf32>) -> (tensor<2x111x7xf32>, tensor<2x111xf32>) {
  %y, %r = samba.rms_norm %x, %w {eps = 1.0e-5} : (tensor<2x111x7xf32>, tensor<7xf32>) -> (tensor<2x111x7xf32>, tensor<2x111xf32>)
  return %y, %r : tensor<2x111x7xf32>, tensor<2x111xf32>
}

func.func @rows_1(%x: tensor<1x1x1536xf32>, %w: tensor<1536xf32>) -> tensor<1x1x1536xf32> {
  %y, %r = samba.rms_norm %x, %w {eps = 1.0e-5} : (tensor<1x1x1536xf32>, tensor<1536xf32>) -> (tensor<1x1x1536xf32>, tensor<1x1xf32>)
  return %y : tensor<1x1x1536xf32>
}

func.func @large_eps(%x: tensor<1x500x130xf32>, %w: tensor<130xf32>) -> tensor<1x500x130xf32> {
  %y, %r = samba.rms_norm %x, %w {eps = 0.5} : (tensor<1x500x130xf32>, tensor<130xf32>) -> (tensor<1x500x130xf32>, tensor<1x500xf32>)
  return %y : tensor<1x500x130xf32>
}

func.func @dx_channels_1(%x: tensor<1x63x1xf32>, %w: tensor<1xf32>, %r: tensor<1x63xf32>, %dy: tensor<1x63x1xf32>) -> tensor<1x63x1xf32> {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<1x63x1xf32>, tensor<1xf32>, tensor<1x63xf32>, tensor<1x63x1xf32>) -> tensor<1x63x1xf32>
  return %dx : tensor<1x63x1xf32>
}

func.func @dx_channels_130(%x: tensor<2x111x130xf32>, %w: tensor<130xf32>, %r: tensor<2x111xf32>, %dy: tensor<2x111x130xf32>) -> tensor<2x111x130xf32> {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x111x130xf32>, tensor<130xf32>, tensor<2x111xf32>, tensor<2x111x130xf32>) -> tensor<2x111x130xf32>
  return %dx : tensor<2x111x130xf32>
}

func.func @dx_residual(%x: tensor<1x63x33xf32>, %w: tensor<33xf32>, %r: tensor<1x63xf32>, %dy: tensor<1x63x33xf32>, %d: tensor<1x63x33xf32>) -> tensor<1x63x33xf32> {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<1x63x33xf32>, tensor<33xf32>, tensor<1x63xf32>, tensor<1x63x33xf32>) -> tensor<1x63x33xf32>
  %sum = samba.add %d, %dx : (tensor<1x63x33xf32>, tensor<1x63x33xf32>) -> tensor<1x63x33xf32>
  return %sum : tensor<1x63x33xf32>
}

func.func @dw_channels_7(%x: tensor<1x500x7xf32>, %r: tensor<1x500xf32>, %dy: tensor<1x500x7xf32>) -> tensor<7xf32> {
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<1x500x7xf32>, tensor<1x500xf32>, tensor<1x500x7xf32>) -> tensor<7xf32>
  return %dw : tensor<7xf32>
}

func.func @dw_rows_1(%x: tensor<1x1x130xf32>, %r: tensor<1x1xf32>, %dy: tensor<1x1x130xf32>) -> tensor<130xf32> {
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<1x1x130xf32>, tensor<1x1xf32>, tensor<1x1x130xf32>) -> tensor<130xf32>
  return %dw : tensor<130xf32>
}

// What the GPU computes together.
func.func @both_channels_130(%x: tensor<2x111x130xf32>, %w: tensor<130xf32>, %r: tensor<2x111xf32>, %dy: tensor<2x111x130xf32>) -> (tensor<2x111x130xf32>, tensor<130xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<2x111x130xf32>, tensor<130xf32>, tensor<2x111xf32>, tensor<2x111x130xf32>) -> tensor<2x111x130xf32>
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<2x111x130xf32>, tensor<2x111xf32>, tensor<2x111x130xf32>) -> tensor<130xf32>
  return %dx, %dw : tensor<2x111x130xf32>, tensor<130xf32>
}

func.func @both_channels_33(%x: tensor<1x63x33xf32>, %w: tensor<33xf32>, %r: tensor<1x63xf32>, %dy: tensor<1x63x33xf32>, %d: tensor<1x63x33xf32>) -> (tensor<1x63x33xf32>, tensor<33xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<1x63x33xf32>, tensor<33xf32>, tensor<1x63xf32>, tensor<1x63x33xf32>) -> tensor<1x63x33xf32>
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<1x63x33xf32>, tensor<1x63xf32>, tensor<1x63x33xf32>) -> tensor<33xf32>
  %sum = samba.add %d, %dx : (tensor<1x63x33xf32>, tensor<1x63x33xf32>) -> tensor<1x63x33xf32>
  return %sum, %dw : tensor<1x63x33xf32>, tensor<33xf32>
}

func.func @both_channels_1536(%x: tensor<1x1000x1536xf32>, %w: tensor<1536xf32>, %r: tensor<1x1000xf32>, %dy: tensor<1x1000x1536xf32>, %d: tensor<1x1000x1536xf32>) -> (tensor<1x1000x1536xf32>, tensor<1536xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<1x1000x1536xf32>, tensor<1536xf32>, tensor<1x1000xf32>, tensor<1x1000x1536xf32>) -> tensor<1x1000x1536xf32>
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<1x1000x1536xf32>, tensor<1x1000xf32>, tensor<1x1000x1536xf32>) -> tensor<1536xf32>
  %sum = samba.add %d, %dx : (tensor<1x1000x1536xf32>, tensor<1x1000x1536xf32>) -> tensor<1x1000x1536xf32>
  return %sum, %dw : tensor<1x1000x1536xf32>, tensor<1536xf32>
}

func.func @both_channels_2056(%x: tensor<3x7x2056xf32>, %w: tensor<2056xf32>, %r: tensor<3x7xf32>, %dy: tensor<3x7x2056xf32>) -> (tensor<3x7x2056xf32>, tensor<2056xf32>) {
  %dx = samba.rms_norm_dx %x, %w, %r, %dy : (tensor<3x7x2056xf32>, tensor<2056xf32>, tensor<3x7xf32>, tensor<3x7x2056xf32>) -> tensor<3x7x2056xf32>
  %dw = samba.rms_norm_dw %x, %r, %dy : (tensor<3x7x2056xf32>, tensor<3x7xf32>, tensor<3x7x2056xf32>) -> tensor<2056xf32>
  return %dx, %dw : tensor<3x7x2056xf32>, tensor<2056xf32>
}
