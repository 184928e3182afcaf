// What all core ops share: pure, inferred result types, one textual form.
#ifndef SAMBA_CORE_OP_TD
#define SAMBA_CORE_OP_TD

include "dialect/SambaDialect.td"
include "dialect/SambaInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// A tensor whose sizes are all known and at least 1.
class Samba_Tensor<Type element, string name>
    : Type<And<[StaticShapeTensorOf<[element]>.predicate,
                CPred<"::llvm::all_of(::llvm::cast<::mlir::ShapedType>($_self).getShape(), "
                      "[](int64_t size) { return size > 0; })">]>,
           "tensor of static, positive sizes of " # name, "::mlir::RankedTensorType">;

def Samba_F32 : Samba_Tensor<F32, "f32">;
def Samba_I32 : Samba_Tensor<I32, "i32">;
def Samba_I64 : Samba_Tensor<I64, "i64">;

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
