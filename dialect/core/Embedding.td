// Token embedding and its gradient.
#ifndef SAMBA_CORE_EMBEDDING_TD
#define SAMBA_CORE_EMBEDDING_TD

include "dialect/core/CoreOp.td"

def Samba_EmbeddingOp : Samba_CoreOp<"embedding", [DeclareOpInterfaceMethods<CostOpInterface, ["elementsRead"]>,
                                                   Samba_Differentiable], "Storage::residual"> {
  let summary = "x[b, t] = table[tokens[b, t]]; tokens [B, T] i32, table [V, C]";
  let arguments = (ins Samba_I32:$tokens, Samba_Float:$table);
  let results = (outs Samba_Float:$x);
}

def Samba_EmbeddingGradOp : Samba_CoreOp<"embedding_grad", [Samba_Cost, Samba_FusionRoot]> {
  let summary = "dtable [V, C]: row v is the sum of dx[b, t] over tokens[b, t] = v, in order of b, t";
  let arguments = (ins Samba_I32:$tokens, Samba_Float:$dx, I64Attr:$vocab_size);
  let results = (outs Samba_Float:$dtable);
}

#endif // SAMBA_CORE_EMBEDDING_TD
