// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @selective_scan(%u: tensor<9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>) {
  // expected-error @below {{operand 'u' expected shape [?, ?, ?], got [9, 8]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 4} : (tensor<9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<4x8xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>) {
  // expected-error @below {{operand 'A' expected shape [8, ?], got [4, 8]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<4x8xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x1xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>) {
  // expected-error @below {{operand 'dt' expected shape [2, 9, 8], got [2, 9, 1]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x1xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x8xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>) {
  // expected-error @below {{operand 'B' expected shape [2, 9, 4], got [2, 9, 8]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x8xf32>, tensor<2x9x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x8x4xf32>, %D: tensor<8xf32>) {
  // expected-error @below {{operand 'C' expected shape [2, 9, 4], got [2, 8, 4]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x8x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<4xf32>) {
  // expected-error @below {{operand 'D' expected shape [8], got [4]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<4xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>) {
  // expected-error @below {{attribute 'checkpoint' expected a positive integer, got 0}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %dt, %A, %B, %C, %D {checkpoint = 0} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan_grad(%u: tensor<9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %states: tensor<2x3x8x4xf32>, %dy: tensor<2x9x8xf32>) {
  // expected-error @below {{operand 'u' expected shape [?, ?, ?], got [9, 8]}}
  // expected-error @below {{'samba.selective_scan_grad' op failed to infer returned types}}
  %0:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {channel_block = 5, checkpoint = 4} : (tensor<9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>)
  return
}
// -----
func.func @selective_scan_grad(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %states: tensor<2x3x8x4xf32>, %dy: tensor<2x9x8xf32>) {
  // expected-error @below {{attribute 'checkpoint' expected a positive integer, got -1}}
  // expected-error @below {{'samba.selective_scan_grad' op failed to infer returned types}}
  %0:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {channel_block = 5, checkpoint = -1} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>)
  return
}
// -----
func.func @selective_scan_grad(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %states: tensor<2x3x8x4xf32>, %dy: tensor<2x9x8xf32>) {
  // expected-error @below {{attribute 'channel_block' expected a positive integer, got 0}}
  // expected-error @below {{'samba.selective_scan_grad' op failed to infer returned types}}
  %0:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {channel_block = 0, checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>)
  return
}
// -----
func.func @selective_scan_grad(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %states: tensor<2x2x8x4xf32>, %dy: tensor<2x9x8xf32>) {
  // expected-error @below {{operand 'states' expected shape [2, 3, 8, 4], got [2, 2, 8, 4]}}
  // expected-error @below {{'samba.selective_scan_grad' op failed to infer returned types}}
  %0:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {channel_block = 5, checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x2x8x4xf32>, tensor<2x9x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>)
  return
}
// -----
func.func @selective_scan_grad(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %states: tensor<2x3x8x4xf32>, %dy: tensor<2x9x4xf32>) {
  // expected-error @below {{operand 'dy' expected shape [2, 9, 8], got [2, 9, 4]}}
  // expected-error @below {{'samba.selective_scan_grad' op failed to infer returned types}}
  %0:6 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %states, %dy {channel_block = 5, checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x4xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>)
  return
}
// -----
func.func @selective_scan_step(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<4x8xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %h: tensor<2x8x4xf32>) {
  // expected-error @below {{operand 'A' expected shape [8, ?], got [4, 8]}}
  // expected-error @below {{'samba.selective_scan_step' op failed to infer returned types}}
  %0:2 = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<4x8xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x8x4xf32>) -> (tensor<2x9x8xf32>, tensor<2x8x4xf32>)
  return
}
// -----
func.func @selective_scan_step(%u: tensor<2x9x8xf32>, %dt: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %C: tensor<2x9x4xf32>, %D: tensor<8xf32>, %h: tensor<2x4x8xf32>) {
  // expected-error @below {{operand 'h' expected shape [2, 8, 4], got [2, 4, 8]}}
  // expected-error @below {{'samba.selective_scan_step' op failed to infer returned types}}
  %0:2 = samba.selective_scan_step %u, %dt, %A, %B, %C, %D, %h : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x4x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %D: tensor<8xf32>, %h: tensor<2x4x8xf32>) {
  // expected-error @below {{operand 'h' expected shape [2, 8, 4], got [2, 4, 8]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:3 = samba.selective_scan %u, %u, %A, %B, %B, %D, %h {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x4x8xf32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>, tensor<2x8x4xf32>)
  return
}
// -----
func.func @selective_scan(%u: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %D: tensor<8xf32>, %documents: tensor<2x8xi32>) {
  // expected-error @below {{operand 'documents' expected shape [2, 9], got [2, 8]}}
  // expected-error @below {{'samba.selective_scan' op failed to infer returned types}}
  %0:2 = samba.selective_scan %u, %u, %A, %B, %B, %D in %documents {checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x8xi32>) -> (tensor<2x9x8xf32>, tensor<2x3x8x4xf32>)
  return
}
// -----
func.func @selective_scan_grad(%u: tensor<2x9x8xf32>, %A: tensor<8x4xf32>, %B: tensor<2x9x4xf32>, %D: tensor<8xf32>, %states: tensor<2x3x8x4xf32>, %dnext: tensor<2x8x5xf32>) {
  // expected-error @below {{operand 'dnext' expected shape [2, 8, 4], got [2, 8, 5]}}
  // expected-error @below {{'samba.selective_scan_grad' op failed to infer returned types}}
  %0:7 = samba.selective_scan_grad %u, %u, %A, %B, %B, %D, %states, %u, %dnext {channel_block = 5, checkpoint = 4} : (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<8x4xf32>, tensor<2x9x4xf32>, tensor<2x9x4xf32>, tensor<8xf32>, tensor<2x3x8x4xf32>, tensor<2x9x8xf32>, tensor<2x8x5xf32>) -> (tensor<2x9x8xf32>, tensor<2x9x8xf32>, tensor<2x8x4xf32>, tensor<2x2x9x4xf32>, tensor<2x2x9x4xf32>, tensor<2x8xf32>, tensor<2x8x4xf32>)
  return
}
