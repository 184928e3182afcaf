// The Mega-S6 layer: attention in chunks on what a selective scan makes of the tokens.
#ifndef SAMBA_LAYERS_MEGA_TD
#define SAMBA_LAYERS_MEGA_TD

include "dialect/layers/LayerOp.td"

def Samba_MegaOp : Samba_LayerOp<"mega", [], ["keepsDocumentsApart"]> {
  let summary = "gated attention of one head within chunks, whose queries and keys come from a selective scan (Mega-S6)";
  let arguments = (ins Samba_SpecAttr<"tokens of a chunk (2048)">:$chunk,
                       Samba_SpecAttr<"channels of queries and keys (128)">:$key_dim,
                       Samba_SpecAttr<"states per channel (16)">:$d_state,
                       Samba_SpecAttr<"width of the convolution over time (4)">:$d_conv,
                       Samba_SpecAttr<"rank of the step size's projection, or \"auto\": ceil(d_model / 32)">:$dt_rank);
}

#endif // SAMBA_LAYERS_MEGA_TD
