// RUN: samba-run verify %s
// The global norm over partial sums, and AdamW with weight decay for all, some and none.

func.func @one(%p: tensor<1xf32>, %g: tensor<1xf32>, %m: tensor<1xf32>, %v: tensor<1xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) -> (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) {
  %np, %ng, %nm, %nv = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 1 : i64}
    : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>)
  return %np, %ng, %nm, %nv : tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>
}

func.func @decayed(%p: tensor<1001xf32>, %g: tensor<1001xf32>, %m: tensor<1001xf32>, %v: tensor<1001xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) -> (tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>) {
  %np, %ng, %nm, %nv = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 608 : i64}
    : (tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>)
  return %np, %ng, %nm, %nv : tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>, tensor<1001xf32>
}

func.func @plain(%p: tensor<70000xf32>, %g: tensor<70000xf32>, %m: tensor<70000xf32>, %v: tensor<70000xf32>, %hyper: tensor<9xf32>, %norm: tensor<f32>) -> (tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>) {
  %np, %ng, %nm, %nv = samba.adamw %p, %g, %m, %v, %hyper, %norm {decay_elements = 0 : i64}
    : (tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>, tensor<9xf32>, tensor<f32>) -> (tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>)
  return %np, %ng, %nm, %nv : tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>, tensor<70000xf32>
}

func.func @norm(%g: tensor<5000xf32>, %hyper: tensor<9xf32>) -> tensor<f32> {
  %partials = samba.sum_squares %g {block = 1024} : (tensor<5000xf32>) -> tensor<5xf32>
  %norm = samba.grad_norm %partials, %hyper : (tensor<5xf32>, tensor<9xf32>) -> tensor<f32>
  return %norm : tensor<f32>
}

func.func @norm_of_two(%a: tensor<1000xf32>, %b: tensor<7xf32>, %hyper: tensor<9xf32>) -> tensor<f32> {
  %pa = samba.sum_squares %a {block = 256} : (tensor<1000xf32>) -> tensor<4xf32>
  %pb = samba.sum_squares %b {block = 256} : (tensor<7xf32>) -> tensor<1xf32>
  %partials = samba.concat %pa, %pb : (tensor<4xf32>, tensor<1xf32>) -> tensor<5xf32>
  %norm = samba.grad_norm %partials, %hyper : (tensor<5xf32>, tensor<9xf32>) -> tensor<f32>
  return %norm : tensor<f32>
}
