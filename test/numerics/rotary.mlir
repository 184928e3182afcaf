// RUN: samba-run verify %s
// Head dims 8, 64, 128; from the start and from positions past 131,072; turning there and back.

func.func @head_dim_8(%x: tensor<2x63x24xf32>) -> tensor<2x63x24xf32> {
  %y = samba.rotary %x {head_dim = 8, theta = 1.0e4} : (tensor<2x63x24xf32>) -> tensor<2x63x24xf32>
  return %y : tensor<2x63x24xf32>
}

func.func @head_dim_64(%x: tensor<1x500x128xf32>) -> tensor<1x500x128xf32> {
  %y = samba.rotary %x {head_dim = 64, theta = 1.0e4} : (tensor<1x500x128xf32>) -> tensor<1x500x128xf32>
  return %y : tensor<1x500x128xf32>
}

func.func @head_dim_128(%x: tensor<1x111x128xf32>) -> tensor<1x111x128xf32> {
  %y = samba.rotary %x {head_dim = 128, theta = 5.0e5} : (tensor<1x111x128xf32>) -> tensor<1x111x128xf32>
  return %y : tensor<1x111x128xf32>
}

func.func @inverse(%x: tensor<1x63x32xf32>) -> tensor<1x63x32xf32> {
  %y = samba.rotary %x {head_dim = 16, theta = 1.0e4, inverse} : (tensor<1x63x32xf32>) -> tensor<1x63x32xf32>
  return %y : tensor<1x63x32xf32>
}

func.func @far(%x: tensor<3x17x64xf32>, %p: tensor<3xi64>) -> tensor<3x17x64xf32> {
  %y = samba.rotary %x, %p {head_dim = 32, theta = 1.0e4} : (tensor<3x17x64xf32>, tensor<3xi64>) -> tensor<3x17x64xf32>
  return %y : tensor<3x17x64xf32>
}

func.func @one_token(%x: tensor<1x1x24xf32>, %p: tensor<1xi64>) -> tensor<1x1x24xf32> {
  %y = samba.rotary %x, %p {head_dim = 24, theta = 1.0e4} : (tensor<1x1x24xf32>, tensor<1xi64>) -> tensor<1x1x24xf32>
  return %y : tensor<1x1x24xf32>
}

// Of a product, which a GPU computes in the same launch: heads of every size it knows, tiles that the columns do not
// fill, rows that no tile fills.
func.func @product_heads_64(%x: tensor<2x63x104xf32>, %w: tensor<320x104xf32>) -> tensor<2x63x320xf32> {
  %y = samba.linear %x, %w : (tensor<2x63x104xf32>, tensor<320x104xf32>) -> tensor<2x63x320xf32>
  %z = samba.rotary %y {head_dim = 64, theta = 1.0e4} : (tensor<2x63x320xf32>) -> tensor<2x63x320xf32>
  return %z : tensor<2x63x320xf32>
}

func.func @product_head_64(%x: tensor<1x300x72xf32>, %w: tensor<64x72xf32>) -> tensor<1x300x64xf32> {
  %y = samba.linear %x, %w : (tensor<1x300x72xf32>, tensor<64x72xf32>) -> tensor<1x300x64xf32>
  %z = samba.rotary %y {head_dim = 64, theta = 1.0e4} : (tensor<1x300x64xf32>) -> tensor<1x300x64xf32>
  return %z : tensor<1x300x64xf32>
}

func.func @product_heads_128(%x: tensor<2x111x136xf32>, %w: tensor<384x136xf32>, %p: tensor<2xi64>) -> tensor<2x111x384xf32> {
  %y = samba.linear %x, %w : (tensor<2x111x136xf32>, tensor<384x136xf32>) -> tensor<2x111x384xf32>
  %z = samba.rotary %y, %p {head_dim = 128, theta = 5.0e5} : (tensor<2x111x384xf32>, tensor<2xi64>) -> tensor<2x111x384xf32>
  return %z : tensor<2x111x384xf32>
}

func.func @product_heads_256(%x: tensor<1x200x72xf32>, %w: tensor<512x72xf32>) -> tensor<1x200x512xf32> {
  %y = samba.linear %x, %w : (tensor<1x200x72xf32>, tensor<512x72xf32>) -> tensor<1x200x512xf32>
  %z = samba.rotary %y {head_dim = 256, inverse, theta = 1.0e4} : (tensor<1x200x512xf32>) -> tensor<1x200x512xf32>
  return %z : tensor<1x200x512xf32>
}

func.func @product_few_rows(%x: tensor<1x37x264xf32>, %w: tensor<256x264xf32>) -> tensor<1x37x256xf32> {
  %y = samba.linear %x, %w : (tensor<1x37x264xf32>, tensor<256x264xf32>) -> tensor<1x37x256xf32>
  %z = samba.rotary %y {head_dim = 128, theta = 1.0e4} : (tensor<1x37x256xf32>) -> tensor<1x37x256xf32>
  return %z : tensor<1x37x256xf32>
}
