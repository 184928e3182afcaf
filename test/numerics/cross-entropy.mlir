// RUN: samba-run verify %s
// Vocabularies of 33, 256 and 1000; about one target in eight is ignored. The chunks are the GPU's.

func.func @one_token(%x: tensor<1x1x7xf32>, %w: tensor<33x7xf32>, %t: tensor<1x1xi32>) -> (tensor<f32>, tensor<1x1xf32>) {
  %nll, %lse = samba.linear_cross_entropy %x, %w, %t : (tensor<1x1x7xf32>, tensor<33x7xf32>, tensor<1x1xi32>) -> (tensor<1x1xf32>, tensor<1x1xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<f32>
  return %loss, %lse : tensor<f32>, tensor<1x1xf32>
}

func.func @one_token_grad(%x: tensor<1x1x7xf32>, %w: tensor<33x7xf32>, %t: tensor<1x1xi32>, %lse: tensor<1x1xf32>, %dnll: tensor<1x1xf32>) -> (tensor<1x1x7xf32>, tensor<33x7xf32>) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll : (tensor<1x1x7xf32>, tensor<33x7xf32>, tensor<1x1xi32>, tensor<1x1xf32>, tensor<1x1xf32>) -> (tensor<1x1x7xf32>, tensor<33x7xf32>)
  return %dx, %dw : tensor<1x1x7xf32>, tensor<33x7xf32>
}

func.func @vocab_33(%x: tensor<2x63x17xf32>, %w: tensor<33x17xf32>, %t: tensor<2x63xi32>) -> (tensor<f32>, tensor<2x63xf32>) {
  %nll, %lse = samba.linear_cross_entropy %x, %w, %t : (tensor<2x63x17xf32>, tensor<33x17xf32>, tensor<2x63xi32>) -> (tensor<2x63xf32>, tensor<2x63xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<2x63xf32>, tensor<2x63xi32>) -> tensor<f32>
  return %loss, %lse : tensor<f32>, tensor<2x63xf32>
}

func.func @vocab_33_grad(%x: tensor<2x63x17xf32>, %w: tensor<33x17xf32>, %t: tensor<2x63xi32>, %lse: tensor<2x63xf32>, %dnll: tensor<2x63xf32>) -> (tensor<2x63x17xf32>, tensor<33x17xf32>) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll : (tensor<2x63x17xf32>, tensor<33x17xf32>, tensor<2x63xi32>, tensor<2x63xf32>, tensor<2x63xf32>) -> (tensor<2x63x17xf32>, tensor<33x17xf32>)
  return %dx, %dw : tensor<2x63x17xf32>, tensor<33x17xf32>
}

func.func @vocab_256(%x: tensor<1x111x48xf32>, %w: tensor<256x48xf32>, %t: tensor<1x111xi32>) -> (tensor<f32>, tensor<1x111xf32>) {
  %nll, %lse = samba.linear_cross_entropy %x, %w, %t : (tensor<1x111x48xf32>, tensor<256x48xf32>, tensor<1x111xi32>) -> (tensor<1x111xf32>, tensor<1x111xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<1x111xf32>, tensor<1x111xi32>) -> tensor<f32>
  return %loss, %lse : tensor<f32>, tensor<1x111xf32>
}

func.func @vocab_256_grad(%x: tensor<1x111x48xf32>, %w: tensor<256x48xf32>, %t: tensor<1x111xi32>, %lse: tensor<1x111xf32>, %dnll: tensor<1x111xf32>) -> (tensor<1x111x48xf32>, tensor<256x48xf32>) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll : (tensor<1x111x48xf32>, tensor<256x48xf32>, tensor<1x111xi32>, tensor<1x111xf32>, tensor<1x111xf32>) -> (tensor<1x111x48xf32>, tensor<256x48xf32>)
  return %dx, %dw : tensor<1x111x48xf32>, tensor<256x48xf32>
}

func.func @vocab_1000(%x: tensor<1x63x33xf32>, %w: tensor<1000x33xf32>, %t: tensor<1x63xi32>) -> (tensor<f32>, tensor<1x63xf32>) {
  %nll, %lse = samba.linear_cross_entropy %x, %w, %t : (tensor<1x63x33xf32>, tensor<1000x33xf32>, tensor<1x63xi32>) -> (tensor<1x63xf32>, tensor<1x63xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<1x63xf32>, tensor<1x63xi32>) -> tensor<f32>
  return %loss, %lse : tensor<f32>, tensor<1x63xf32>
}

func.func @vocab_1000_grad(%x: tensor<1x63x33xf32>, %w: tensor<1000x33xf32>, %t: tensor<1x63xi32>, %lse: tensor<1x63xf32>, %dnll: tensor<1x63xf32>) -> (tensor<1x63x33xf32>, tensor<1000x33xf32>) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll {samba.schedule = {chunk_rows = 40}} : (tensor<1x63x33xf32>, tensor<1000x33xf32>, tensor<1x63xi32>, tensor<1x63xf32>, tensor<1x63xf32>) -> (tensor<1x63x33xf32>, tensor<1000x33xf32>)
  return %dx, %dw : tensor<1x63x33xf32>, tensor<1000x33xf32>
}

func.func @rows_500(%x: tensor<1x500x24xf32>, %w: tensor<256x24xf32>, %t: tensor<1x500xi32>) -> (tensor<f32>, tensor<1x500xf32>) {
  %nll, %lse = samba.linear_cross_entropy %x, %w, %t : (tensor<1x500x24xf32>, tensor<256x24xf32>, tensor<1x500xi32>) -> (tensor<1x500xf32>, tensor<1x500xf32>)
  %loss = samba.masked_mean %nll, %t : (tensor<1x500xf32>, tensor<1x500xi32>) -> tensor<f32>
  return %loss, %lse : tensor<f32>, tensor<1x500xf32>
}

func.func @rows_500_grad(%x: tensor<1x500x24xf32>, %w: tensor<256x24xf32>, %t: tensor<1x500xi32>, %lse: tensor<1x500xf32>, %dnll: tensor<1x500xf32>) -> (tensor<1x500x24xf32>, tensor<256x24xf32>) {
  %dx, %dw = samba.linear_cross_entropy_grad %x, %w, %t, %lse, %dnll {samba.schedule = {chunk_rows = 128}} : (tensor<1x500x24xf32>, tensor<256x24xf32>, tensor<1x500xi32>, tensor<1x500xf32>, tensor<1x500xf32>) -> (tensor<1x500x24xf32>, tensor<256x24xf32>)
  return %dx, %dw : tensor<1x500x24xf32>, tensor<256x24xf32>
}

func.func @mean_grad(%d: tensor<f32>, %t: tensor<2x63xi32>) -> tensor<2x63xf32> {
  %dnll = samba.masked_mean_grad %d, %t : (tensor<f32>, tensor<2x63xi32>) -> tensor<2x63xf32>
  return %dnll : tensor<2x63xf32>
}
