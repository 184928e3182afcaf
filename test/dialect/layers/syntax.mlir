// RUN: samba-opt %s | samba-opt | FileCheck %s
// RUN: samba-opt %s --mlir-print-op-generic | samba-opt | FileCheck %s

// Only what differs from the defaults is written; attributes print in alphabetical order.
// CHECK-LABEL: samba.model @every_layer {d_model = 64 : i64, vocab_size = 256 : i64} {
// CHECK-NEXT:    samba.mamba
// CHECK-NEXT:    samba.mamba {d_conv = 3 : i64, d_state = 8 : i64, dt_rank = 5 : i64, expand = 1 : i64}
// CHECK-NEXT:    samba.mamba {dt_rank = "auto"}
// CHECK-NEXT:    samba.attention {n_heads = 4 : i64}
// CHECK-NEXT:    samba.attention {head_dim = 24 : i64, n_heads = 6 : i64, n_kv_heads = 2 : i64, rope_theta = 5.000000e+05 : f64, window = 16 : i64}
// CHECK-NEXT:    samba.attention {n_heads = 8 : i64, n_kv_heads = 1 : i64, rope_theta = "none", window = "full"}
// CHECK-NEXT:    samba.mlp {d_ff = 128 : i64}
// CHECK-NEXT:  }
samba.model @every_layer {vocab_size = 256, d_model = 64} {
  samba.mamba
  samba.mamba {d_state = 8, d_conv = 3, expand = 1, dt_rank = 5}
  samba.mamba {dt_rank = "auto"}
  samba.attention {n_heads = 4}
  samba.attention {n_heads = 6, n_kv_heads = 2, head_dim = 24, window = 16, rope_theta = 5.0e5}
  samba.attention {n_heads = 8, n_kv_heads = 1, window = "full", rope_theta = "none"}
  samba.mlp {d_ff = 128}
}

// CHECK-LABEL: samba.model @every_model_attribute {d_model = 8 : i64, norm_eps = 1.000000e-05 : f64, residual = "f32", tie_embeddings = false, vocab_size = 3 : i64} {
samba.model @every_model_attribute
    {vocab_size = 3, d_model = 8, norm_eps = 1.0e-5, tie_embeddings = false, residual = "f32"} {
  samba.mlp {d_ff = 8}
}

// Repeats nest; parallels stand in them; the attributes of another dialect pass through.
// CHECK-LABEL: samba.model @stack
// CHECK-NEXT:    samba.repeat 2 {
// CHECK-NEXT:      samba.parallel {
// CHECK-NEXT:        samba.mamba
// CHECK-NEXT:        samba.attention {n_heads = 1 : i64}
// CHECK-NEXT:      }
// CHECK-NEXT:      samba.repeat 3 {
// CHECK-NEXT:        samba.mlp {d_ff = 8 : i64, other.note = "kept"}
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:  }
samba.model @stack {vocab_size = 3, d_model = 8} {
  samba.repeat 2 {
    samba.parallel {
      samba.mamba
      samba.attention {n_heads = 1}
    }
    samba.repeat 3 {
      samba.mlp {d_ff = 8, other.note = "kept"}
    }
  }
}
