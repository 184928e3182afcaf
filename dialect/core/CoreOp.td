// What all core ops share: pure, inferred result types, one textual form.
#ifndef SAMBA_CORE_OP_TD
#define SAMBA_CORE_OP_TD

include "dialect/SambaDialect.td"
include "dialect/SambaInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Samba_F32 : StaticShapeTensorOf<[F32]>;
def Samba_I32 : StaticShapeTensorOf<[I32]>;
def Samba_I64 : StaticShapeTensorOf<[I64]>;

class Samba_CoreOp<string mnemonic, list<Trait> traits = []>
    : Samba_Op<mnemonic, !listconcat([Pure, InferTypeOpAdaptor], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

// flops() is declared by every op; gradients by those a forward pass may hold.
defvar Samba_Cost = DeclareOpInterfaceMethods<CostOpInterface>;
defvar Samba_Differentiable = DeclareOpInterfaceMethods<DifferentiableOpInterface>;
defvar Samba_Recomputable = DeclareOpInterfaceMethods<DifferentiableOpInterface, ["isRecomputable"]>;
defvar Samba_FusionRoot = DeclareOpInterfaceMethods<FusionRootOpInterface>;

#endif // SAMBA_CORE_OP_TD
