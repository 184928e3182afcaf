// RUN: samba-run verify %s
// Element-wise ops alone, with channel vectors, at ranks 1 to 3, and in chains that become one kernel.

func.func @scalar_row(%a: tensor<1x1x1xf32>, %b: tensor<1x1x1xf32>) -> tensor<1x1x1xf32> {
  %y = samba.add %a, %b : (tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> tensor<1x1x1xf32>
  return %y : tensor<1x1x1xf32>
}

func.func @add_vector(%a: tensor<2x63x7xf32>, %b: tensor<7xf32>) -> tensor<2x63x7xf32> {
  %y = samba.add %a, %b : (tensor<2x63x7xf32>, tensor<7xf32>) -> tensor<2x63x7xf32>
  return %y : tensor<2x63x7xf32>
}

func.func @mul(%a: tensor<1x111x33xf32>, %b: tensor<1x111x33xf32>) -> tensor<1x111x33xf32> {
  %y = samba.mul %a, %b : (tensor<1x111x33xf32>, tensor<1x111x33xf32>) -> tensor<1x111x33xf32>
  return %y : tensor<1x111x33xf32>
}

func.func @mul_vector(%a: tensor<500x130xf32>, %b: tensor<130xf32>) -> tensor<500x130xf32> {
  %y = samba.mul %a, %b : (tensor<500x130xf32>, tensor<130xf32>) -> tensor<500x130xf32>
  return %y : tensor<500x130xf32>
}

func.func @square(%a: tensor<3x13xf32>) -> tensor<3x13xf32> {
  %y = samba.mul %a, %a : (tensor<3x13xf32>, tensor<3x13xf32>) -> tensor<3x13xf32>
  return %y : tensor<3x13xf32>
}

func.func @copy(%x: tensor<2x63x9xf32>) -> tensor<2x63x9xf32> {
  %y = samba.copy %x : (tensor<2x63x9xf32>) -> tensor<2x63x9xf32>
  return %y : tensor<2x63x9xf32>
}

func.func @rank_1(%x: tensor<1001xf32>) -> tensor<1001xf32> {
  %y = samba.neg %x : (tensor<1001xf32>) -> tensor<1001xf32>
  return %y : tensor<1001xf32>
}

func.func @decay(%a_log: tensor<35x16xf32>) -> tensor<35x16xf32> {
  %e = samba.exp %a_log : (tensor<35x16xf32>) -> tensor<35x16xf32>
  %a = samba.neg %e : (tensor<35x16xf32>) -> tensor<35x16xf32>
  return %a : tensor<35x16xf32>
}

func.func @silu(%x: tensor<1x63x43xf32>) -> tensor<1x63x43xf32> {
  %y = samba.silu %x : (tensor<1x63x43xf32>) -> tensor<1x63x43xf32>
  return %y : tensor<1x63x43xf32>
}

func.func @softplus(%x: tensor<1x63x43xf32>) -> tensor<1x63x43xf32> {
  %y = samba.softplus %x : (tensor<1x63x43xf32>) -> tensor<1x63x43xf32>
  return %y : tensor<1x63x43xf32>
}

func.func @silu_grad(%x: tensor<1x63x43xf32>, %dy: tensor<1x63x43xf32>) -> tensor<1x63x43xf32> {
  %y = samba.silu_grad %x, %dy : (tensor<1x63x43xf32>, tensor<1x63x43xf32>) -> tensor<1x63x43xf32>
  return %y : tensor<1x63x43xf32>
}

func.func @softplus_grad(%x: tensor<1x63x43xf32>, %dy: tensor<1x63x43xf32>) -> tensor<1x63x43xf32> {
  %y = samba.softplus_grad %x, %dy : (tensor<1x63x43xf32>, tensor<1x63x43xf32>) -> tensor<1x63x43xf32>
  return %y : tensor<1x63x43xf32>
}

// Arguments far from 0, where a careless exp overflows.
func.func @large(%x: tensor<1x5x33xf32>) -> (tensor<1x5x33xf32>, tensor<1x5x33xf32>) {
  %c = samba.fill 100.0 : tensor<1x5x33xf32>
  %big = samba.mul %x, %c : (tensor<1x5x33xf32>, tensor<1x5x33xf32>) -> tensor<1x5x33xf32>
  %s = samba.silu %big : (tensor<1x5x33xf32>) -> tensor<1x5x33xf32>
  %p = samba.softplus %big : (tensor<1x5x33xf32>) -> tensor<1x5x33xf32>
  return %s, %p : tensor<1x5x33xf32>, tensor<1x5x33xf32>
}

func.func @swiglu_backward(%g: tensor<2x63x43xf32>, %u: tensor<2x63x43xf32>, %dh: tensor<2x63x43xf32>) -> (tensor<2x63x43xf32>, tensor<2x63x43xf32>) {
  %s = samba.silu %g : (tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  %du = samba.mul %dh, %s : (tensor<2x63x43xf32>, tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  %ds = samba.mul %dh, %u : (tensor<2x63x43xf32>, tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  %dg = samba.silu_grad %g, %ds : (tensor<2x63x43xf32>, tensor<2x63x43xf32>) -> tensor<2x63x43xf32>
  return %du, %dg : tensor<2x63x43xf32>, tensor<2x63x43xf32>
}

func.func @fill() -> tensor<3x7xf32> {
  %y = samba.fill 0.5 : tensor<3x7xf32>
  return %y : tensor<3x7xf32>
}

func.func @advance(%p: tensor<3xi64>) -> tensor<3xi64> {
  %n = samba.advance %p {count = 17} : (tensor<3xi64>) -> tensor<3xi64>
  return %n : tensor<3xi64>
}

func.func @sum_rows(%x: tensor<2x111x33xf32>) -> tensor<33xf32> {
  %y = samba.sum_rows %x : (tensor<2x111x33xf32>) -> tensor<33xf32>
  return %y : tensor<33xf32>
}

func.func @sum_rows_of_one(%x: tensor<1x1x7xf32>) -> tensor<7xf32> {
  %y = samba.sum_rows %x : (tensor<1x1x7xf32>) -> tensor<7xf32>
  return %y : tensor<7xf32>
}

func.func @sum_rows_of_product(%x: tensor<1x500x17xf32>, %dy: tensor<1x500x17xf32>) -> tensor<17xf32> {
  %p = samba.mul %x, %dy : (tensor<1x500x17xf32>, tensor<1x500x17xf32>) -> tensor<1x500x17xf32>
  %y = samba.sum_rows %p : (tensor<1x500x17xf32>) -> tensor<17xf32>
  return %y : tensor<17xf32>
}

func.func @sum_leading(%x: tensor<5x2x63x16xf32>) -> tensor<2x63x16xf32> {
  %y = samba.sum_leading %x : (tensor<5x2x63x16xf32>) -> tensor<2x63x16xf32>
  return %y : tensor<2x63x16xf32>
}

func.func @sum_leading_of_one(%x: tensor<1x35xf32>) -> tensor<35xf32> {
  %y = samba.sum_leading %x : (tensor<1x35xf32>) -> tensor<35xf32>
  return %y : tensor<35xf32>
}
