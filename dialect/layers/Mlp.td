// The SwiGLU feed-forward layer.
#ifndef SAMBA_LAYERS_MLP_TD
#define SAMBA_LAYERS_MLP_TD

include "dialect/layers/LayerOp.td"

def Samba_MlpOp : Samba_LayerOp<"mlp"> {
  let summary = "W3 (SiLU(W1 x) * W2 x)";
  let arguments = (ins Samba_SpecAttr<"width of the hidden layer">:$d_ff);
}

#endif // SAMBA_LAYERS_MLP_TD
