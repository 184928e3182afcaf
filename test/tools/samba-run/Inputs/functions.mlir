// Two functions of core ops; the second takes two launches.
func.func @product(%x: tensor<1x8x64xf32>, %w: tensor<32x64xf32>) -> tensor<1x8x32xf32> {
  %y = samba.linear %x, %w : (tensor<1x8x64xf32>, tensor<32x64xf32>) -> tensor<1x8x32xf32>
  return %y : tensor<1x8x32xf32>
}
func.func @lookup(%t: tensor<1x8xi32>, %e: tensor<16x64xf32>, %w: tensor<64xf32>) -> tensor<1x8x64xf32> {
  %x = samba.embedding %t, %e : (tensor<1x8xi32>, tensor<16x64xf32>) -> tensor<1x8x64xf32>
  %y, %r = samba.rms_norm %x, %w {eps = 1.0e-5} : (tensor<1x8x64xf32>, tensor<64xf32>) -> (tensor<1x8x64xf32>, tensor<1x8xf32>)
  return %y : tensor<1x8x64xf32>
}
