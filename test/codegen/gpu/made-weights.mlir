// RUN: samba-opt %s %{emit} | samba-opt %{ptx} | %{count} | FileCheck %s
//
// Products of a few rows read weights before the launches ahead of them have ended: not such as these launches make.

// CHECK-LABEL: function linear_0_0
// CHECK: {{^}}  2 griddepcontrol.wait
// CHECK-LABEL: function linear_1_0
// CHECK: {{^}}  1 griddepcontrol.wait
// CHECK-LABEL: function linear_2_0
// CHECK: {{^}}  2 griddepcontrol.wait
// CHECK-LABEL: function linear_3_0
// CHECK: {{^}}  1 griddepcontrol.wait

func.func @made(%x: tensor<1x1x512xbf16>, %w: tensor<1024x512xf32>) -> tensor<1x1x1024xbf16> {
  %made = samba.convert %w : (tensor<1024x512xf32>) -> tensor<1024x512xbf16>
  %y = samba.linear %x, %made : (tensor<1x1x512xbf16>, tensor<1024x512xbf16>) -> tensor<1x1x1024xbf16>
  return %y : tensor<1x1x1024xbf16>
}

func.func @given(%x: tensor<2x1x512xbf16>, %w: tensor<1024x512xbf16>) -> tensor<2x1x1024xbf16> {
  %y = samba.linear %x, %w : (tensor<2x1x512xbf16>, tensor<1024x512xbf16>) -> tensor<2x1x1024xbf16>
  return %y : tensor<2x1x1024xbf16>
}

func.func @made_for_many(%x: tensor<16x1x512xbf16>, %w: tensor<1024x512xf32>) -> tensor<16x1x1024xbf16> {
  %made = samba.convert %w : (tensor<1024x512xf32>) -> tensor<1024x512xbf16>
  %y = samba.linear %x, %made : (tensor<16x1x512xbf16>, tensor<1024x512xbf16>) -> tensor<16x1x1024xbf16>
  return %y : tensor<16x1x1024xbf16>
}

func.func @given_for_many(%x: tensor<24x1x512xbf16>, %w: tensor<1024x512xbf16>) -> tensor<24x1x1024xbf16> {
  %y = samba.linear %x, %w : (tensor<24x1x512xbf16>, tensor<1024x512xbf16>) -> tensor<24x1x1024xbf16>
  return %y : tensor<24x1x1024xbf16>
}
