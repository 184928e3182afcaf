// What all core ops share: pure, inferred result types, one textual form.
#ifndef SAMBA_CORE_OP_TD
#define SAMBA_CORE_OP_TD

include "dialect/SambaDialect.td"
include "dialect/SambaInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// A tensor whose sizes are all known and at least 1.
class Samba_Tensor<list<Type> elements, string name>
    : Type<And<[StaticShapeTensorOf<elements>.predicate,
                CPred<"::llvm::all_of(::llvm::cast<::mlir::ShapedType>($_self).getShape(), "
                      "[](int64_t size) { return size > 0; })">]>,
           "tensor of static, positive sizes of " # name, "::mlir::RankedTensorType">;

// Arithmetic is f32 whatever the storage is.
def Samba_Float : Samba_Tensor<[F32, BF16], "f32 or bf16">;
def Samba_I32 : Samba_Tensor<[I32], "i32">;
def Samba_I64 : Samba_Tensor<[I64], "i64">;

// `storage` and `matrix` are C++ expressions over `result` and `operand`: see PrecisionOpInterface. `operandFormat` spells
// the operands out where several of them are optional.
class Samba_CoreOp<string mnemonic, list<Trait> traits = [], string storage = "Storage::exact", string matrix = "false",
                   string operandFormat = "operands">
    : Samba_Op<mnemonic, !listconcat([Pure, InferTypeOpAdaptor, PrecisionOpInterface], traits)> {
  let assemblyFormat = operandFormat # " attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    /// Shapes are inferred; a float result may be stored as f32 or bf16.
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
      return ::samba::haveEqualShapes(inferred, actual);
    }
    ::samba::Storage storageOf([[maybe_unused]] unsigned result) { return }] # storage # [{; }
    bool isMatrixOperand([[maybe_unused]] unsigned operand) { return }] # matrix # [{; }
  }];
}

// The documents that share a row: for each token the place of its document's first token in the row. A negative number
// means that the document began so many tokens before the row; without the operand a row is one document.
defvar Samba_Documents = Optional<Samba_I32>;
defvar Samba_InDocuments = " (`in` $documents^)?";

// flops() is declared by every op; gradients by those a forward pass may hold.
defvar Samba_Cost = DeclareOpInterfaceMethods<CostOpInterface>;
defvar Samba_Differentiable = DeclareOpInterfaceMethods<DifferentiableOpInterface>;
defvar Samba_Recomputable = DeclareOpInterfaceMethods<DifferentiableOpInterface, ["isRecomputable"]>;
defvar Samba_Probe = DeclareOpInterfaceMethods<ProbeOpInterface>;
defvar Samba_Twin = DeclareOpInterfaceMethods<TwinOpInterface>;
defvar Samba_FusionRoot = DeclareOpInterfaceMethods<FusionRootOpInterface>;

#endif // SAMBA_CORE_OP_TD
