// RUN: samba-opt %s '-samba-decompose=batch=2 seq=9 entries=train checkpoint=4' -samba-differentiate | FileCheck %s
// RUN: samba-opt %s '-samba-decompose=batch=2 seq=9 entries=train checkpoint=1' -samba-differentiate=recompute=none | FileCheck %s --check-prefix=NONE

samba.model @m {vocab_size = 7, d_model = 8} {
  samba.mamba {d_state = 4, dt_rank = 2}
}

// The scan keeps a state every 4 tokens; the convolution and its silu are computed again.
// CHECK: samba.causal_conv
// CHECK: samba.selective_scan {{.*}}checkpoint = 4 {{.*}} tensor<2x3x16x4xf32>)
// CHECK: samba.fill 1.0
// CHECK: samba.causal_conv {{.*}}samba.recomputed
// CHECK: samba.selective_scan_grad {{.*}}checkpoint = 4
// CHECK: samba.sum_leading
// CHECK: samba.causal_conv_dx
// CHECK: samba.causal_conv_dw

// Nothing again: the state after every token is kept.
// NONE: samba.selective_scan {{.*}}checkpoint = 1 {{.*}} tensor<2x9x16x4xf32>)
// NONE: samba.fill 1.0
// NONE-NOT: samba.causal_conv %
// NONE-NOT: samba.softplus %
// NONE: samba.selective_scan_grad {{.*}}checkpoint = 1
