// The interfaces through which passes and code generators know ops.
#ifndef SAMBA_INTERFACES_TD
#define SAMBA_INTERFACES_TD

include "mlir/IR/OpBase.td"

def LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::samba";
  let description = [{
    A layer of the stack: x + f(norm(x)), where the pass that decomposes the model adds the norm and the residual.
    A layer knows its parameters, what one sequence carries between tokens, and f as core ops.
  }];
  let methods = [
    InterfaceMethod<"Parameters of f, in order; names are relative to `backbone.layers.N.`.",
      "::llvm::SmallVector<::samba::ParameterSpec>", "parameters", (ins "const ::samba::ModelConfig &":$model)>,
    InterfaceMethod<"State of one batch of sequences between tokens, in order; zero before the first token.",
      "::llvm::SmallVector<::samba::StateSpec>", "state", (ins "const ::samba::ModelConfig &":$model)>,
    InterfaceMethod<[{
      Emits f on x [B, T, d_model]. With `inputs.state` empty the sequence starts from the zero state and no
      state is returned; otherwise `outputs.state` holds the successor of every state tensor.
    }], "void", "decompose", (ins "::mlir::OpBuilder &":$builder, "const ::samba::ModelConfig &":$model,
                                  "const ::samba::LayerInputs &":$inputs, "::samba::LayerOutputs &":$outputs)>,
    InterfaceMethod<[{
      Whether f keeps the documents of a row (`inputs.documents`) apart. A layer without state sees one token at a time and
      need not know of them.
    }], "bool", "keepsDocumentsApart", (ins), "", "return false;">
  ];
}

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::samba";
  let description = "An op that emits the cotangents of its operands as core ops.";
  let methods = [
    InterfaceMethod<[{
      `cotangents[i]` belongs to result i and is null where the loss does not depend on it. Fills `operandCotangents`
      (one per operand; null where the operand is not differentiable).
    }], "void", "differentiate", (ins "::mlir::OpBuilder &":$builder, "::llvm::ArrayRef<::mlir::Value>":$cotangents,
                                      "::llvm::SmallVectorImpl<::mlir::Value> &":$operandCotangents)>,
    InterfaceMethod<[{
      Whether `differentiate` honours the cotangent of this result. The others are kept for the backward pass.
    }], "bool", "takesCotangent", (ins "unsigned":$result), "", "return result == 0;">,
    InterfaceMethod<"Whether the backward pass may run the op again instead of keeping its results.",
      "bool", "isRecomputable", (ins), "", "return false;">
  ];
}

def ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::samba";
  let description = [{
    One result, whose element [i.., c] depends only on element [i.., c] of each operand (or [c] of a channel vector).
  }];
}

def FusionRootOpInterface : OpInterface<"FusionRootOpInterface"> {
  let cppNamespace = "::samba";
  let description = "An op whose kernel evaluates fused element-wise ops on the way in or out.";
  let methods = [
    InterfaceMethod<"Operands that the kernel reads once per element, so that producers may be fused.",
      "::llvm::SmallVector<unsigned>", "prologueOperands", (ins), "", "return {};">,
    InterfaceMethod<"The result after which consumers may be fused.",
      "unsigned", "epilogueResult", (ins), "", "return 0;">
  ];
}

def TwinOpInterface : OpInterface<"TwinOpInterface"> {
  let cppNamespace = "::samba";
  let description = "An op that a kernel may compute together with another op that reads the same values.";
  let methods = [
    InterfaceMethod<[{
      Makes an op with the results of this one, then those of `other`, at the builder's place or before it. It may have more
      results, and put them in place of what else it makes. Null if there is none, or if the two read different values.
    }], "::mlir::Operation *", "joinWith", (ins "::mlir::OpBuilder &":$builder, "::mlir::Operation *":$other)>
  ];
}

def InPlaceOpInterface : OpInterface<"InPlaceOpInterface"> {
  let cppNamespace = "::samba";
  let description = "An op that may overwrite an operand with a result.";
  let methods = [
    InterfaceMethod<"The operand that result `result` may overwrite, or -1.",
      "int64_t", "inPlaceOperand", (ins "unsigned":$result)>
  ];
}

def ViewOpInterface : OpInterface<"ViewOpInterface"> {
  let cppNamespace = "::samba";
  let description = [{
    An op that moves no data: its narrow values are channel slices of its one wide value. `samba.split` reads slices
    of its operand; `samba.concat` makes its operands slices of its result.
  }];
  let methods = [
    InterfaceMethod<"The value that holds all channels.", "::mlir::Value", "wide", (ins)>,
    InterfaceMethod<"The slices of it, in channel order.", "::llvm::SmallVector<::mlir::Value>", "slices", (ins)>
  ];
}

def PrecisionOpInterface : OpInterface<"PrecisionOpInterface"> {
  let cppNamespace = "::samba";
  let description = "How a target of mixed precision stores what an op reads and writes.";
  let methods = [
    InterfaceMethod<"How a float result is stored.", "::samba::Storage", "storageOf", (ins "unsigned":$result)>,
    InterfaceMethod<"Whether the matrix units read the operand, so that it must be bf16.",
      "bool", "isMatrixOperand", (ins "unsigned":$operand)>
  ];
}

def ProbeOpInterface : OpInterface<"ProbeOpInterface"> {
  let cppNamespace = "::samba";
  let description = "An op of which entry `probe` shows what it does with its tokens.";
  let methods = [
    InterfaceMethod<"What is shown: attention_entropy [B, heads, T] in nats, or step_sizes [B, T, channels].",
      "::llvm::StringRef", "probeName", (ins)>,
    InterfaceMethod<"Emits it at the builder's place, behind the op.",
      "::mlir::Value", "probe", (ins "::mlir::OpBuilder &":$builder)>
  ];
}

def CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::samba";
  let description = "Arithmetic of an op, and what it must move.";
  let methods = [
    InterfaceMethod<"Floating-point operations; a fused multiply-add counts two, a transcendental one.",
      "int64_t", "flops", (ins)>,
    InterfaceMethod<"Elements of an operand that it must read: all of them, unless the op says otherwise.",
      "int64_t", "elementsRead", (ins "unsigned":$operand), "",
      "return ::llvm::cast<::mlir::ShapedType>($_op->getOperand(operand).getType()).getNumElements();">,
    InterfaceMethod<"Elements of a result that it must write, where the result may take an operand's place.",
      "int64_t", "elementsWritten", (ins "unsigned":$result), "",
      "return ::llvm::cast<::mlir::ShapedType>($_op->getResult(result).getType()).getNumElements();">
  ];
}

#endif // SAMBA_INTERFACES_TD
