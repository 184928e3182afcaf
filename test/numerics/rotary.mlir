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
