// The selective scan over as many tokens as are measured, and fewer channels, whose scans do not know of each other. Too slow
// for every run of the tests: tools/gpu-check.sh verifies it.

func.func @tokens_4096(%u: tensor<1x4096x128xf32>, %dt: tensor<1x4096x128xf32>, %A: tensor<128x16xf32>, %B: tensor<1x4096x16xf32>, %C: tensor<1x4096x16xf32>, %D: tensor<128xf32>) -> (tensor<1x4096x128xf32>, tensor<1x256x128x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<1x4096x128xf32>, tensor<1x4096x128xf32>, tensor<128x16xf32>, tensor<1x4096x16xf32>, tensor<1x4096x16xf32>, tensor<128xf32>) -> (tensor<1x4096x128xf32>, tensor<1x256x128x16xf32>)
  return %y, %s : tensor<1x4096x128xf32>, tensor<1x256x128x16xf32>
}

func.func @tokens_4096_backward(%u: tensor<1x4096x128xf32>, %dt: tensor<1x4096x128xf32>, %A: tensor<128x16xf32>, %B: tensor<1x4096x16xf32>, %C: tensor<1x4096x16xf32>, %D: tensor<128xf32>, %s: tensor<1x256x128x16xf32>, %dy: tensor<1x4096x128xf32>) -> (tensor<1x4096x128xf32>, tensor<1x4096x128xf32>, tensor<1x128x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x128xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 128}
    : (tensor<1x4096x128xf32>, tensor<1x4096x128xf32>, tensor<128x16xf32>, tensor<1x4096x16xf32>, tensor<1x4096x16xf32>, tensor<128xf32>, tensor<1x256x128x16xf32>, tensor<1x4096x128xf32>) -> (tensor<1x4096x128xf32>, tensor<1x4096x128xf32>, tensor<1x128x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x128xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x4096x128xf32>, tensor<1x4096x128xf32>, tensor<1x128x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x1x4096x16xf32>, tensor<1x128xf32>
}

func.func @tokens_32768(%u: tensor<1x32768x24xf32>, %dt: tensor<1x32768x24xf32>, %A: tensor<24x16xf32>, %B: tensor<1x32768x16xf32>, %C: tensor<1x32768x16xf32>, %D: tensor<24xf32>) -> (tensor<1x32768x24xf32>, tensor<1x2048x24x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<1x32768x24xf32>, tensor<1x32768x24xf32>, tensor<24x16xf32>, tensor<1x32768x16xf32>, tensor<1x32768x16xf32>, tensor<24xf32>) -> (tensor<1x32768x24xf32>, tensor<1x2048x24x16xf32>)
  return %y, %s : tensor<1x32768x24xf32>, tensor<1x2048x24x16xf32>
}

func.func @tokens_32768_backward(%u: tensor<1x32768x24xf32>, %dt: tensor<1x32768x24xf32>, %A: tensor<24x16xf32>, %B: tensor<1x32768x16xf32>, %C: tensor<1x32768x16xf32>, %D: tensor<24xf32>, %s: tensor<1x2048x24x16xf32>, %dy: tensor<1x32768x24xf32>) -> (tensor<1x32768x24xf32>, tensor<1x32768x24xf32>, tensor<1x24x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x24xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 24}
    : (tensor<1x32768x24xf32>, tensor<1x32768x24xf32>, tensor<24x16xf32>, tensor<1x32768x16xf32>, tensor<1x32768x16xf32>, tensor<24xf32>, tensor<1x2048x24x16xf32>, tensor<1x32768x24xf32>) -> (tensor<1x32768x24xf32>, tensor<1x32768x24xf32>, tensor<1x24x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x24xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x32768x24xf32>, tensor<1x32768x24xf32>, tensor<1x24x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x1x32768x16xf32>, tensor<1x24xf32>
}

func.func @tokens_131072(%u: tensor<1x131072x16xf32>, %dt: tensor<1x131072x16xf32>, %A: tensor<16x16xf32>, %B: tensor<1x131072x16xf32>, %C: tensor<1x131072x16xf32>, %D: tensor<16xf32>) -> (tensor<1x131072x16xf32>, tensor<1x8192x16x16xf32>) {
  %y, %s = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 16}
    : (tensor<1x131072x16xf32>, tensor<1x131072x16xf32>, tensor<16x16xf32>, tensor<1x131072x16xf32>, tensor<1x131072x16xf32>, tensor<16xf32>) -> (tensor<1x131072x16xf32>, tensor<1x8192x16x16xf32>)
  return %y, %s : tensor<1x131072x16xf32>, tensor<1x8192x16x16xf32>
}

func.func @tokens_131072_backward(%u: tensor<1x131072x16xf32>, %dt: tensor<1x131072x16xf32>, %A: tensor<16x16xf32>, %B: tensor<1x131072x16xf32>, %C: tensor<1x131072x16xf32>, %D: tensor<16xf32>, %s: tensor<1x8192x16x16xf32>, %dy: tensor<1x131072x16xf32>) -> (tensor<1x131072x16xf32>, tensor<1x131072x16xf32>, tensor<1x16x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x16xf32>) {
  %du, %ddt, %dA, %dB, %dC, %dD = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %s, %dy {checkpoint = 16, channel_block = 16}
    : (tensor<1x131072x16xf32>, tensor<1x131072x16xf32>, tensor<16x16xf32>, tensor<1x131072x16xf32>, tensor<1x131072x16xf32>, tensor<16xf32>, tensor<1x8192x16x16xf32>, tensor<1x131072x16xf32>) -> (tensor<1x131072x16xf32>, tensor<1x131072x16xf32>, tensor<1x16x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x16xf32>)
  return %du, %ddt, %dA, %dB, %dC, %dD : tensor<1x131072x16xf32>, tensor<1x131072x16xf32>, tensor<1x16x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x1x131072x16xf32>, tensor<1x16xf32>
}
