// The stack: the model, repetition, and branches that share a norm.
#ifndef SAMBA_LAYERS_MODEL_TD
#define SAMBA_LAYERS_MODEL_TD

include "dialect/layers/LayerOp.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Samba_ModelOp : Samba_Op<"model", [Symbol, NoTerminator, SingleBlock, IsolatedFromAbove,
                                       HasParent<"::mlir::ModuleOp">]> {
  let summary = "a language model: embedding, the layers of its body, final norm, head";
  let arguments = (ins SymbolNameAttr:$sym_name, Samba_SpecAttr<"number of tokens">:$vocab_size,
                       Samba_SpecAttr<"width of the residual stream">:$d_model,
                       Samba_SpecAttr<"epsilon of every norm (1e-5)">:$norm_eps,
                       Samba_SpecAttr<"the head is the embedding table (true)">:$tie_embeddings,
                       Samba_SpecAttr<"how matrices start, \"uniform\" or \"normal\" (\"uniform\")">:$init,
                       Samba_SpecAttr<"type of the residual stream, \"f32\"">:$residual);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The configuration that layers see; batch and context are the caller's to set.
    ModelConfig config();
    /// The ops of the stack in order, repeats unrolled: layers and parallels.
    ::llvm::SmallVector<::mlir::Operation *> stack();
  }];
}

def Samba_RepeatOp : Samba_Op<"repeat", [NoTerminator, SingleBlock, ParentOneOf<["ModelOp", "RepeatOp"]>]> {
  let summary = "its body, `count` times; every copy has parameters of its own";
  let arguments = (ins I64Attr:$count);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Samba_ParallelOp : Samba_Op<"parallel", [NoTerminator, SingleBlock, ParentOneOf<["ModelOp", "RepeatOp"]>]> {
  let summary = "x + sum of f_i(norm(x)): branches that share one norm and one residual";
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
  let hasVerifier = 1;
}

#endif // SAMBA_LAYERS_MODEL_TD
