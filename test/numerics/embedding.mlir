// RUN: samba-run verify %s
// More tokens than rows of the table, so that rows repeat, and fewer, so that rows stay 0.

func.func @one_token(%t: tensor<1x1xi32>, %e: tensor<33x7xf32>) -> tensor<1x1x7xf32> {
  %x = samba.embedding %t, %e : (tensor<1x1xi32>, tensor<33x7xf32>) -> tensor<1x1x7xf32>
  return %x : tensor<1x1x7xf32>
}

func.func @one_token_grad(%t: tensor<1x1xi32>, %dx: tensor<1x1x7xf32>) -> tensor<33x7xf32> {
  %de = samba.embedding_grad %t, %dx {vocab_size = 33} : (tensor<1x1xi32>, tensor<1x1x7xf32>) -> tensor<33x7xf32>
  return %de : tensor<33x7xf32>
}

func.func @vocab_33(%t: tensor<2x63xi32>, %e: tensor<33x17xf32>) -> tensor<2x63x17xf32> {
  %x = samba.embedding %t, %e : (tensor<2x63xi32>, tensor<33x17xf32>) -> tensor<2x63x17xf32>
  return %x : tensor<2x63x17xf32>
}

func.func @vocab_33_grad(%t: tensor<2x63xi32>, %dx: tensor<2x63x17xf32>) -> tensor<33x17xf32> {
  %de = samba.embedding_grad %t, %dx {vocab_size = 33} : (tensor<2x63xi32>, tensor<2x63x17xf32>) -> tensor<33x17xf32>
  return %de : tensor<33x17xf32>
}

func.func @vocab_1000(%t: tensor<1x111xi32>, %e: tensor<1000x48xf32>) -> tensor<1x111x48xf32> {
  %x = samba.embedding %t, %e : (tensor<1x111xi32>, tensor<1000x48xf32>) -> tensor<1x111x48xf32>
  return %x : tensor<1x111x48xf32>
}

func.func @vocab_1000_grad(%t: tensor<1x111xi32>, %dx: tensor<1x111x48xf32>) -> tensor<1000x48xf32> {
  %de = samba.embedding_grad %t, %dx {vocab_size = 1000} : (tensor<1x111xi32>, tensor<1x111x48xf32>) -> tensor<1000x48xf32>
  return %de : tensor<1000x48xf32>
}

func.func @one_row(%t: tensor<1x63xi32>, %e: tensor<1x5xf32>) -> tensor<1x63x5xf32> {
  %x = samba.embedding %t, %e : (tensor<1x63xi32>, tensor<1x5xf32>) -> tensor<1x63x5xf32>
  return %x : tensor<1x63x5xf32>
}

func.func @one_row_grad(%t: tensor<1x63xi32>, %dx: tensor<1x63x5xf32>) -> tensor<1x5xf32> {
  %de = samba.embedding_grad %t, %dx {vocab_size = 1} : (tensor<1x63xi32>, tensor<1x63x5xf32>) -> tensor<1x5xf32>
  return %de : tensor<1x5xf32>
}

// The table's gradient, accumulated.
func.func @accumulated(%t: tensor<2x63xi32>, %dx: tensor<2x63x17xf32>, %g: tensor<33x17xf32>) -> tensor<33x17xf32> {
  %de = samba.embedding_grad %t, %dx {vocab_size = 33} : (tensor<2x63xi32>, tensor<2x63x17xf32>) -> tensor<33x17xf32>
  %sum = samba.add %g, %de : (tensor<33x17xf32>, tensor<33x17xf32>) -> tensor<33x17xf32>
  return %sum : tensor<33x17xf32>
}
