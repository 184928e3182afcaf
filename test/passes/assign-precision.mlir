// RUN: samba-opt %s --pass-pipeline='builtin.module(samba-decompose{entries=train,decode batch=1 seq=16 max-context=64},samba-differentiate,samba-assign-precision)' | FileCheck %s
// RUN: sed 's/@m {/@m {residual = "bf16", /' %s | samba-opt --pass-pipeline='builtin.module(samba-decompose{entries=train batch=1 seq=16},samba-differentiate,samba-assign-precision)' | FileCheck %s --check-prefix=HALF
// What is stored as bf16 on a target of mixed precision, and what stays f32.

samba.model @m {vocab_size = 32, d_model = 8, tie_embeddings = false} {
  samba.mamba {d_state = 4}
  samba.attention {n_heads = 1, window = 8}
}

// The residual stream and the norm's factor stay; what the matrix units read is bf16, parameters as working weights.
// CHECK-LABEL: func.func @train
// CHECK: %[[X:.*]] = samba.embedding %{{.*}} -> tensor<1x16x8xf32>
// CHECK: %[[Y:.*]], %{{.*}} = samba.rms_norm %[[X]], %{{.*}} -> (tensor<1x16x8xbf16>, tensor<1x16xf32>)
// CHECK: samba.linear %[[Y]], %{{.*}} : (tensor<1x16x8xbf16>, tensor<32x8xbf16>) -> tensor<1x16x32xbf16>
// CHECK: samba.split %{{.*}} : (tensor<1x16x32xbf16>) -> (tensor<1x16x16xbf16>, tensor<1x16x16xbf16>)
// The convolution's own weights are no matrix operands, and A is made of a parameter.
// CHECK: samba.causal_conv %{{.*}} : (tensor<1x16x16xbf16>, tensor<16x4xf32>) -> tensor<1x16x16xbf16>
// CHECK: samba.exp %{{.*}} : (tensor<16x4xf32>) -> tensor<16x4xf32>
// CHECK: samba.selective_scan %{{.*}} -> (tensor<1x16x16xbf16>, tensor<1x1x16x4xbf16>)
// CHECK: samba.add %[[X]], %{{.*}} : (tensor<1x16x8xf32>, tensor<1x16x8xbf16>) -> tensor<1x16x8xf32>
// CHECK: samba.windowed_attention %{{.*}} -> (tensor<1x16x8xbf16>, tensor<1x1x16xf32>)
// CHECK: samba.linear_cross_entropy %{{.*}} : (tensor<1x16x8xbf16>, tensor<32x8xbf16>, tensor<1x16xi32>) -> (tensor<1x16xf32>, tensor<1x16xf32>)
// The gradient of the residual stream is f32; the product that reads it gets a copy.
// CHECK: %[[DX:.*]] = samba.rms_norm_dx %{{.*}} -> tensor<1x16x8xf32>
// CHECK: %[[DX16:.*]] = samba.convert %[[DX]] : (tensor<1x16x8xf32>) -> tensor<1x16x8xbf16>
// CHECK: samba.linear_dx %[[DX16]], %{{.*}} -> tensor<1x16x8xbf16>
// CHECK: samba.linear_dw %{{.*}}, %[[DX16]] : {{.*}} -> tensor<8x8xf32>
// Partial sums are f32 until they become a slice of a bf16 buffer.
// CHECK: samba.selective_scan_grad %{{.*}} -> (tensor<1x16x16xbf16>, tensor<1x16x16xbf16>, tensor<1x16x4xf32>, tensor<1x1x16x4xf32>, tensor<1x1x16x4xf32>, tensor<1x16xf32>)
// CHECK: samba.concat %{{.*}} : (tensor<1x16x1xbf16>, tensor<1x16x4xbf16>, tensor<1x16x4xbf16>) -> tensor<1x16x9xbf16>

// States are stored as what will succeed them: rings and convolution inputs as bf16, the recurrent state as f32.
// CHECK-LABEL: func.func @decode
// CHECK-SAME: tensor<1x3x16xbf16> {samba.state = "layers.0.conv"}
// CHECK-SAME: tensor<1x16x4xf32> {samba.state = "layers.0.ssm"}
// CHECK-SAME: tensor<1x8x8xbf16> {samba.state = "layers.1.key"}
// CHECK-SAME: -> (tensor<1x1x32xf32> {samba.output = "logits"}

// CHECK-LABEL: func.func @update
// CHECK-SAME: tensor<[[N:[0-9]+]]xbf16> {samba.offset = 0 : i64, samba.segment = "weights"})
// CHECK: samba.adamw %{{.*}} working} : {{.*}} tensor<[[N]]xf32>, tensor<[[N]]xbf16>)

// CHECK-LABEL: func.func @sync_weights
// CHECK: samba.convert %{{.*}} : (tensor<[[N]]xf32>) -> tensor<[[N]]xbf16>

// HALF: %[[X:.*]] = samba.embedding %{{.*}} -> tensor<1x16x8xbf16>
// HALF: samba.add %[[X]], %{{.*}} : (tensor<1x16x8xbf16>, tensor<1x16x8xbf16>) -> tensor<1x16x8xbf16>
// HALF: samba.rms_norm_dx %{{.*}} -> tensor<1x16x8xbf16>
// HALF-NOT: samba.convert %{{.*}} : (tensor<1x16x8xf32>)
