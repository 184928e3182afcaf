// RUN: samba-opt %s -split-input-file -verify-diagnostics

func.func @copy(%x: tensor<2x5x8xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<2x5x8xf32>' are incompatible with return type(s) of operation 'tensor<2x5x7xf32>'}}
  // expected-error @below {{'samba.copy' op failed to infer returned types}}
  %0 = samba.copy %x : (tensor<2x5x8xf32>) -> tensor<2x5x7xf32>
  return
}
// -----
func.func @add(%a: tensor<2x5x8xf32>, %b: tensor<2x5x1xf32>) {
  // expected-error @below {{operand 'b' expected shape [2, 5, 8], got [2, 5, 1]}}
  // expected-error @below {{'samba.add' op failed to infer returned types}}
  %0 = samba.add %a, %b : (tensor<2x5x8xf32>, tensor<2x5x1xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @add(%a: tensor<2x5x8xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{operand 'b' expected shape [8], got [5]}}
  // expected-error @below {{'samba.add' op failed to infer returned types}}
  %0 = samba.add %a, %b : (tensor<2x5x8xf32>, tensor<5xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @mul(%a: tensor<2x5x8xf32>, %b: tensor<2x5x1xf32>) {
  // expected-error @below {{operand 'b' expected shape [2, 5, 8], got [2, 5, 1]}}
  // expected-error @below {{'samba.mul' op failed to infer returned types}}
  %0 = samba.mul %a, %b : (tensor<2x5x8xf32>, tensor<2x5x1xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @mul(%a: tensor<2x5x8xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{operand 'b' expected shape [8], got [5]}}
  // expected-error @below {{'samba.mul' op failed to infer returned types}}
  %0 = samba.mul %a, %b : (tensor<2x5x8xf32>, tensor<5xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @silu_grad(%a: tensor<2x5x8xf32>, %b: tensor<2x5x1xf32>) {
  // expected-error @below {{operand 'b' expected shape [2, 5, 8], got [2, 5, 1]}}
  // expected-error @below {{'samba.silu_grad' op failed to infer returned types}}
  %0 = samba.silu_grad %a, %b : (tensor<2x5x8xf32>, tensor<2x5x1xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @silu_grad(%a: tensor<2x5x8xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{operand 'b' expected shape [8], got [5]}}
  // expected-error @below {{'samba.silu_grad' op failed to infer returned types}}
  %0 = samba.silu_grad %a, %b : (tensor<2x5x8xf32>, tensor<5xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @softplus_grad(%a: tensor<2x5x8xf32>, %b: tensor<2x5x1xf32>) {
  // expected-error @below {{operand 'b' expected shape [2, 5, 8], got [2, 5, 1]}}
  // expected-error @below {{'samba.softplus_grad' op failed to infer returned types}}
  %0 = samba.softplus_grad %a, %b : (tensor<2x5x8xf32>, tensor<2x5x1xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @softplus_grad(%a: tensor<2x5x8xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{operand 'b' expected shape [8], got [5]}}
  // expected-error @below {{'samba.softplus_grad' op failed to infer returned types}}
  %0 = samba.softplus_grad %a, %b : (tensor<2x5x8xf32>, tensor<5xf32>) -> tensor<2x5x8xf32>
  return
}
// -----
func.func @int(%x: tensor<2xi32>) {
  // expected-error @below {{operand #0 must be tensor of static, positive sizes of f32 or bf16, but got 'tensor<2xi32>'}}
  %0 = samba.neg %x : (tensor<2xi32>) -> tensor<2xi32>
  return
}
// -----
func.func @dynamic(%x: tensor<?x8xf32>) {
  // expected-error @below {{operand #0 must be tensor of static, positive sizes of f32 or bf16, but got 'tensor<?x8xf32>'}}
  %0 = samba.neg %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}
// -----
func.func @empty(%x: tensor<0x8xf32>) {
  // expected-error @below {{operand #0 must be tensor of static, positive sizes of f32 or bf16, but got 'tensor<0x8xf32>'}}
  %0 = samba.neg %x : (tensor<0x8xf32>) -> tensor<0x8xf32>
  return
}
