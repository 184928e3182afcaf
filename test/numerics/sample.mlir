// RUN: samba-run verify %s
// Rows shorter and longer than a block's threads, odd, and of more tokens than fit one pass. Which rules are on is drawn for
// each function.

func.func @one_token(%logits: tensor<1x1x1xf32>, %p: tensor<1xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<1x1xi32>, tensor<1x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<1x1x1xf32>, tensor<1xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<1x1xi32>, tensor<1x1xi32>)
  return %0#0, %0#1 : tensor<1x1xi32>, tensor<1x1xi32>
}

func.func @few_tokens(%logits: tensor<3x1x7xf32>, %p: tensor<3xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<3x1xi32>, tensor<3x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<3x1x7xf32>, tensor<3xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<3x1xi32>, tensor<3x1xi32>)
  return %0#0, %0#1 : tensor<3x1xi32>, tensor<3x1xi32>
}

func.func @bytes_a(%logits: tensor<4x1x256xf32>, %p: tensor<4xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<4x1xi32>, tensor<4x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<4x1x256xf32>, tensor<4xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<4x1xi32>, tensor<4x1xi32>)
  return %0#0, %0#1 : tensor<4x1xi32>, tensor<4x1xi32>
}

func.func @bytes_b(%logits: tensor<5x1x256xf32>, %p: tensor<5xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<5x1xi32>, tensor<5x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<5x1x256xf32>, tensor<5xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<5x1xi32>, tensor<5x1xi32>)
  return %0#0, %0#1 : tensor<5x1xi32>, tensor<5x1xi32>
}

func.func @bytes_c(%logits: tensor<6x1x256xf32>, %p: tensor<6xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<6x1xi32>, tensor<6x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<6x1x256xf32>, tensor<6xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<6x1xi32>, tensor<6x1xi32>)
  return %0#0, %0#1 : tensor<6x1xi32>, tensor<6x1xi32>
}

func.func @odd(%logits: tensor<16x1x333xf32>, %p: tensor<16xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<16x1xi32>, tensor<16x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<16x1x333xf32>, tensor<16xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<16x1xi32>, tensor<16x1xi32>)
  return %0#0, %0#1 : tensor<16x1xi32>, tensor<16x1xi32>
}

func.func @thousand_a(%logits: tensor<16x1x1000xf32>, %p: tensor<16xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<16x1xi32>, tensor<16x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<16x1x1000xf32>, tensor<16xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<16x1xi32>, tensor<16x1xi32>)
  return %0#0, %0#1 : tensor<16x1xi32>, tensor<16x1xi32>
}

func.func @thousand_b(%logits: tensor<17x1x1024xf32>, %p: tensor<17xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<17x1xi32>, tensor<17x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<17x1x1024xf32>, tensor<17xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<17x1xi32>, tensor<17x1xi32>)
  return %0#0, %0#1 : tensor<17x1xi32>, tensor<17x1xi32>
}

func.func @thousand_c(%logits: tensor<18x1x1025xf32>, %p: tensor<18xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<18x1xi32>, tensor<18x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<18x1x1025xf32>, tensor<18xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<18x1xi32>, tensor<18x1xi32>)
  return %0#0, %0#1 : tensor<18x1xi32>, tensor<18x1xi32>
}

func.func @thousand_d(%logits: tensor<19x1x1100xf32>, %p: tensor<19xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<19x1xi32>, tensor<19x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<19x1x1100xf32>, tensor<19xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<19x1xi32>, tensor<19x1xi32>)
  return %0#0, %0#1 : tensor<19x1xi32>, tensor<19x1xi32>
}

func.func @some_thousands(%logits: tensor<16x1x5003xf32>, %p: tensor<16xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<16x1xi32>, tensor<16x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<16x1x5003xf32>, tensor<16xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<16x1xi32>, tensor<16x1xi32>)
  return %0#0, %0#1 : tensor<16x1xi32>, tensor<16x1xi32>
}

func.func @usual_a(%logits: tensor<8x1x32000xf32>, %p: tensor<8xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<8x1xi32>, tensor<8x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<8x1x32000xf32>, tensor<8xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<8x1xi32>, tensor<8x1xi32>)
  return %0#0, %0#1 : tensor<8x1xi32>, tensor<8x1xi32>
}

func.func @usual_b(%logits: tensor<9x1x32000xf32>, %p: tensor<9xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<9x1xi32>, tensor<9x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<9x1x32000xf32>, tensor<9xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<9x1xi32>, tensor<9x1xi32>)
  return %0#0, %0#1 : tensor<9x1xi32>, tensor<9x1xi32>
}

func.func @usual_c(%logits: tensor<10x1x32000xf32>, %p: tensor<10xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<10x1xi32>, tensor<10x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<10x1x32000xf32>, tensor<10xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<10x1xi32>, tensor<10x1xi32>)
  return %0#0, %0#1 : tensor<10x1xi32>, tensor<10x1xi32>
}

func.func @large(%logits: tensor<2x1x50257xf32>, %p: tensor<2xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<2x1x50257xf32>, tensor<2xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>)
  return %0#0, %0#1 : tensor<2x1xi32>, tensor<2x1xi32>
}

func.func @larger(%logits: tensor<2x1x128256xf32>, %p: tensor<2xi64>, %rules: tensor<4xf32>, %seed: tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>) {
  %0:2 = samba.sample %logits, %p, %rules, %seed : (tensor<2x1x128256xf32>, tensor<2xi64>, tensor<4xf32>, tensor<2xi32>) -> (tensor<2x1xi32>, tensor<2x1xi32>)
  return %0#0, %0#1 : tensor<2x1xi32>, tensor<2x1xi32>
}
