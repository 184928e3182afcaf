// What all layer ops share: attributes only, checked with their value and the remedy in the message.
#ifndef SAMBA_LAYERS_LAYER_OP_TD
#define SAMBA_LAYERS_LAYER_OP_TD

include "dialect/SambaDialect.td"
include "dialect/SambaInterfaces.td"

// An attribute of a spec. It takes any value in the parser, so that the verifier can say what it found.
class Samba_SpecAttr<string desc> : OptionalAttr<AnyAttr> {
  let summary = desc;
}

// `methods` are those of LayerOpInterface that have a default and that the layer defines itself.
class Samba_LayerOp<string mnemonic, list<Trait> traits = [], list<string> methods = []>
    : Samba_Op<mnemonic, !listconcat([DeclareOpInterfaceMethods<LayerOpInterface, methods>,
                                      ParentOneOf<["ModelOp", "RepeatOp", "ParallelOp"]>], traits)> {
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

#endif // SAMBA_LAYERS_LAYER_OP_TD
