// The whole way, for every entry: stages check their contracts, repeated layers share kernels.
// RUN: samba-opt %s '--pass-pipeline=builtin.module(samba-decompose{batch=2 seq=9 chunk=4},samba-check-stage{stage=01-core},samba-differentiate,samba-check-stage{stage=02-train},func.func(samba-fuse),samba-check-stage{stage=03-fused},samba-plan,samba-check-stage{stage=04-planned})' -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: grep -c samba.kernel %t.mlir > %t.kernels
// RUN: sed 's/samba.repeat 2/samba.repeat 7/' %s | samba-opt '--pass-pipeline=builtin.module(samba-decompose{batch=2 seq=9 chunk=4},samba-differentiate,func.func(samba-fuse),samba-plan)' | grep -c samba.kernel | diff - %t.kernels

// CHECK: samba.program @train arena
// CHECK: samba.program @eval arena
// CHECK: samba.program @prefill arena
// CHECK: samba.program @decode arena
// CHECK: samba.buffer "io"[{{[0-9]+}}] "tokens" {role = "input and output"} : memref<1x1xi32>
// CHECK: samba.program @update arena
// CHECK-NOT: func.func
samba.model @m {vocab_size = 7, d_model = 16} {
  samba.repeat 2 {
    samba.mamba {d_state = 4}
    samba.mlp {d_ff = 24}
    samba.attention {n_heads = 2, window = 5}
    samba.parallel {
      samba.mamba {d_state = 4}
      samba.attention {n_heads = 2, n_kv_heads = 1, window = "full"}
    }
  }
}
