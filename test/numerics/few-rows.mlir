// RUN: samba-run verify %s
// Products of few rows of x, where streaming the weights is what counts: rows and columns that fill no tile, depths
// that a cluster of blocks shares, and what follows in the same launch.

func.func @rows_9(%x: tensor<9x1x104xf32>, %w: tensor<72x104xf32>) -> tensor<9x1x72xf32> {
  %y = samba.linear %x, %w : (tensor<9x1x104xf32>, tensor<72x104xf32>) -> tensor<9x1x72xf32>
  return %y : tensor<9x1x72xf32>
}

func.func @rows_8_deep(%x: tensor<8x1x1544xf32>, %w: tensor<136x1544xf32>) -> tensor<8x1x136xf32> {
  %y = samba.linear %x, %w : (tensor<8x1x1544xf32>, tensor<136x1544xf32>) -> tensor<8x1x136xf32>
  return %y : tensor<8x1x136xf32>
}

// 13 stages of 128 channels: 6 blocks with three, the last of which are past the end.
func.func @rows_16_deep(%x: tensor<16x1x1544xf32>, %w: tensor<136x1544xf32>) -> tensor<16x1x136xf32> {
  %y = samba.linear %x, %w : (tensor<16x1x1544xf32>, tensor<136x1544xf32>) -> tensor<16x1x136xf32>
  return %y : tensor<16x1x136xf32>
}

// Eight blocks, several rounds of the ring.
func.func @rows_33_deeper(%x: tensor<1x33x9000xf32>, %w: tensor<70x9000xf32>, %r: tensor<1x33x70xf32>) -> tensor<1x33x70xf32> {
  %y = samba.linear %x, %w : (tensor<1x33x9000xf32>, tensor<70x9000xf32>) -> tensor<1x33x70xf32>
  %z = samba.add %r, %y : (tensor<1x33x70xf32>, tensor<1x33x70xf32>) -> tensor<1x33x70xf32>
  return %z : tensor<1x33x70xf32>
}

func.func @rows_64(%x: tensor<1x64x776xf32>, %w: tensor<200x776xf32>, %r: tensor<1x64x200xf32>) -> tensor<1x64x200xf32> {
  %y = samba.linear %x, %w : (tensor<1x64x776xf32>, tensor<200x776xf32>) -> tensor<1x64x200xf32>
  %z = samba.add %r, %y : (tensor<1x64x200xf32>, tensor<1x64x200xf32>) -> tensor<1x64x200xf32>
  return %z : tensor<1x64x200xf32>
}

// More blocks than run at a time.
func.func @many_columns(%x: tensor<16x1x328xf32>, %w: tensor<20008x328xf32>) -> tensor<16x1x20008xf32> {
  %y = samba.linear %x, %w : (tensor<16x1x328xf32>, tensor<20008x328xf32>) -> tensor<16x1x20008xf32>
  return %y : tensor<16x1x20008xf32>
}

func.func @gate(%x: tensor<17x1x520xf32>, %wg: tensor<104x520xf32>, %wu: tensor<104x520xf32>) -> tensor<17x1x104xf32> {
  %g = samba.linear %x, %wg : (tensor<17x1x520xf32>, tensor<104x520xf32>) -> tensor<17x1x104xf32>
  %u = samba.linear %x, %wu : (tensor<17x1x520xf32>, tensor<104x520xf32>) -> tensor<17x1x104xf32>
  %s = samba.silu %g : (tensor<17x1x104xf32>) -> tensor<17x1x104xf32>
  %h = samba.mul %s, %u : (tensor<17x1x104xf32>, tensor<17x1x104xf32>) -> tensor<17x1x104xf32>
  return %h : tensor<17x1x104xf32>
}

// Rows that end within a piece of 8 channels.
func.func @rows_3_ragged(%x: tensor<3x1x332xf32>, %v: tensor<1028x332xf32>, %w: tensor<72x1028xf32>) -> tensor<3x1x72xf32> {
  %h = samba.linear %x, %v : (tensor<3x1x332xf32>, tensor<1028x332xf32>) -> tensor<3x1x1028xf32>
  %y = samba.linear %h, %w : (tensor<3x1x1028xf32>, tensor<72x1028xf32>) -> tensor<3x1x72xf32>
  return %y : tensor<3x1x72xf32>
}
