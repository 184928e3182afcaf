// The Mamba layer (selective state space, S6).
#ifndef SAMBA_LAYERS_MAMBA_TD
#define SAMBA_LAYERS_MAMBA_TD

include "dialect/layers/LayerOp.td"

def Samba_MambaOp : Samba_LayerOp<"mamba", [], ["keepsDocumentsApart"]> {
  let summary = "in_proj, causal conv, selective scan, SiLU gate, out_proj (Samba paper, section 2.1)";
  let arguments = (ins Samba_SpecAttr<"states per channel (16)">:$d_state,
                       Samba_SpecAttr<"width of the convolution over time (4)">:$d_conv,
                       Samba_SpecAttr<"d_inner / d_model (2)">:$expand,
                       Samba_SpecAttr<"rank of the step size's projection, or \"auto\": ceil(d_model / 16)">:$dt_rank);
}

#endif // SAMBA_LAYERS_MAMBA_TD
