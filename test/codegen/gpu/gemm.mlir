// RUN: samba-opt %s %{emit} -o %t.mlir
// RUN: samba-opt %t.mlir %{ptx} | %{count} | FileCheck %s
// RUN: FileCheck %s --check-prefix=NVVM < %t.mlir
//
// Matrix products: large ones by TMA, mbarriers and wgmma on both operands in shared memory, stored by TMA where nothing
// is fused; a few rows by mma.sync as the weights stream by; odd widths by ordinary arithmetic.

// A weight that is read along the contraction has boxes of 64 x 256, one that is read across it 64 x 64.
// NVVM: samba.kernel @linear_0
// NVVM-SAME: box = array<i64: 64, 128>, dtype = "bf16", {{.*}}sizes = array<i64: 1536, 4096>, strides = array<i64: 3072>, swizzle = 128
// NVVM: samba.kernel @linear_dx_0
// NVVM-SAME: box = array<i64: 64, 64>
// NVVM: llvm.func @linear_0_0({{.*}}llvm.byval = !llvm.array<128 x i8>, nvvm.grid_constant
// NVVM: nvvm.mbarrier.init
// NVVM: llvm.inline_asm {{.*}}wgmma.mma_async
// NVVM-NOT: atomic

// A slot of 64 is four products of 16 deep.
// CHECK-LABEL: function linear_0_0
// CHECK-DAG: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK-DAG: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
// CHECK-DAG: mbarrier.arrive.expect_tx.shared.b64
// CHECK-DAG: mbarrier.try_wait.parity.shared::cta.b64
// CHECK-DAG: setmaxnreg.dec.sync.aligned.u32
// CHECK-DAG: setmaxnreg.inc.sync.aligned.u32
// CHECK-DAG: stmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-NOT: st.global
// CHECK: wgmma.commit_group.sync.aligned
// CHECK: {{^}}  4 wgmma.mma_async.sync.aligned.m64n{{[0-9]+}}k16.f32.bf16.bf16

// A residual is added to what was rounded, in wide accesses.
// CHECK-LABEL: function linear_1_0
// CHECK-DAG: ld.global.v4.b32
// CHECK-DAG: st.global.v4.b32
// CHECK-DAG: wgmma.mma_async.sync.aligned
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// 16 rows, through shared memory; then one, straight to registers.
// CHECK-LABEL: function linear_2_0
// CHECK-DAG: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes
// CHECK-DAG: ldmatrix.sync.aligned.m8n8.x4
// CHECK-DAG: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-NOT: {{wgmma|\.local}}
// CHECK-LABEL: function linear_3_0
// CHECK: cp.async.bulk.prefetch.L2.global
// CHECK-NOT: wgmma

// CHECK-LABEL: function linear_4_0
// CHECK: fma.rn.f32
// CHECK-NOT: mma

// A weight's gradient with few tiles: parts of the contraction go to blocks of their own, whose sums a second launch
// adds in order.
// CHECK-LABEL: function linear_dw_0_0
// CHECK: st.global.v4.b32
// CHECK: {{^}}  4 wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16
// CHECK-LABEL: function linear_dw_0_1
// CHECK: ld.global.v4.b32
// CHECK: st.global.v{{[24]}}.b32
// CHECK-NOT: {{ (atom|red)\.|\.local}}

// CHECK-LABEL: function linear_dx_0_0
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK: {{^}}  4 wgmma.mma_async.sync.aligned

func.func @copied(%x: tensor<1x4096x1536xbf16>, %w: tensor<6144x1536xbf16>) -> tensor<1x4096x6144xbf16> {
  %y = samba.linear %x, %w : (tensor<1x4096x1536xbf16>, tensor<6144x1536xbf16>) -> tensor<1x4096x6144xbf16>
  return %y : tensor<1x4096x6144xbf16>
}

func.func @residual(%x: tensor<1x4096x1536xbf16>, %w: tensor<6144x1536xbf16>, %r: tensor<1x4096x6144xf32>) -> tensor<1x4096x6144xf32> {
  %y = samba.linear %x, %w : (tensor<1x4096x1536xbf16>, tensor<6144x1536xbf16>) -> tensor<1x4096x6144xbf16>
  %z = samba.add %r, %y : (tensor<1x4096x6144xf32>, tensor<1x4096x6144xbf16>) -> tensor<1x4096x6144xf32>
  return %z : tensor<1x4096x6144xf32>
}

func.func @dx(%dy: tensor<1x4096x6144xbf16>, %w: tensor<6144x1536xbf16>) -> tensor<1x4096x1536xbf16> {
  %dx = samba.linear_dx %dy, %w : (tensor<1x4096x6144xbf16>, tensor<6144x1536xbf16>) -> tensor<1x4096x1536xbf16>
  return %dx : tensor<1x4096x1536xbf16>
}

func.func @dw(%x: tensor<1x4096x96xbf16>, %dy: tensor<1x4096x3072xbf16>) -> tensor<3072x96xf32> {
  %dw = samba.linear_dw %x, %dy : (tensor<1x4096x96xbf16>, tensor<1x4096x3072xbf16>) -> tensor<3072x96xf32>
  return %dw : tensor<3072x96xf32>
}

func.func @skinny(%x: tensor<16x1x1536xbf16>, %w: tensor<6144x1536xbf16>) -> tensor<16x1x6144xbf16> {
  %y = samba.linear %x, %w : (tensor<16x1x1536xbf16>, tensor<6144x1536xbf16>) -> tensor<16x1x6144xbf16>
  return %y : tensor<16x1x6144xbf16>
}

func.func @one(%x: tensor<1x1x1536xbf16>, %w: tensor<6144x1536xbf16>) -> tensor<1x1x6144xbf16> {
  %y = samba.linear %x, %w : (tensor<1x1x1536xbf16>, tensor<6144x1536xbf16>) -> tensor<1x1x6144xbf16>
  return %y : tensor<1x1x6144xbf16>
}

func.func @simple(%x: tensor<1x63x7xf32>, %w: tensor<33x7xf32>) -> tensor<1x63x33xf32> {
  %y = samba.linear %x, %w : (tensor<1x63x7xf32>, tensor<33x7xf32>) -> tensor<1x63x33xf32>
  return %y : tensor<1x63x33xf32>
}
