// RUN: samba-opt %s -o /dev/null
// Where softplus of the step is to be taken: by the product that makes dt (dt_*_softplus), whose result the scan then reads
// (b8, b4 and wide of scan.mlir), or by the scan (scan_*_softplus), which reads what the product alone gives (dt_*). K = 96,
// 144, 176 as at d_model 1536, 2304 and 2816.
//
//   samba-run bench dt-projection.mlir --device cuda
//
func.func @dt_96(%x: tensor<8x4096x96xbf16>, %w: tensor<3072x96xbf16>) -> tensor<8x4096x3072xbf16> {
  %r = samba.linear %x, %w : (tensor<8x4096x96xbf16>, tensor<3072x96xbf16>) -> tensor<8x4096x3072xbf16>
  return %r : tensor<8x4096x3072xbf16>
}
func.func @dt_96_softplus(%x: tensor<8x4096x96xbf16>, %w: tensor<3072x96xbf16>, %b: tensor<3072xf32>) -> tensor<8x4096x3072xbf16> {
  %r = samba.linear %x, %w : (tensor<8x4096x96xbf16>, tensor<3072x96xbf16>) -> tensor<8x4096x3072xbf16>
  %s = samba.add %r, %b : (tensor<8x4096x3072xbf16>, tensor<3072xf32>) -> tensor<8x4096x3072xbf16>
  %dt = samba.softplus %s : (tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  return %dt : tensor<8x4096x3072xbf16>
}
func.func @scan_96_softplus(%u: tensor<8x4096x3072xbf16>, %r: tensor<8x4096x3072xbf16>, %b: tensor<3072xf32>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %z: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>) {
  %p = samba.add %r, %b : (tensor<8x4096x3072xbf16>, tensor<3072xf32>) -> tensor<8x4096x3072xbf16>
  %dt = samba.softplus %p : (tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>) -> (tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>)
  %gate = samba.silu %z : (tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  %gated = samba.mul %y, %gate : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  return %gated, %s : tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>
}
func.func @dt_144(%x: tensor<4x4096x144xbf16>, %w: tensor<4608x144xbf16>) -> tensor<4x4096x4608xbf16> {
  %r = samba.linear %x, %w : (tensor<4x4096x144xbf16>, tensor<4608x144xbf16>) -> tensor<4x4096x4608xbf16>
  return %r : tensor<4x4096x4608xbf16>
}
func.func @dt_144_softplus(%x: tensor<4x4096x144xbf16>, %w: tensor<4608x144xbf16>, %b: tensor<4608xf32>) -> tensor<4x4096x4608xbf16> {
  %r = samba.linear %x, %w : (tensor<4x4096x144xbf16>, tensor<4608x144xbf16>) -> tensor<4x4096x4608xbf16>
  %s = samba.add %r, %b : (tensor<4x4096x4608xbf16>, tensor<4608xf32>) -> tensor<4x4096x4608xbf16>
  %dt = samba.softplus %s : (tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  return %dt : tensor<4x4096x4608xbf16>
}
func.func @scan_144_softplus(%u: tensor<4x4096x4608xbf16>, %r: tensor<4x4096x4608xbf16>, %b: tensor<4608xf32>, %A: tensor<4608x16xf32>, %B: tensor<4x4096x16xbf16>, %C: tensor<4x4096x16xbf16>, %D: tensor<4608xf32>, %z: tensor<4x4096x4608xbf16>) -> (tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>) {
  %p = samba.add %r, %b : (tensor<4x4096x4608xbf16>, tensor<4608xf32>) -> tensor<4x4096x4608xbf16>
  %dt = samba.softplus %p : (tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4608x16xf32>, tensor<4x4096x16xbf16>, tensor<4x4096x16xbf16>, tensor<4608xf32>) -> (tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>)
  %gate = samba.silu %z : (tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  %gated = samba.mul %y, %gate : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  return %gated, %s : tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>
}
func.func @dt_176(%x: tensor<1x32768x176xbf16>, %w: tensor<5632x176xbf16>) -> tensor<1x32768x5632xbf16> {
  %r = samba.linear %x, %w : (tensor<1x32768x176xbf16>, tensor<5632x176xbf16>) -> tensor<1x32768x5632xbf16>
  return %r : tensor<1x32768x5632xbf16>
}
func.func @dt_176_softplus(%x: tensor<1x32768x176xbf16>, %w: tensor<5632x176xbf16>, %b: tensor<5632xf32>) -> tensor<1x32768x5632xbf16> {
  %r = samba.linear %x, %w : (tensor<1x32768x176xbf16>, tensor<5632x176xbf16>) -> tensor<1x32768x5632xbf16>
  %s = samba.add %r, %b : (tensor<1x32768x5632xbf16>, tensor<5632xf32>) -> tensor<1x32768x5632xbf16>
  %dt = samba.softplus %s : (tensor<1x32768x5632xbf16>) -> tensor<1x32768x5632xbf16>
  return %dt : tensor<1x32768x5632xbf16>
}
func.func @scan_176_softplus(%u: tensor<1x32768x5632xbf16>, %r: tensor<1x32768x5632xbf16>, %b: tensor<5632xf32>, %A: tensor<5632x16xf32>, %B: tensor<1x32768x16xbf16>, %C: tensor<1x32768x16xbf16>, %D: tensor<5632xf32>, %z: tensor<1x32768x5632xbf16>) -> (tensor<1x32768x5632xbf16>, tensor<1x2048x5632x16xbf16>) {
  %p = samba.add %r, %b : (tensor<1x32768x5632xbf16>, tensor<5632xf32>) -> tensor<1x32768x5632xbf16>
  %dt = samba.softplus %p : (tensor<1x32768x5632xbf16>) -> tensor<1x32768x5632xbf16>
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>, tensor<5632x16xf32>, tensor<1x32768x16xbf16>, tensor<1x32768x16xbf16>, tensor<5632xf32>) -> (tensor<1x32768x5632xbf16>, tensor<1x2048x5632x16xbf16>)
  %gate = samba.silu %z : (tensor<1x32768x5632xbf16>) -> tensor<1x32768x5632xbf16>
  %gated = samba.mul %y, %gate : (tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>) -> tensor<1x32768x5632xbf16>
  return %gated, %s : tensor<1x32768x5632xbf16>, tensor<1x2048x5632x16xbf16>
}
