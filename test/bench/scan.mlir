// RUN: samba-opt %s -o /dev/null
// The selective scan with its gate, its gradient, and the causal convolution, at the shapes that they are judged by:
//
//   samba-run bench scan.mlir --device cuda
//
// Reference: mamba-ssm's CUDA kernels on an H200, ms, forward / backward: 8 x 4096 x 3072 1.803 / 7.353,
// 4 x 4096 x 4608 1.372 / 5.453, 1 x 131,072 x 3072 9.15 / 30.5, 1 x 32,768 x 5632 4.26 / 14.8; convolution 0.194 / 0.382.
func.func @b8(%u: tensor<8x4096x3072xbf16>, %dt: tensor<8x4096x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %z: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>) -> (tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>)
  %gate = samba.silu %z : (tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  %gated = samba.mul %y, %gate : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  return %gated, %s : tensor<8x4096x3072xbf16>, tensor<8x256x3072x16xbf16>
}
func.func @b8_backward(%u: tensor<8x4096x3072xbf16>, %dt: tensor<8x4096x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<8x4096x16xbf16>, %C: tensor<8x4096x16xbf16>, %D: tensor<3072xf32>, %s: tensor<8x256x3072x16xbf16>, %dy: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 3072}
    : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<3072x16xf32>, tensor<8x4096x16xbf16>, tensor<8x4096x16xbf16>, tensor<3072xf32>, tensor<8x256x3072x16xbf16>, tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>, tensor<8x3072x16xf32>, tensor<1x8x4096x16xf32>, tensor<1x8x4096x16xf32>, tensor<8x3072xf32>
}
func.func @b4(%u: tensor<4x4096x4608xbf16>, %dt: tensor<4x4096x4608xbf16>, %A: tensor<4608x16xf32>, %B: tensor<4x4096x16xbf16>, %C: tensor<4x4096x16xbf16>, %D: tensor<4608xf32>, %z: tensor<4x4096x4608xbf16>) -> (tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4608x16xf32>, tensor<4x4096x16xbf16>, tensor<4x4096x16xbf16>, tensor<4608xf32>) -> (tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>)
  %gate = samba.silu %z : (tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  %gated = samba.mul %y, %gate : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>) -> tensor<4x4096x4608xbf16>
  return %gated, %s : tensor<4x4096x4608xbf16>, tensor<4x256x4608x16xbf16>
}
func.func @b4_backward(%u: tensor<4x4096x4608xbf16>, %dt: tensor<4x4096x4608xbf16>, %A: tensor<4608x16xf32>, %B: tensor<4x4096x16xbf16>, %C: tensor<4x4096x16xbf16>, %D: tensor<4608xf32>, %s: tensor<4x256x4608x16xbf16>, %dy: tensor<4x4096x4608xbf16>) -> (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x4608x16xf32>, tensor<1x4x4096x16xf32>, tensor<1x4x4096x16xf32>, tensor<4x4608xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 4608}
    : (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4608x16xf32>, tensor<4x4096x16xbf16>, tensor<4x4096x16xbf16>, tensor<4608xf32>, tensor<4x256x4608x16xbf16>, tensor<4x4096x4608xbf16>) -> (tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x4608x16xf32>, tensor<1x4x4096x16xf32>, tensor<1x4x4096x16xf32>, tensor<4x4608xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<4x4096x4608xbf16>, tensor<4x4096x4608xbf16>, tensor<4x4608x16xf32>, tensor<1x4x4096x16xf32>, tensor<1x4x4096x16xf32>, tensor<4x4608xf32>
}
func.func @long(%u: tensor<1x131072x3072xbf16>, %dt: tensor<1x131072x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<1x131072x16xbf16>, %C: tensor<1x131072x16xbf16>, %D: tensor<3072xf32>, %z: tensor<1x131072x3072xbf16>) -> (tensor<1x131072x3072xbf16>, tensor<1x8192x3072x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<3072x16xf32>, tensor<1x131072x16xbf16>, tensor<1x131072x16xbf16>, tensor<3072xf32>) -> (tensor<1x131072x3072xbf16>, tensor<1x8192x3072x16xbf16>)
  %gate = samba.silu %z : (tensor<1x131072x3072xbf16>) -> tensor<1x131072x3072xbf16>
  %gated = samba.mul %y, %gate : (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>) -> tensor<1x131072x3072xbf16>
  return %gated, %s : tensor<1x131072x3072xbf16>, tensor<1x8192x3072x16xbf16>
}
func.func @long_backward(%u: tensor<1x131072x3072xbf16>, %dt: tensor<1x131072x3072xbf16>, %A: tensor<3072x16xf32>, %B: tensor<1x131072x16xbf16>, %C: tensor<1x131072x16xbf16>, %D: tensor<3072xf32>, %s: tensor<1x8192x3072x16xbf16>, %dy: tensor<1x131072x3072xbf16>) -> (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x3072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x3072xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 3072}
    : (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<3072x16xf32>, tensor<1x131072x16xbf16>, tensor<1x131072x16xbf16>, tensor<3072xf32>, tensor<1x8192x3072x16xbf16>, tensor<1x131072x3072xbf16>) -> (tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x3072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x3072xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x131072x3072xbf16>, tensor<1x131072x3072xbf16>, tensor<1x3072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x3072xf32>
}
func.func @wide(%u: tensor<1x32768x5632xbf16>, %dt: tensor<1x32768x5632xbf16>, %A: tensor<5632x16xf32>, %B: tensor<1x32768x16xbf16>, %C: tensor<1x32768x16xbf16>, %D: tensor<5632xf32>, %z: tensor<1x32768x5632xbf16>) -> (tensor<1x32768x5632xbf16>, tensor<1x2048x5632x16xbf16>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16} : (tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>, tensor<5632x16xf32>, tensor<1x32768x16xbf16>, tensor<1x32768x16xbf16>, tensor<5632xf32>) -> (tensor<1x32768x5632xbf16>, tensor<1x2048x5632x16xbf16>)
  %gate = samba.silu %z : (tensor<1x32768x5632xbf16>) -> tensor<1x32768x5632xbf16>
  %gated = samba.mul %y, %gate : (tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>) -> tensor<1x32768x5632xbf16>
  return %gated, %s : tensor<1x32768x5632xbf16>, tensor<1x2048x5632x16xbf16>
}
func.func @wide_backward(%u: tensor<1x32768x5632xbf16>, %dt: tensor<1x32768x5632xbf16>, %A: tensor<5632x16xf32>, %B: tensor<1x32768x16xbf16>, %C: tensor<1x32768x16xbf16>, %D: tensor<5632xf32>, %s: tensor<1x2048x5632x16xbf16>, %dy: tensor<1x32768x5632xbf16>) -> (tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>, tensor<1x5632x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x5632xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 5632}
    : (tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>, tensor<5632x16xf32>, tensor<1x32768x16xbf16>, tensor<1x32768x16xbf16>, tensor<5632xf32>, tensor<1x2048x5632x16xbf16>, tensor<1x32768x5632xbf16>) -> (tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>, tensor<1x5632x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x5632xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x32768x5632xbf16>, tensor<1x32768x5632xbf16>, tensor<1x5632x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x5632xf32>
}
func.func @conv(%x: tensor<8x4096x3072xbf16>, %w: tensor<3072x4xf32>, %b: tensor<3072xf32>) -> tensor<8x4096x3072xbf16> {
  %c = samba.causal_conv %x, %w : (tensor<8x4096x3072xbf16>, tensor<3072x4xf32>) -> tensor<8x4096x3072xbf16>
  %biased = samba.add %c, %b : (tensor<8x4096x3072xbf16>, tensor<3072xf32>) -> tensor<8x4096x3072xbf16>
  %y = samba.silu %biased : (tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  return %y : tensor<8x4096x3072xbf16>
}
func.func @conv_backward(%x: tensor<8x4096x3072xbf16>, %w: tensor<3072x4xf32>, %b: tensor<3072xf32>, %dy: tensor<8x4096x3072xbf16>) -> (tensor<8x4096x3072xbf16>, tensor<3072x4xf32>, tensor<3072xf32>) {
  %c = samba.causal_conv %x, %w : (tensor<8x4096x3072xbf16>, tensor<3072x4xf32>) -> tensor<8x4096x3072xbf16>
  %p = samba.add %c, %b : (tensor<8x4096x3072xbf16>, tensor<3072xf32>) -> tensor<8x4096x3072xbf16>
  %g = samba.silu_grad %p, %dy : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> tensor<8x4096x3072xbf16>
  %db = samba.sum_rows %g : (tensor<8x4096x3072xbf16>) -> tensor<3072xf32>
  %dx = samba.causal_conv_dx %g, %w : (tensor<8x4096x3072xbf16>, tensor<3072x4xf32>) -> tensor<8x4096x3072xbf16>
  %dw = samba.causal_conv_dw %x, %g {d_conv = 4} : (tensor<8x4096x3072xbf16>, tensor<8x4096x3072xbf16>) -> tensor<3072x4xf32>
  return %dx, %dw, %db : tensor<8x4096x3072xbf16>, tensor<3072x4xf32>, tensor<3072xf32>
}
